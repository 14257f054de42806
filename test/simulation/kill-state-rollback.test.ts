// A rollback of components that a state adapter has, with files of their own and beside others, that is killed at any of its
// calls, and a recovery that is, lead to the state before or to the point's, and never to a mixture; nothing that was staged stays.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ComponentDefinition } from '#src/components.js';
import { createRandom } from '../fixtures/seeded-random.js';
import { createTemporaryDirectory } from '../fixtures/temporary-directory.js';
import { valueAdapter } from '../fixtures/value-adapter.js';
import { chooseKills, takesAllKills } from './choose-kills.js';
import { chooseSeeds } from './choose-seeds.js';
import { KilledRollback } from './killed-rollback.js';
import type { Kill } from './run-killed.js';

const PATIENCE_MS = takesAllKills ? 5_400_000 : 120_000;
/** The decision gets its name. */
const DECISION = 'journal/decision-1.json';
const SCRIPT = new URL('./roll-back-values.mjs', import.meta.url).pathname;
const ADAPTER = new URL('../fixtures/value-adapter.ts', import.meta.url).pathname;
const COMPILER = new URL('../../node_modules/.bin/tsc', import.meta.url).pathname;

const [seed] = chooseSeeds(0);
const random = createRandom(seed);

function write(live: string, contents: Readonly<Record<string, string>>): void {
  for (const [path, content] of Object.entries(contents)) {
    mkdirSync(join(live, path, '..'), { recursive: true });
    writeFileSync(join(live, path), content);
  }
}

function stateOf(live: string, name: string, validate: readonly string[]): ComponentDefinition {
  const settings = { directory: join(live, name), file: join(live, `${name}.conf`) };
  const role = { kind: 'values', category: 'kernel' as const, critical: false, validate };
  return {
    ...{ name, origin: '/', oneFileSystem: false, settings },
    role: { ...role, dependsOn: name === 'two' ? ['app', 'one'] : [] },
  };
}

/** Two components of one kind and one root, the second of which depends on the first, and on one of files. */
async function makeHost(validate: readonly string[] = []): Promise<KilledRollback> {
  const directory = createTemporaryDirectory({ lifetime: 'file' });
  const options = ['--ignoreConfig', '--noCheck', '--target', 'es2023', '--module', 'nodenext'];
  execFileSync(COMPILER, [...options, '--rootDir', dirname(ADAPTER), '--outDir', directory, ADAPTER]);
  // Beside no package.json a module is known by its name.
  const module = join(directory, 'value-adapter.mjs');
  renameSync(join(directory, 'value-adapter.js'), module);
  return KilledRollback.of({
    program: [SCRIPT, module],
    adapters: [valueAdapter],
    isTimeless: (path) => /^(one|two)(\/|$)/.test(path),
    makeTarget: (live) =>
      write(live, {
        ...{ 'app/main': 'old', 'one.conf': 'old', 'one/a': '1', 'one/b': '2' },
        ...{ 'two.conf': 'old', 'two/a': '1', 'two/c': '3' },
      }),
    makeOriginal: (live) =>
      write(live, {
        ...{ 'app/main': 'new', 'one.conf': 'new', 'one/a': '10', 'one/added': '4' },
        ...{ 'two.conf': 'new', 'two/a': '10', 'two/added': '4' },
      }),
    definitions: (live) => [
      { name: 'app', origin: join(live, 'app'), oneFileSystem: true },
      ...['one', 'two'].map((name) => stateOf(live, name, name === 'two' ? validate : [])),
    ],
  });
}

function expectTidy(host: KilledRollback, about: string): void {
  const staging = join(host.live, 'store', 'staging');
  expect(existsSync(staging) ? readdirSync(staging) : [], about).toEqual([]);
  // A rollback that is killed at its first calls has made no journal yet.
  const journal = join(host.live, 'store', 'journal');
  expect(existsSync(journal) ? readdirSync(journal) : [], about).toEqual([]);
}

describe(`a rollback of state (seed ${seed})`, () => {
  let host: KilledRollback;
  let calls: number;
  let decided: Kill;
  beforeAll(async () => {
    host = await makeHost();
    host.reset();
    ({ calls } = host.run('rollback'));
    expect(host.state()).toBe('target');
    decided = host.killBehind(DECISION);
  });

  it(
    'that is killed at any call is dropped or finished by recover',
    async () => {
      const seen = { original: 0, target: 0 };
      for (const kill of chooseKills(random, { calls, most: 7 })) {
        host.reset();
        const { killed } = host.run('rollback', kill);
        const did = await host.recover();
        const [state, about] = [host.state(), `${JSON.stringify(kill)} ${did}`];
        if (!killed) expect(state).toBe('target');
        expect(['original', 'target'], `${about}: ${state}`).toContain(state);
        seen[state as keyof typeof seen]++;
        expect(await host.recover()).toBe('nothing');
        expectTidy(host, about);
      }
      await host.expectSoundStore();
      expect(seen.original).toBeGreaterThan(0);
      expect(seen.target).toBeGreaterThan(0);
    },
    PATIENCE_MS,
  );

  it(
    'whose recovery is killed at any call is finished by the next one',
    async () => {
      host.reset();
      host.run('rollback', decided);
      const ofRecovery = host.run('recover');
      for (const kill of chooseKills(random, { calls: ofRecovery.calls, most: 2 })) {
        host.reset();
        host.run('rollback', decided);
        host.run('recover', kill);
        await host.recover();
        expect(host.state(), JSON.stringify({ decided, kill })).toBe('target');
        expectTidy(host, JSON.stringify({ decided, kill }));
      }
    },
    PATIENCE_MS,
  );
});

describe(`a rollback of state that a validator refuses (seed ${seed})`, () => {
  it(
    'and that is killed at any call of both ways goes back',
    async () => {
      const host = await makeHost(['exit 3']);
      host.reset();
      const { calls } = host.run('rollback');
      expect(host.state()).toBe('original');
      for (const kill of chooseKills(random, { calls, most: 4 })) {
        host.reset();
        host.run('rollback', kill);
        await host.recover();
        expect(host.state(), JSON.stringify(kill)).toBe('original');
        expectTidy(host, JSON.stringify(kill));
      }
      await host.expectSoundStore();
    },
    PATIENCE_MS,
  );
});
