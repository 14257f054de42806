// Saves that are killed at any instant leave a store that verifies, with all points that were there, and that goes on.
import { appendFileSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { componentsOfPaths } from '#src/components.js';
import { listPoints } from '#src/list.js';
import { restore } from '#src/restore.js';
import { save } from '#src/save.js';
import { openSession, type Session } from '#src/session.js';
import { verify } from '#src/verify.js';
import { compareDescriptions } from '../fixtures/compare-trees.js';
import { type DescribedTree, describeTree } from '../fixtures/describe-tree.js';
import { makePlainTree } from '../fixtures/make-plain-tree.js';
import { createRandom, type SeededRandom } from '../fixtures/seeded-random.js';
import { createTemporaryDirectory } from '../fixtures/temporary-directory.js';
import { chooseSeeds } from './choose-seeds.js';
import { RequestedProcess } from './requested-process.js';

/** Each run takes others; SAVEPOINT_TEST_ALL takes more. */
const KILLS = process.env['SAVEPOINT_TEST_ALL'] === undefined ? 8 : 200;
/** After so many rounds a new store is begun, so that the first save is killed as well. */
const ROUNDS_OF_A_STORE = 10;
const RESTORE_EVERY = 10;
const CHANGED_FILES = 12;
const LARGE_FILE_BYTES = 1_200_000;

const [seed] = chooseSeeds(0);
const random: SeededRandom = createRandom(seed);
let directory: string;
let live: string;
let next: RequestedProcess;

beforeAll(() => {
  directory = createTemporaryDirectory({ lifetime: 'file', tmpfsSizeBytes: 512 << 20 });
  live = join(directory, 'live');
  makePlainTree(live, { seed, files: 150 });
  mkdirSync(join(live, 'changed'));
  next = RequestedProcess.start();
});
afterAll(() => next.stop());

/** The process that is ready by now; the one after it starts meanwhile. */
function takeProcess(): RequestedProcess {
  const ready = next;
  next = RequestedProcess.start();
  return ready;
}

function changeTree(): void {
  for (let i = 0; i < CHANGED_FILES; i++) {
    writeFileSync(join(live, 'changed', `file-${random.integer(40)}`), random.bytes(random.integer(20_000)));
  }
  if (random.integer(3) === 0) writeFileSync(join(live, 'changed/large'), random.bytes(LARGE_FILE_BYTES));
  else appendFileSync(join(live, 'changed/large'), random.bytes(10));
}

/** What a save brings about, one after the other: unfinished files, packs, an index segment, a ref, a stat cache. */
const STAGES = ['tmp', 'packs', 'index', 'refs', 'cache'];

function namesIn(store: string, folder: string): string[] {
  return existsSync(join(store, folder)) ? readdirSync(join(store, folder)) : [];
}

/** Whether there is something in the folder that was not there when this was asked for. */
function watch(store: string, folder: string): () => boolean {
  const before = new Set(namesIn(store, folder));
  return () => namesIn(store, folder).some((name) => !before.has(name));
}

/** Medians of a few saves, each by a process of its own. */
async function measureSave(): Promise<{ totalMs: number; writingMs: number }> {
  const store = join(directory, 'measured');
  const totals: number[] = [];
  const writing: number[] = [];
  for (let i = 0; i < 5; i++) {
    changeTree();
    const process = takeProcess();
    const request = { do: 'save', store, paths: [live] } as const;
    const { startMs, totalMs } = await process.measure(request, watch(store, 'tmp'));
    await process.stop();
    totals.push(totalMs);
    writing.push(totalMs - startMs);
  }
  rmSync(store, { recursive: true });
  return { totalMs: median(totals), writingMs: median(writing) };
}

const median = (values: number[]) => values.sort((left, right) => left - right)[values.length >> 1];

/** A store, what its points should hold, and what was seen of killed saves. */
class Survivor {
  readonly store = join(directory, `store-${random.integer(1e9)}`);
  private readonly trees = new Map<string, DescribedTree>();
  private known: string[] = [];

  /** Checks the store that a killed save left; answers whether it got as far as making a point. */
  async check(): Promise<boolean> {
    // Killed before there was a store.
    if (!existsSync(join(this.store, 'store.json'))) return false;
    return this.use(async (session) => {
      expect((await verify(session, { data: true })).problems).toEqual([]);
      const points = (await listPoints(session)).map(({ name, id }) => `${name} ${id}`);
      expect(points.slice(0, this.known.length)).toEqual(this.known);
      const made = points.length - this.known.length;
      expect(made).toBeLessThanOrEqual(1);
      this.known = points;
      return made === 1;
    });
  }

  /** Saves once more, which tidies up. */
  async goOn(): Promise<void> {
    await this.use(async (session) => {
      const { point, problems } = await save(session, componentsOfPaths([live]));
      expect(problems).toEqual([]);
      this.trees.set(point.name, describeTree(live));
      this.known = (await listPoints(session)).map(({ name, id }) => `${name} ${id}`);
    });
    expect(this.unfinished()).toEqual([]);
  }

  async restoreOne(): Promise<void> {
    const name = random.pick([...this.trees.keys()]);
    const to = join(directory, 'restored');
    await this.use((session) => restore(session, name, { to }));
    expect(compareDescriptions(this.trees.get(name) as DescribedTree, describeTree(to))).toEqual([]);
    rmSync(to, { recursive: true });
  }

  unfinished(): string[] {
    return namesIn(this.store, 'tmp');
  }

  private async use<T>(action: (session: Session) => Promise<T>): Promise<T> {
    const session = await openSession({ store: this.store, create: true });
    try {
      return await action(session);
    } finally {
      await session.close();
    }
  }
}

/** Any instant, or one soon after some stage is reached: to most of them a save takes a small part of its time. */
function chooseInstant(store: string, duration: { totalMs: number; writingMs: number }) {
  const stage = random.pick([undefined, ...STAGES]);
  const withinMs = stage === undefined ? duration.totalMs : duration.writingMs / 3;
  const afterMs = random.integer(withinMs * 1000) / 1000;
  return stage === undefined ? { afterMs } : { afterMs, isUnderWay: watch(store, stage) };
}

it(`${KILLS} saves killed at any instant leave sound stores (seed ${seed})`, async () => {
  const { totalMs, writingMs } = await measureSave();
  const seen = { killed: 0, leftUnfinished: 0, madeThePoint: 0 };
  let survivor = new Survivor();
  for (let round = 0; seen.killed < KILLS || seen.madeThePoint === 0; round++) {
    if (round % ROUNDS_OF_A_STORE === 0) {
      rmSync(survivor.store, { recursive: true, force: true });
      survivor = new Survivor();
    }
    changeTree();
    const request = { do: 'save', store: survivor.store, paths: [live] } as const;
    const wasKilled = await takeProcess().kill(
      request,
      chooseInstant(survivor.store, { totalMs, writingMs }),
    );
    if (wasKilled) seen.killed++;
    if (survivor.unfinished().length > 0) seen.leftUnfinished++;
    const madeThePoint = await survivor.check();
    if (!wasKilled) expect(madeThePoint).toBe(true);
    else if (madeThePoint) seen.madeThePoint++;
    if (round % 2 === 1) await survivor.goOn();
    if (round % RESTORE_EVERY === RESTORE_EVERY - 1) await survivor.restoreOne();
  }
  expect(seen.leftUnfinished).toBeGreaterThan(KILLS / 10);
  expect(seen.madeThePoint).toBeGreaterThan(0);
}, 300_000);
