// Taking a guarded change back, killed at any of its calls: the next recovery finishes it, the host is as before the change,
// attribute for attribute, and the log says once how it ended.
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { guardJournal } from '#src/guard/guard-journal.js';
import { openSession } from '#src/session.js';
import { openOperationLog } from '#store/operations/operation-log.js';
import { compareDescriptions } from '../fixtures/compare-trees.js';
import { type DescribedTree, describeTree } from '../fixtures/describe-tree.js';
import { runTool } from '../fixtures/run-tool.js';
import { createRandom } from '../fixtures/seeded-random.js';
import { createTemporaryDirectory } from '../fixtures/temporary-directory.js';
import { chooseKills } from './choose-kills.js';
import { chooseSeeds } from './choose-seeds.js';
import { type Kill, runKilled } from './run-killed.js';
import { COMPONENTS, makeOriginal, makeTarget } from './three-components.js';

const SCRIPT = fileURLToPath(new URL('./recover-guard.mjs', import.meta.url));
const ARM = fileURLToPath(new URL('./arm-and-die.mjs', import.meta.url));

const [seed] = chooseSeeds(0);
const random = createRandom(seed);
let directory: string;
let before: DescribedTree;

const live = () => join(directory, 'live');
const store = () => join(directory, 'live/store');
const template = () => join(directory, 'template');

function describeLive(): DescribedTree {
  return new Map([...describeTree(live())].filter(([path]) => path !== '.' && !path.startsWith('store')));
}

beforeAll(() => {
  directory = createTemporaryDirectory({ lifetime: 'file', tmpfsSizeBytes: 256 << 20 });
  mkdirSync(live());
  makeTarget(live());
  before = describeLive();
  const roots = COMPONENTS.map((name) => join(live(), name));
  // Armed and made by a process that is gone, as after a crash.
  runTool(process.execPath, [ARM, store(), ...roots]);
  makeOriginal(live());
  runTool('cp', ['-a', live(), template()]);
});

function reset(): void {
  rmSync(live(), { recursive: true });
  runTool('cp', ['-a', template(), live()]);
}

function recoverOnce(kill?: Kill): { calls: number; said: string } {
  const { calls, stdout } = runKilled([SCRIPT, store()], directory, kill);
  return { calls, said: stdout.trim() };
}

async function readEnd() {
  const session = await openSession({ store: store() });
  const guarded = await guardJournal.read(session);
  const entries = (await openOperationLog(session.store).read()).filter(({ kind }) => kind === 'guard');
  await session.close();
  return { state: guarded?.last.state, outcomes: entries.map(({ outcome }) => outcome) };
}

describe(`a guarded change that a crash left (seed ${seed})`, () => {
  it('is taken back by a recovery that may itself be killed at any call', async () => {
    reset();
    const { calls, said } = recoverOnce();
    expect(said).toBe('reverted');
    expect(compareDescriptions(before, describeLive())).toEqual([]);
    const kills = chooseKills(random, { calls, most: 6 });
    let finished = 0;
    for (const kill of kills) {
      reset();
      recoverOnce(kill);
      if (recoverOnce().said === 'reverted') finished++;
      const where = JSON.stringify(kill);
      expect(compareDescriptions(before, describeLive()), where).toEqual([]);
      expect(await readEnd(), where).toEqual({ state: 'reverted', outcomes: ['reverted'] });
    }
    expect(finished).toBeGreaterThan(0);
  }, 900_000);
});
