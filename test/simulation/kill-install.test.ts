// An installation that is killed at any of its calls leaves each file as it was or as it is to be, and none half; another one
// finishes it, and an uninstallation takes away what there is of it.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { install, uninstall } from '#src/index.js';
import { ownershipOf } from '#src/install/written-file.js';
import { describeTree } from '../fixtures/describe-tree.js';
import { runTool } from '../fixtures/run-tool.js';
import { createRandom } from '../fixtures/seeded-random.js';
import { createTemporaryDirectory } from '../fixtures/temporary-directory.js';
import { chooseKills } from './choose-kills.js';
import { chooseSeeds } from './choose-seeds.js';
import { type Kill, runKilled } from './run-killed.js';

const SCRIPT = fileURLToPath(new URL('./run-install.mjs', import.meta.url));
const HOURLY = 3_600_000;
const DAILY = 24 * HOURLY;

const [seed] = chooseSeeds(0);
const random = createRandom(seed);
let directory: string;
const root = () => join(directory, 'root');

beforeAll(() => {
  directory = createTemporaryDirectory({ lifetime: 'file' });
});

/** A root without an installation. */
function reset(): void {
  rmSync(root(), { recursive: true, force: true });
  mkdirSync(join(root(), 'etc'), { recursive: true });
  writeFileSync(
    join(root(), 'etc/savepoint.yaml'),
    'components:\n  app: { kind: files, paths: [/srv/app] }\n',
  );
}

/** What stands there, by path: links, and what is in files. */
function contents(): Record<string, string> {
  const entries = [...describeTree(root())].filter(([, { type }]) => type === 'file' || type === 'symlink');
  return Object.fromEntries(
    entries.map(([path, { type }]) => [
      path,
      type === 'file' ? readFileSync(join(root(), path), 'utf8') : type,
    ]),
  );
}

/** Without the marks: an installation does not know of directories that a killed one made. */
function bodies(files: Record<string, string>): Record<string, string> {
  const marks = /^# (sha256 of the lines below|Directories that were made for it): .*\n/gm;
  return Object.fromEntries(
    Object.entries(files).map(([path, content]) => [path, content.replace(marks, '')]),
  );
}

/** Answers how many calls the process made, or 0 where it was killed. */
function run(action: 'install' | 'uninstall', kill?: Kill): number {
  return runKilled([SCRIPT, action, root(), String(DAILY)], directory, kill).calls;
}

/** Each file is one of those that it may be, and whole. */
function expectWhole(found: Record<string, string>, allowed: readonly Record<string, string>[]): void {
  for (const [path, content] of Object.entries(found)) {
    if (path.includes('.savepoint-install/')) continue;
    expect(
      allowed.map((each) => each[path]),
      path,
    ).toContain(content);
    if (content !== 'symlink' && path !== 'etc/savepoint.yaml') expect(ownershipOf(content)).toBe('ours');
  }
}

describe(`an installation (seed ${seed})`, () => {
  it('that is killed at any call is finished by another, or taken away', async () => {
    reset();
    const empty = contents();
    const calls = run('install');
    const installed = contents();
    for (const kill of chooseKills(random, { calls, most: 5 })) {
      reset();
      run('install', kill);
      expectWhole(contents(), [empty, installed]);
      runTool('cp', ['-a', root(), `${root()}-killed`]);
      await install({ root: root(), everyMs: DAILY });
      expect(bodies(contents()), JSON.stringify(kill)).toEqual(bodies(installed));
      rmSync(root(), { recursive: true });
      runTool('mv', [`${root()}-killed`, root()]);
      await uninstall({ root: root() });
      expect(contents(), JSON.stringify(kill)).toEqual(empty);
    }
  }, 600_000);

  it('that takes the place of another, or is taken away, and is killed, is finished by the same again', async () => {
    const prepare = async () => {
      reset();
      await install({ root: root(), everyMs: HOURLY });
    };
    await prepare();
    const former = contents();
    const calls = run('install');
    const installed = contents();
    for (const kill of chooseKills(random, { calls, most: 5 })) {
      await prepare();
      run('install', kill);
      expectWhole(contents(), [former, installed]);
      run('install');
      expect(contents(), JSON.stringify(kill)).toEqual(installed);
    }
    for (const kill of chooseKills(random, { calls: run('uninstall'), most: 5 })) {
      await prepare();
      run('uninstall', kill);
      expectWhole(contents(), [former]);
      run('uninstall');
      expect(Object.keys(contents()), JSON.stringify(kill)).toEqual(['etc/savepoint.yaml']);
    }
  }, 600_000);
});
