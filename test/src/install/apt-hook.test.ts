// The script that apt runs before dpkg, with a program of the test's in the place of savepoint.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { aptFiles } from '#src/install/apt-hook.js';
import { runCommand } from '../../fixtures/run-command.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';

const ODD = `it's "odd" 50%h $HOME \`x\` \\ *`;

let directory: string;
let program: string;
let script: string;

beforeEach(() => {
  directory = join(createTemporaryDirectory(), ODD);
  mkdirSync(directory);
  program = join(directory, 'program.sh');
  script = join(directory, 'before-dpkg');
  writeFileSync(
    program,
    `pwd >"${'$0'}.ran"; for word; do echo "<$word>"; done >>"${'$0'}.ran"; echo said; exit $FAIL_WITH\n`,
  );
});

const place = () => ({
  program: ['/bin/sh', program],
  store: `${directory}/store`,
  configuration: `${directory}/c.yaml`,
});

/** Runs the script as apt does; answers what the program was given, where it ran. */
async function hook(options: { optional?: boolean; env?: Record<string, string>; failWith?: number } = {}) {
  const [file] = aptFiles({ ...place(), optional: options.optional ?? false });
  writeFileSync(script, file.body);
  const env = { FAIL_WITH: String(options.failWith ?? 0), ...options.env };
  const { exitCode, stdout, stderr } = await runCommand('/bin/sh', [script], { env, cwd: directory });
  const report = `${program}.ran`;
  const ran = existsSync(report) ? readFileSync(report, 'utf8').trimEnd().split('\n') : undefined;
  rmSync(report, { force: true });
  return { exitCode, stdout, stderr, ran };
}

test('it takes a point, with paths of any kind, in the root directory, and keeps stdout to itself', async () => {
  const { exitCode, stdout, stderr, ran } = await hook();
  expect([exitCode, stdout, stderr]).toEqual([
    0,
    '',
    'savepoint: taking a recovery point before dpkg runs\n',
  ]);
  const { store, configuration } = place();
  const words = [
    '--store',
    store,
    '--config',
    configuration,
    'save',
    '-m',
    'before dpkg',
    '--tag',
    'trigger=apt',
  ];
  expect(ran).toEqual(['/', ...words.map((word) => `<${word}>`)]);
});

test('a save that fails stops dpkg, and the way on is named', async () => {
  for (const failWith of [1, 2, 4, 5, 137]) {
    const { exitCode, stderr } = await hook({ failWith });
    expect(exitCode).toBe(1);
    expect(stderr).toContain(`no recovery point was taken (exit code ${failWith}), so dpkg is not run`);
    expect(stderr).toContain('SAVEPOINT_APT=optional apt-get upgrade');
  }
});

test('an incomplete point is no failure', async () => {
  expect(await hook({ failWith: 6 })).toMatchObject({ exitCode: 0 });
});

test('where points are optional, a failure is a warning', async () => {
  const warned = {
    exitCode: 0,
    stderr: expect.stringContaining('warning: no recovery point was taken (exit code 4)'),
  };
  expect(await hook({ failWith: 4, env: { SAVEPOINT_APT: 'optional' } })).toMatchObject(warned);
  expect(await hook({ failWith: 4, optional: true })).toMatchObject(warned);
  expect(await hook({ failWith: 4, optional: true, env: { SAVEPOINT_APT: 'required' } })).toMatchObject({
    exitCode: 1,
  });
  expect(await hook({ failWith: 4, env: { SAVEPOINT_APT: '' } })).toMatchObject({ exitCode: 1 });
});

test('who interrupts the save stops dpkg, even where points are optional', async () => {
  for (const failWith of [129, 130, 143])
    expect(await hook({ failWith, optional: true })).toMatchObject({ exitCode: 1 });
});

test('within a guarded change it does nothing', async () => {
  for (const SAVEPOINT_GUARD of ['', '17']) {
    const result = await hook({ failWith: 1, env: { SAVEPOINT_GUARD } });
    expect(result).toEqual({ exitCode: 0, stdout: '', stderr: '', ran: undefined });
  }
});

test('it does nothing where the program is gone', async () => {
  rmSync(program);
  expect(await hook({ failWith: 1 })).toEqual({ exitCode: 0, stdout: '', stderr: '', ran: undefined });
});
