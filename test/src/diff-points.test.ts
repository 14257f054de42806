// What differs between points, and between a point and the live state; checked against a description of the tree
// that knows nothing of the product.
import { chmodSync, mkdirSync, rmSync, symlinkSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { type DiffQuery, diffPoints, type FileChange } from '#src/diff-points.js';
import type { PointProblem } from '#src/point-record.js';
import { showPath } from '#src/show.js';
import { decodeName } from '#store/names.js';
import { ObjectReader } from '#store/object-reader.js';
import { type DescribedEntry, type DescribedTree, describeTree } from '../fixtures/describe-tree.js';
import { makePlainTree } from '../fixtures/make-plain-tree.js';
import { mutateTree } from '../fixtures/mutate-tree.js';
import { MUTATIONS, type MutationKind } from '../fixtures/mutations.js';
import { runTool } from '../fixtures/run-tool.js';
import { collect, createSavedTree, type SavedTree } from '../fixtures/saved-tree.js';
import { chooseSeeds } from '../simulation/choose-seeds.js';

const diff = (tree: SavedTree, before: string, after: string, query: Partial<DiffQuery> = {}) =>
  collect(diffPoints(tree.session, { before, after, ...query }));
const lines = (changes: readonly FileChange[]) => changes.map(({ kind, path }) => `${kind} ${path}`);

/** A tree with one file of each fate, saved as 'before'. */
async function createChanging(): Promise<SavedTree> {
  const tree = await createSavedTree();
  for (const path of ['kept/same', 'content', 'mode', 'gone/below', 'type'])
    tree.write(path, `this is ${path}`);
  utimesSync(tree.root, 1, 1);
  await tree.save('before');
  return tree;
}

function change(tree: SavedTree): void {
  tree.write('content', 'other content');
  chmodSync(join(tree.root, 'mode'), 0o600);
  tree.remove('gone');
  tree.remove('type');
  symlinkSync('target', join(tree.root, 'type'));
  tree.write('new/below', 'new');
  utimesSync(tree.root, 2, 2);
}

const ALL = [
  ...['attributes ', 'modified content', 'removed gone', 'removed gone/below', 'attributes mode'],
  ...['added new', 'added new/below', 'type type'],
];

test('two points differ in what was changed between them, and in nothing else', async () => {
  const tree = await createChanging();
  change(tree);
  await tree.save('after');
  const changes = await diff(tree, 'before', 'after');
  expect(lines(changes)).toEqual(ALL);
  for (const { component, path, livePath, live } of changes) {
    expect({ component, livePath, live }).toEqual({
      ...{ component: 'tree', live: undefined },
      livePath: path === '' ? tree.root : join(tree.root, path),
    });
  }
});

test('both sides of a change are what the points show', async () => {
  const tree = await createChanging();
  change(tree);
  await tree.save('after');
  const changes = await diff(tree, 'before', 'after');
  expect(changes).toHaveLength(ALL.length);
  for (const { path, before, after } of changes) {
    for (const [point, state] of Object.entries({ before, after })) {
      const shown = showPath(tree.session, { point, path: `tree:${path}` });
      if (state !== undefined) expect(state).toEqual((await shown).state);
      else await expect(shown).rejects.toMatchObject({ code: 'PATH_NOT_FOUND' });
    }
  }
});

test('a point and the live state differ in the same way as two points, in both directions', async () => {
  const tree = await createChanging();
  change(tree);
  const toLive = await diff(tree, 'before', 'live');
  const fromLive = await diff(tree, 'live', 'before');
  await tree.save('after');
  const toPoint = await diff(tree, 'before', 'after');
  const fromPoint = await diff(tree, 'after', 'before');
  expect(toLive).toEqual(toPoint.map((change) => ({ ...change, live: 'after' })));
  expect(fromLive).toEqual(fromPoint.map((change) => ({ ...change, live: 'before' })));
  expect(lines(fromLive)).toContain('added gone/below');
});

test('equal states do not differ', async () => {
  const tree = await createChanging();
  await tree.save('after');
  expect(await diff(tree, 'before', 'after')).toEqual([]);
  expect(await diff(tree, 'latest', 'live')).toEqual([]);
});

test('looking at the live state stores nothing', async () => {
  const tree = await createChanging();
  change(tree);
  tree.write('large', Buffer.alloc(3 << 20, 'x'));
  const before = [...tree.stored('packs'), ...tree.stored('index'), ...tree.stored('cache')];
  const large = (await diff(tree, 'latest', 'live')).find(({ path }) => path === 'large');
  expect(large?.after?.sizeBytes).toBe(3 << 20);
  expect([...tree.stored('packs'), ...tree.stored('index'), ...tree.stored('cache')]).toEqual(before);
});

test('only the paths that are named are compared, and what is below them', async () => {
  const tree = await createChanging();
  change(tree);
  await tree.save('after');
  for (const after of ['after', 'live']) {
    const paths = ['tree:new', join(tree.root, 'content'), 'tree:kept'];
    expect(lines(await diff(tree, 'before', after, { paths }))).toEqual([
      'modified content',
      'added new',
      'added new/below',
    ]);
    expect(lines(await diff(tree, 'before', after, { paths: ['tree:gone/below'] }))).toEqual([
      'removed gone/below',
    ]);
    await expect(diff(tree, 'before', after, { paths: ['tree:contend'] })).rejects.toMatchObject({
      code: 'PATH_NOT_FOUND',
      fields: { nearest: ['content'] },
    });
  }
});

test('a component that only one point has is added or removed with all its files', async () => {
  const tree = await createChanging();
  const other = join(tree.directory, 'other');
  mkdirSync(other);
  await tree.save('both', [tree.root, other]);
  const added = await diff(tree, 'before', 'both');
  expect(added.map(({ kind, component, livePath }) => [kind, component, livePath])).toEqual([
    ['added', 'other', other],
  ]);
  expect(lines(await diff(tree, 'both', 'before'))).toEqual(['removed ']);
  expect(await diff(tree, 'before', 'both', { paths: ['tree:content'] })).toEqual([]);
});

test('a tree that is gone from the host is removed with all its files', async () => {
  const tree = await createChanging();
  rmSync(tree.root, { recursive: true });
  const changes = await diff(tree, 'latest', 'live');
  expect(lines(changes)).toEqual(
    ['', 'content', 'gone', 'gone/below', 'kept', 'kept/same', 'mode', 'type'].map(
      (path) => `removed ${path}`,
    ),
  );
});

test('the directory around a file that was saved by name is no part of what was saved', async () => {
  const tree = await createChanging();
  await tree.save('file', [join(tree.root, 'content')]);
  change(tree);
  expect(lines(await diff(tree, 'file', 'live'))).toEqual(['modified content']);
});

test('live files that cannot be read are told of, and are in no change', async () => {
  const tree = await createSavedTree();
  for (const path of ['open', 'closed', 'shut/below']) tree.write(path, path);
  await tree.save('before');
  tree.write('open', 'changed');
  for (const path of ['closed', 'shut']) chmodSync(join(tree.root, path), 0);
  const problems: PointProblem[] = [];
  runTool('chown', ['-R', '65534', tree.session.location]);
  runTool('chmod', ['755', tree.directory]);
  process.seteuid?.(65534);
  const changes = await diff(tree, 'before', 'live', {
    onProblem: (problem) => problems.push(problem),
  }).finally(() => {
    process.seteuid?.(0);
  });
  expect(problems.map(({ path }) => path).sort()).toEqual(
    ['closed', 'shut'].map((path) => join(tree.root, path)),
  );
  expect(lines(changes)).toEqual(['modified open', 'attributes shut']);
});

test('the live state is not compared with itself', async () => {
  const tree = await createChanging();
  await expect(diff(tree, 'live', 'live')).rejects.toMatchObject({ code: 'USAGE' });
  await expect(diff(tree, 'before', 'befor')).rejects.toMatchObject({ code: 'POINT_NOT_FOUND' });
});

test('a comparison can be called off', async () => {
  const tree = await createChanging();
  change(tree);
  await tree.save('after');
  await expect(diff(tree, 'before', 'after', { signal: AbortSignal.abort() })).rejects.toMatchObject({
    code: 'ABORTED',
  });
});

test('no more is read than what differs', async () => {
  const tree = await createSavedTree();
  for (let number = 0; number < 400; number++) tree.write(`a${number % 20}/b${number}/file`, `${number}`);
  await tree.save('before');
  tree.write('a7/b7/file', 'changed');
  await tree.save('after');
  const read = vi.spyOn(ObjectReader.prototype, 'read');
  expect(lines(await diff(tree, 'before', 'after'))).toEqual(['modified a7/b7/file']);
  const { length } = read.mock.calls;
  read.mockRestore();
  // Of each side: tag, commit, three of the point and its component; and three a directory, with the root read again
  // to see whether it differs itself.
  expect(length).toBeLessThanOrEqual(2 * (5 + 3 * 3 + 3));
});

/** All but what makes hard links, which the description knows of on both ends. */
const KINDS = (Object.keys(MUTATIONS) as MutationKind[]).filter((kind) => kind !== 'create-hard-link');

function expectedChanges(before: DescribedTree, after: DescribedTree): string[] {
  const paths = [...new Set([...before.keys(), ...after.keys()])];
  return paths.flatMap((path) => {
    const kind = kindOf(before.get(path), after.get(path));
    return kind === undefined
      ? []
      : [`${kind} ${path === '.' ? '' : decodeName(Buffer.from(path, 'latin1'))}`];
  });
}

function kindOf(before: DescribedEntry | undefined, after: DescribedEntry | undefined): string | undefined {
  if (before === undefined || after === undefined) return before === undefined ? 'added' : 'removed';
  if (before.type !== after.type) return 'type';
  const contentOf = ({ sizeBytes, content, target }: DescribedEntry) =>
    JSON.stringify([sizeBytes, content, target]);
  if (contentOf(before) !== contentOf(after)) return 'modified';
  const restOf = ({ mode, owner, mtimeNs, attributes }: DescribedEntry) =>
    JSON.stringify([mode, owner, mtimeNs, attributes]);
  return restOf(before) === restOf(after) ? undefined : 'attributes';
}

describe.each(chooseSeeds(3))('seed %i', (seed) => {
  test('random changes are found, between points and against the live state', async () => {
    const tree = await createSavedTree();
    makePlainTree(tree.root, { seed, files: 60 });
    await tree.save('before');
    for (let step = 0; step < 5; step++) {
      const before = describeTree(tree.root);
      mutateTree(tree.root, { seed: `${seed} ${step}`, changes: 8, kinds: KINDS });
      const expected = expectedChanges(before, describeTree(tree.root)).sort();
      expect(lines(await diff(tree, 'latest', 'live')).sort()).toEqual(expected);
      await tree.save(`step-${step}`);
      expect(lines(await diff(tree, 'latest~1', 'latest')).sort()).toEqual(expected);
    }
  });
});
