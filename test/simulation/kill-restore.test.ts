// Restores that are killed at any instant leave each file with its old or its new content, and none missing; repeated,
// they finish, and leave nothing else behind.
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { componentsOfPaths } from '#src/components.js';
import { restore } from '#src/restore.js';
import { save } from '#src/save.js';
import { createSession, type Session } from '#src/session.js';
import { verify } from '#src/verify.js';
import { compareDescriptions, expectSameTree } from '../fixtures/compare-trees.js';
import { type DescribedEntry, type DescribedTree, describeTree } from '../fixtures/describe-tree.js';
import { makePlainTree } from '../fixtures/make-plain-tree.js';
import { mutateTree } from '../fixtures/mutate-tree.js';
import { runTool } from '../fixtures/run-tool.js';
import { createRandom } from '../fixtures/seeded-random.js';
import { createTemporaryDirectory } from '../fixtures/temporary-directory.js';
import { chooseSeeds } from './choose-seeds.js';
import { type Request, RequestedProcess } from './requested-process.js';

const KILLS_OF_A_KIND = 50;
const POINTS = 3;
const CHANGES = 150;
const STAGING = /^\.savepoint-restore-/;

const [seed] = chooseSeeds(0);
const random = createRandom(seed);
let directory: string;
let live: string;
let session: Session;
let next: RequestedProcess;
const points: { name: string; tree: DescribedTree }[] = [];

beforeAll(async () => {
  directory = createTemporaryDirectory({ lifetime: 'file', tmpfsSizeBytes: 512 << 20 });
  live = join(directory, 'live');
  makePlainTree(live, { seed, files: 300 });
  session = await createSession(join(directory, 'store'), 'sha256');
  for (let number = 0; number < POINTS; number++) {
    if (number > 0) mutateTree(live, { seed: `${seed} ${number}`, changes: CHANGES });
    const { point } = await save(session, componentsOfPaths([live]));
    points.push({ name: point.name, tree: describeTree(live) });
  }
  next = RequestedProcess.start();
});
afterAll(async () => {
  await next.stop();
  expect((await verify(session, { data: true })).problems).toEqual([]);
  await session.close();
});

function takeProcess(): RequestedProcess {
  const ready = next;
  next = RequestedProcess.start();
  return ready;
}

function stagingIn(root: string): string[] {
  try {
    return readdirSync(root).filter((name) => STAGING.test(name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** Medians of a few restores, each by a process of its own. */
async function measure(request: Request, target: { root: string; prepare: () => void }) {
  const totals: number[] = [];
  const writing: number[] = [];
  for (let i = 0; i < 3; i++) {
    target.prepare();
    const process = takeProcess();
    const isUnderWay = () => stagingIn(target.root).length > 0;
    const { startMs, totalMs } = await process.measure(request, isUnderWay);
    await process.stop();
    totals.push(totalMs);
    writing.push(totalMs - startMs);
  }
  return { totalMs: totals.sort((a, b) => a - b)[1], writingMs: writing.sort((a, b) => a - b)[1] };
}

/** What a killed restore may not have done to a tree: lines, empty where all is well. */
function findHalfDone(before: DescribedTree, wanted: DescribedTree, found: DescribedTree): string[] {
  const complaints: string[] = [];
  for (const [path, entry] of found) {
    if (STAGING.test(path)) continue;
    const [old, restored] = [before.get(path), wanted.get(path)];
    if (!isContentOf(entry, old) && !isContentOf(entry, restored)) complaints.push(`${path}: is neither`);
  }
  for (const [path, { type }] of before) {
    const isToGo = wanted.get(path) === undefined || wanted.get(path)?.type !== type;
    const mayGo = isToGo && (type === 'directory' || wanted.get(path) === undefined);
    if (!found.has(path) && !mayGo) complaints.push(`${path}: is missing`);
  }
  return complaints;
}

/** A restored file has its content, its mode and its owner from the first instant on. */
function isContentOf(found: DescribedEntry, expected: DescribedEntry | undefined): boolean {
  if (expected === undefined || found.type !== expected.type) return false;
  return found.content === expected.content && found.target === expected.target;
}

function chooseInstant(root: string, { totalMs, writingMs }: { totalMs: number; writingMs: number }) {
  const early = random.integer(3) === 0;
  const afterMs = random.integer((early ? totalMs : writingMs * 1.1) * 1000) / 1000;
  return early ? { afterMs } : { afterMs, isUnderWay: () => stagingIn(root).length > 0 };
}

it(`${KILLS_OF_A_KIND} restores in place killed at any instant harm no file (seed ${seed})`, async () => {
  const prepare = () => mutateTree(live, { seed: random.integer(1e9), changes: CHANGES });
  const request = { do: 'restore', store: session.location, point: points[0].name, inPlace: true } as const;
  const durations = await measure(request, { root: live, prepare });
  const seen = { killed: 0, leftStaging: 0, leftFiles: 0 };
  while (seen.killed < KILLS_OF_A_KIND) {
    mutateTree(live, { seed: random.integer(1e9), changes: 30 });
    const before = describeTree(live);
    const { name, tree } = random.pick(points);
    const wasKilled = await takeProcess().kill({ ...request, point: name }, chooseInstant(live, durations));
    if (wasKilled) seen.killed++;
    if (stagingIn(live).length > 0) seen.leftStaging++;
    const after = describeTree(live);
    expect(findHalfDone(before, tree, after)).toEqual([]);
    const differences = compareDescriptions(tree, after).length;
    if (wasKilled && differences > 0 && compareDescriptions(before, after).length > 2) seen.leftFiles++;
    await restore(session, name, { delete: true });
    expect(compareDescriptions(tree, describeTree(live))).toEqual([]);
  }
  expect(seen.leftStaging).toBeGreaterThan(KILLS_OF_A_KIND / 5);
  expect(seen.leftFiles).toBeGreaterThan(0);
}, 300_000);

it(`${KILLS_OF_A_KIND} restores elsewhere killed at any instant make no half file (seed ${seed})`, async () => {
  const root = join(directory, 'elsewhere');
  const remove = () => rmSync(root, { recursive: true, force: true });
  const request = { do: 'restore', store: session.location, point: points[1].name, to: root } as const;
  const durations = await measure(request, { root, prepare: remove });
  const seen = { killed: 0, leftStaging: 0 };
  while (seen.killed < KILLS_OF_A_KIND) {
    remove();
    const wasKilled = await takeProcess().kill(request, chooseInstant(root, durations));
    if (wasKilled) seen.killed++;
    if (stagingIn(root).length > 0) seen.leftStaging++;
    const { tree } = points[1];
    runTool('mkdir', ['-p', root]);
    expect(
      findHalfDone(new Map(), new Map([...tree, ['.', tree.get('.') as DescribedEntry]]), describeTree(root)),
    ).toEqual([]);
    await restore(session, points[1].name, { to: root });
    expect(compareDescriptions(tree, describeTree(root))).toEqual([]);
  }
  await restore(session, points[1].name, { delete: true });
  expectSameTree(live, root);
  expect(seen.leftStaging).toBeGreaterThan(KILLS_OF_A_KIND / 5);
}, 300_000);
