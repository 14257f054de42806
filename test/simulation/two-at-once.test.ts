// Several processes that save to one store, read from it and merge its packs at the same time do each other no harm.
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { listPoints } from '#src/list.js';
import { restore } from '#src/restore.js';
import { openSession, type Session } from '#src/session.js';
import { verify } from '#src/verify.js';
import { compareDescriptions } from '../fixtures/compare-trees.js';
import { type DescribedTree, describeTree } from '../fixtures/describe-tree.js';
import { createRandom } from '../fixtures/seeded-random.js';
import { createTemporaryDirectory } from '../fixtures/temporary-directory.js';
import { chooseSeeds } from './choose-seeds.js';
import { RequestedProcess } from './requested-process.js';

const PROCESSES = 5;
const SAVES_OF_A_PROCESS = 20;

const [seed] = chooseSeeds(0);
const random = createRandom(seed);
const processes: RequestedProcess[] = [];
let directory: string;
let store: string;

beforeAll(() => {
  for (let i = 0; i < PROCESSES; i++) processes.push(RequestedProcess.start());
});
afterAll(() => Promise.all(processes.map((process) => process.stop())));
beforeEach(() => {
  directory = createTemporaryDirectory({ tmpfsSizeBytes: 256 << 20 });
  store = join(directory, 'store');
});

/** A tree of its own for each process, all of which share some contents. */
function makeLive(name: string): string {
  const live = join(directory, name);
  mkdirSync(join(live, 'folder'), { recursive: true });
  for (let i = 0; i < 10; i++) writeFileSync(join(live, 'folder', `shared-${i}`), `shared content ${i}`);
  changeLive(live);
  return live;
}

function changeLive(live: string): void {
  for (let i = 0; i < 3; i++) {
    const content = random.integer(4) === 0 ? 'the same in all' : random.bytes(random.integer(30_000));
    writeFileSync(join(live, 'folder', `file-${random.integer(8)}`), content);
  }
}

async function inStore<T>(action: (session: Session) => Promise<T>): Promise<T> {
  const session = await openSession({ store });
  try {
    return await action(session);
  } finally {
    await session.close();
  }
}

/** Verifies the store, and restores all of these points. */
async function expectAll(trees: ReadonlyMap<string, DescribedTree>): Promise<void> {
  await inStore(async (session) => {
    expect((await verify(session, { data: true })).problems).toEqual([]);
    const points = await listPoints(session);
    expect(points.map(({ name }) => name).sort()).toEqual([...trees.keys()].sort());
    for (const [name, tree] of trees) {
      const to = join(directory, 'restored');
      await restore(session, name, { to });
      expect(compareDescriptions(tree, describeTree(to))).toEqual([]);
      rmSync(to, { recursive: true });
    }
  });
}

it(`saves that start together, with the store itself to be made, all make points of their own (seed ${seed})`, async () => {
  const trees = new Map<string, DescribedTree>();
  const answers = await Promise.all(
    processes.map(async (process, number) => {
      const live = makeLive(`live-${number}`);
      const { result, error } = await process.answer({ do: 'save', store, paths: [live] });
      trees.set(result?.point ?? '', describeTree(live));
      return { problems: result?.problems, error };
    }),
  );
  expect(answers).toEqual(Array(PROCESSES).fill({ problems: [], error: undefined }));
  expect(trees.size).toBe(PROCESSES);
  await expectAll(trees);
});

it('of saves that ask for one name, one gets it and the others are told', async () => {
  const trees = new Map<string, DescribedTree>();
  for (const name of ['first', 'second', 'third']) {
    const codes = await Promise.all(
      processes.map(async (process, number) => {
        const live = makeLive(`live-${number}`);
        const { result, error } = await process.answer({ do: 'save', store, paths: [live], name });
        if (result !== undefined) trees.set(name, describeTree(live));
        return error?.code ?? result?.point;
      }),
    );
    expect(codes.sort()).toEqual([...Array(PROCESSES - 1).fill('NAME_TAKEN'), name]);
  }
  await expectAll(trees);
  expect(readdirSync(join(store, 'tmp'))).toEqual([]);
});

it(`points are saved, read, verified and merged at the same time (seed ${seed})`, async () => {
  const trees = new Map<string, DescribedTree>();
  const [reader, ...savers] = processes;
  let saving = savers.length;
  const saves = savers.map(async (process, number) => {
    const live = makeLive(`live-${number}`);
    for (let i = 0; i < SAVES_OF_A_PROCESS; i++) {
      changeLive(live);
      const { result, error } = await process.answer({ do: 'save', store, paths: [live] });
      expect(error).toBeUndefined();
      trees.set(result?.point as string, describeTree(live));
    }
    saving--;
  });
  const readAll = async () => {
    let count = 0;
    while (saving > 0) {
      const point = random.pick([...trees.keys()]);
      if (point === undefined) {
        await nextTurn();
        continue;
      }
      const to = join(directory, `read-${count++}`);
      expect((await reader.answer({ do: 'restore', store, point, to })).error).toBeUndefined();
      expect(compareDescriptions(trees.get(point) as DescribedTree, describeTree(to))).toEqual([]);
    }
    expect(count).toBeGreaterThan(3);
  };
  const verifyAll = async () => {
    while (saving > 0) {
      if (trees.size > 0)
        expect((await inStore((session) => verify(session, { data: true }))).problems).toEqual([]);
      await nextTurn();
    }
  };
  await Promise.all([...saves, readAll(), verifyAll()]);
  expect(trees.size).toBe(savers.length * SAVES_OF_A_PROCESS);
  // Each save makes two packs or more.
  expect(readdirSync(join(store, 'packs')).length).toBeLessThan(trees.size);
  await expectAll(trees);
});
