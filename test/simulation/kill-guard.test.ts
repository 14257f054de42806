// Taking a guarded change back, killed at any of its calls: the next recovery finishes it, the host is as before the change,
// attribute for attribute, and the log says once how it ended.
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { guardJournal } from '#src/guard/guard-journal.js';
import { openSession } from '#src/session.js';
import { openOperationLog } from '#store/operations/operation-log.js';
import { compareDescriptions } from '../fixtures/compare-trees.js';
import { type DescribedTree, describeTree } from '../fixtures/describe-tree.js';
import { runToEnd, runTool } from '../fixtures/run-tool.js';
import { createRandom } from '../fixtures/seeded-random.js';
import { createTemporaryDirectory } from '../fixtures/temporary-directory.js';
import { chooseKills } from './choose-kills.js';
import { chooseSeeds } from './choose-seeds.js';
import { COMPONENTS, makeOriginal, makeTarget } from './three-components.js';

const PRELOAD = fileURLToPath(new URL('./kill-at-call.mjs', import.meta.url));
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

interface Kill {
  readonly at: number;
  readonly when: 'before' | 'after';
}

function recoverOnce(kill?: Kill): { killed: boolean; calls: number; said: string } {
  const report = join(directory, 'calls');
  rmSync(report, { force: true });
  const environment = { KILL_AT: String(kill?.at ?? 0), KILL_WHEN: kill?.when, KILL_REPORT: report };
  const { signal, exitCode, stderr, stdout } = runToEnd(
    process.execPath,
    ['--import', PRELOAD, SCRIPT, store()],
    { env: { ...process.env, ...environment } },
  );
  if (signal === 'SIGKILL') return { killed: true, calls: 0, said: '' };
  if (exitCode !== 0) throw new Error(`recover failed: ${stderr}`);
  return { killed: false, calls: Number(readFileSync(report, 'utf8')), said: stdout.toString().trim() };
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
