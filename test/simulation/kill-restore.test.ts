// Restores that are killed at any instant leave each file with its old or its new content, and none missing; repeated,
// they finish, and leave nothing else behind.
import { existsSync, lstatSync, readdirSync, rmSync } from 'node:fs';
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
import { createRandom } from '../fixtures/seeded-random.js';
import { createTemporaryDirectory } from '../fixtures/temporary-directory.js';
import { chooseSeeds } from './choose-seeds.js';
import { type Request, RequestedProcess } from './requested-process.js';

/** Each run takes others; SAVEPOINT_TEST_ALL takes more. */
const KILLS_OF_A_KIND = process.env['SAVEPOINT_TEST_ALL'] === undefined ? 6 : 100;
const FILES = 120;
const POINTS = 3;
const CHANGES_OF_A_POINT = 40;
/** Those that need no other program. */
const QUICK_KINDS = [
  'append',
  'create-directory',
  'create-file',
  'create-hard-link',
  'delete-file',
  'directory-to-file',
  'file-to-directory',
  'overwrite-part',
  'rename-directory',
  'replace-by-rename',
  'to-symlink',
] as const;
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
  makePlainTree(live, { seed, files: FILES });
  session = await createSession(join(directory, 'store'), 'sha256');
  for (let number = 0; number < POINTS; number++) {
    if (number > 0) mutateTree(live, { seed: `${seed} ${number}`, changes: CHANGES_OF_A_POINT });
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

function isContentOf(found: DescribedEntry, expected: DescribedEntry | undefined): boolean {
  if (expected === undefined || found.type !== expected.type) return false;
  return found.content === expected.content && found.target === expected.target;
}

/** Any instant, or one soon after the first file is written, or soon after some file has taken its place. */
function chooseInstant(
  root: string,
  durations: { totalMs: number; writingMs: number },
  trees: { before: DescribedTree; wanted: DescribedTree },
) {
  const within = (limitMs: number) => random.integer(limitMs * 1000) / 1000;
  const kind = random.integer(4);
  if (kind === 0) return { afterMs: within(durations.totalMs) };
  if (kind === 1) {
    return { afterMs: within(durations.writingMs), isUnderWay: () => stagingIn(root).length > 0 };
  }
  const changed = [...trees.wanted].filter(([path, entry]) => !isContentOf(entry, trees.before.get(path)));
  const [path] = random.pick(changed) ?? ['.'];
  const file = Buffer.from(`${root}/${path}`, 'latin1');
  const inodeBefore = findInode(file);
  return { afterMs: within(0.5), isUnderWay: () => findInode(file) !== inodeBefore };
}

function findInode(path: Buffer): number | undefined {
  try {
    return lstatSync(path).ino;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}

/** Kills restores of random points to `root`, and finishes about every other one. */
async function killRestores(
  root: string,
  target: { readonly inPlace: true } | { readonly to: string },
  prepare: () => void,
): Promise<{ leftHalfWay: number }> {
  const requestFor = (point: string) =>
    ({ do: 'restore', store: session.location, point, ...target }) as Request;
  const durations = await measure(requestFor(points[0].name), { root, prepare });
  const options = 'to' in target ? target : { delete: true };
  const seen = { killed: 0, leftStaging: 0, leftHalfWay: 0 };
  let point = points[0];
  let isFinished = true;
  const lacks = () => 'inPlace' in target && seen.leftHalfWay === 0;
  while (seen.killed < KILLS_OF_A_KIND || !isFinished || lacks()) {
    if (isFinished) {
      prepare();
      point = random.pick(points);
    }
    const before = existsSync(root) ? describeTree(root) : new Map();
    const instant = chooseInstant(root, durations, { before, wanted: point.tree });
    const wasKilled = await takeProcess().kill(requestFor(point.name), instant);
    if (wasKilled) seen.killed++;
    if (stagingIn(root).length > 0) seen.leftStaging++;
    const after = existsSync(root) ? describeTree(root) : new Map();
    expect(findHalfDone(before, point.tree, after)).toEqual([]);
    const [done, left] = [before, point.tree].map((tree) => countDifferences(tree, after));
    if (done > 0 && left > 0) seen.leftHalfWay++;
    isFinished = random.integer(2) === 0;
    if (!isFinished) continue;
    await restore(session, point.name, options);
    expect(compareDescriptions(point.tree, describeTree(root))).toEqual([]);
  }
  expect(seen.leftStaging).toBeGreaterThan(0);
  return seen;
}

/** How many files have another content. */
function countDifferences(expected: DescribedTree, found: DescribedTree): number {
  const paths = [...found.keys()].filter((path) => !STAGING.test(path));
  return paths.filter((path) => !isContentOf(found.get(path) as DescribedEntry, expected.get(path))).length;
}

it(`${KILLS_OF_A_KIND} restores in place killed at any instant harm no file (seed ${seed})`, async () => {
  const prepare = () => mutateTree(live, { seed: random.integer(1e9), changes: 15, kinds: QUICK_KINDS });
  const { leftHalfWay } = await killRestores(live, { inPlace: true }, prepare);
  expect(leftHalfWay).toBeGreaterThan(0);
  await restore(session, 'latest', { delete: true });
  await restore(session, 'latest', { to: join(directory, 'compared') });
  expectSameTree(join(directory, 'compared'), live);
}, 300_000);

it(`${KILLS_OF_A_KIND} restores elsewhere killed at any instant make no half file (seed ${seed})`, async () => {
  const root = join(directory, 'elsewhere');
  await killRestores(root, { to: root }, () => rmSync(root, { recursive: true, force: true }));
}, 300_000);
