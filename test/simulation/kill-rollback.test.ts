// A rollback of three components that is killed at any of its calls, and a recovery that is killed at any of its own,
// lead, once `recover` has run, to the state before or to the point's, attribute for attribute, and never to a mixture.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { componentsOfPaths } from '#src/components.js';
import { recover } from '#src/rollback/recover.js';
import { save } from '#src/save.js';
import { createSession, openSession } from '#src/session.js';
import { verify } from '#src/verify.js';
import { compareDescriptions } from '../fixtures/compare-trees.js';
import { type DescribedTree, describeTree } from '../fixtures/describe-tree.js';
import { createRandom } from '../fixtures/seeded-random.js';
import { createTemporaryDirectory } from '../fixtures/temporary-directory.js';
import { chooseSeeds } from './choose-seeds.js';
import { COMPONENTS, makeOriginal, makeTarget } from './three-components.js';

const PRELOAD = fileURLToPath(new URL('./kill-at-call.mjs', import.meta.url));
const SCRIPT = fileURLToPath(new URL('./roll-back.mjs', import.meta.url));
/** Of all calls that there are; SAVEPOINT_TEST_ALL takes every one, before and after. */
const SAMPLES = process.env['SAVEPOINT_TEST_ALL'] === undefined ? 120 : Number.POSITIVE_INFINITY;
const RECOVERY_SAMPLES = SAMPLES / 2;

const [seed] = chooseSeeds(0);
const random = createRandom(seed);
let directory: string;
let original: DescribedTree;
let target: DescribedTree;

const live = () => join(directory, 'live');
const store = () => join(directory, 'live/store');
const template = () => join(directory, 'template');

/** What is compared: the three components, and that nothing else came to be beside them. */
function describeLive(): DescribedTree {
  const all = describeTree(live());
  return new Map([...all].filter(([path]) => path !== '.' && !path.startsWith('store')));
}

beforeAll(async () => {
  directory = createTemporaryDirectory({ lifetime: 'file', tmpfsSizeBytes: 256 << 20 });
  mkdirSync(live());
  makeTarget(live());
  const session = await createSession(store(), 'sha256');
  const roots = COMPONENTS.map((name) => join(live(), name));
  await save(session, componentsOfPaths(roots), { name: 'before' });
  target = describeLive();
  makeOriginal(live());
  original = describeLive();
  await session.close();
  execFileSync('cp', ['-a', live(), template()]);
});

function reset(): void {
  rmSync(live(), { recursive: true });
  execFileSync('cp', ['-a', template(), live()]);
}

interface Kill {
  readonly at: number;
  readonly when: 'before' | 'after';
}

/** Runs a process that is killed; answers whether it was, and how many calls it made where it was not. */
function run(action: 'rollback' | 'recover', kill: Kill | undefined): { killed: boolean; calls: number } {
  const report = join(directory, 'calls');
  rmSync(report, { force: true });
  const environment = { KILL_AT: String(kill?.at ?? 0), KILL_WHEN: kill?.when, KILL_REPORT: report };
  const { signal, status, stderr } = spawnSync(
    process.execPath,
    ['--import', PRELOAD, SCRIPT, action, store(), 'before'],
    { env: { ...process.env, ...environment } as NodeJS.ProcessEnv, encoding: 'utf8' },
  );
  if (signal === 'SIGKILL') return { killed: true, calls: 0 };
  if (status !== 0) throw new Error(`${action} failed: ${stderr}`);
  return { killed: false, calls: Number(readFileSync(report, 'utf8')) };
}

async function recoverHere(): Promise<string> {
  const session = await openSession({ store: store() });
  try {
    return (await recover(session)).did;
  } finally {
    await session.close();
  }
}

/** Which of both states the components are in; a complaint where they are in neither. */
function stateOf(): string {
  const found = describeLive();
  if (compareDescriptions(target, found).length === 0) return 'target';
  const differences = compareDescriptions(original, found);
  if (differences.length === 0) return 'original';
  return `neither: ${JSON.stringify({ original: differences, target: compareDescriptions(target, found) }, undefined, 1)}`;
}

async function expectSoundStore(): Promise<void> {
  const session = await openSession({ store: store() });
  expect((await verify(session, { data: true })).problems).toEqual([]);
  await session.close();
}

function choose(calls: number, most: number): Kill[] {
  const all = Array.from({ length: calls }, (_, index) => index + 1).flatMap((at): Kill[] => [
    { at, when: 'before' },
    { at, when: 'after' },
  ]);
  if (all.length <= most) return all;
  const chosen = new Set<Kill>();
  while (chosen.size < most) chosen.add(random.pick(all));
  return [...chosen];
}

describe(`a rollback (seed ${seed})`, () => {
  it('leads to the target where nobody kills it', async () => {
    reset();
    expect(run('rollback', undefined).killed).toBe(false);
    expect(stateOf()).toBe('target');
    expect(await recoverHere()).toBe('nothing');
    await expectSoundStore();
  });

  it('that is killed at any call is dropped or finished by recover', async () => {
    reset();
    const { calls } = run('rollback', undefined);
    const seen = { original: 0, target: 0 };
    for (const kill of choose(calls, SAMPLES)) {
      reset();
      const { killed } = run('rollback', kill);
      const did = await recoverHere();
      const state = stateOf();
      // The number of calls is not quite the same each time: the last one may not be reached.
      if (!killed) expect(state).toBe('target');
      expect(['original', 'target'], `${JSON.stringify(kill)} ${did}: ${state}`).toContain(state);
      seen[state as keyof typeof seen]++;
      expect(await recoverHere()).toBe('nothing');
    }
    await expectSoundStore();
    expect(seen.original).toBeGreaterThan(0);
    expect(seen.target).toBeGreaterThan(0);
  }, 900_000);

  it('whose recovery is killed at any call is finished by the next one', async () => {
    const decided = await findDecidedKill();
    const { calls } = run('recover', undefined);
    for (const kill of choose(calls, RECOVERY_SAMPLES)) {
      reset();
      run('rollback', decided);
      run('recover', kill);
      await recoverHere();
      expect(stateOf(), JSON.stringify({ decided, kill })).toBe('target');
    }
  }, 900_000);
});

/** A kill soon after the decision, so that the recovery has everything to do; leaves the host killed there. */
async function findDecidedKill(): Promise<Kill> {
  reset();
  const { calls } = run('rollback', undefined);
  let [low, high] = [1, calls];
  const leadsToTarget = async (at: number) => {
    reset();
    run('rollback', { at, when: 'before' });
    await recoverHere();
    return stateOf() === 'target';
  };
  while (low < high) {
    const middle = (low + high) >> 1;
    if (await leadsToTarget(middle)) high = middle;
    else low = middle + 1;
  }
  reset();
  run('rollback', { at: low, when: 'before' });
  return { at: low, when: 'before' };
}
