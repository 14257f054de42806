// A machine that lacks tools gets them, or says which; one that has them is left alone.
import { expect, test } from 'vitest';
import { type Machine, prepareMachine } from './prepare-machine.js';

/** A machine that lacks some commands and writes down what is run on it; `cures` are there after an installation. */
function makeMachine(options: { lacks: string[]; isRoot?: boolean; cures?: string[] }) {
  const lacks = new Set(options.lacks);
  const runs: string[] = [];
  const machine: Machine = {
    has: (command) => !lacks.has(command),
    isRoot: options.isRoot ?? true,
    run: (command, args) => {
      runs.push([command, ...args].join(' '));
      if (args[0] === 'install') for (const cure of options.cures ?? options.lacks) lacks.delete(cure);
    },
  };
  return { machine, runs };
}

test('a machine that has everything runs nothing', () => {
  const { machine, runs } = makeMachine({ lacks: [] });
  prepareMachine(machine);
  expect(runs).toEqual([]);
});

test('missing packages are installed, each once, after an update', () => {
  const { machine, runs } = makeMachine({ lacks: ['rsync', 'getfattr', 'setfattr', 'setcap'] });
  prepareMachine(machine);
  expect(runs).toEqual([
    'apt-get update --quiet',
    'apt-get install --quiet --yes --no-install-recommends rsync attr libcap2-bin',
  ]);
});

test('without root the packages are named, and nothing runs', () => {
  const { machine, runs } = makeMachine({ lacks: ['setfacl', 'git'], isRoot: false });
  expect(() => prepareMachine(machine)).toThrow(/need these Debian packages: acl git\. /);
  expect(runs).toEqual([]);
});

test('without apt-get the packages are named, and nothing runs', () => {
  const { machine, runs } = makeMachine({ lacks: ['rsync', 'apt-get'] });
  expect(() => prepareMachine(machine)).toThrow(/need these Debian packages: rsync\. /);
  expect(runs).toEqual([]);
});

test('an installation that does not bring the commands is an error', () => {
  const { machine } = makeMachine({ lacks: ['rsync', 'chattr'], cures: ['rsync'] });
  expect(() => prepareMachine(machine)).toThrow(/^e2fsprogs cannot be installed here/);
});
