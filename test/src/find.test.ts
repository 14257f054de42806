// Versions of files over all points; checked against histories that are kept on the side.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { type FindOptions, type FindProblem, find } from '#src/find.js';
import { decodeName } from '#store/names.js';
import { ObjectReader } from '#store/object-reader.js';
import { type DescribedEntry, describeTree } from '../fixtures/describe-tree.js';
import { makePlainTree } from '../fixtures/make-plain-tree.js';
import { mutateTree } from '../fixtures/mutate-tree.js';
import { MUTATIONS, type MutationKind } from '../fixtures/mutations.js';
import { collect, createSavedTree, type SavedTree } from '../fixtures/saved-tree.js';
import { chooseSeeds } from '../simulation/choose-seeds.js';

const found = (tree: SavedTree, pattern: string, options: FindOptions = {}) =>
  collect(find(tree.session, pattern, options));
const rows = async (tree: SavedTree, pattern: string, options: FindOptions = {}) =>
  (await found(tree, pattern, options)).map(({ path, points }) => [path, ...points].join(' '));

/** Points 1 to 5: `a.conf` in three versions, `b/b.conf` in points 2 and 4 only. */
async function createHistory(): Promise<SavedTree> {
  const tree = await createSavedTree();
  tree.write('b/other', 'other');
  for (const [point, content] of ['one', 'two', 'two', 'three', 'one'].entries()) {
    tree.write('a.conf', content);
    if (point === 1 || point === 3) tree.write('b/b.conf', 'same');
    else if (point > 1) tree.remove('b/b.conf');
    await tree.save(`p${point + 1}`);
    tree.write('a.conf', 'unsaved');
  }
  return tree;
}

test('each version of a file is found once, with the points that have it, newest first', async () => {
  const tree = await createSavedTree();
  const contents = ['one', 'two', 'two', 'three', 'three'];
  for (const [point, content] of contents.entries()) {
    if (content !== contents[point - 1]) tree.write('dir/a.conf', content);
    await tree.save(`p${point + 1}`);
  }
  const versions = await found(tree, '*.conf');
  expect(versions.map(({ points, state }) => [points, state.sizeBytes])).toEqual([
    [['p5', 'p4'], 5],
    [['p3', 'p2'], 3],
    [['p1'], 3],
  ]);
  expect(versions[0]).toMatchObject({
    component: 'tree',
    path: 'dir/a.conf',
    livePath: join(tree.root, 'dir/a.conf'),
  });
  expect(versions[0].state).toMatchObject({ type: 'file', user: 'root' });
});

test('a version that went and came back is found twice', async () => {
  const tree = await createSavedTree();
  tree.write('kept', 'kept');
  await tree.save('p1');
  tree.write('coming', '');
  await tree.save('p2');
  tree.remove('coming');
  await tree.save('p3');
  writeFileSync(join(tree.root, 'coming'), '');
  await tree.save('p4');
  expect(await rows(tree, 'coming')).toEqual(['coming p4', 'coming p2']);
  expect(await rows(tree, 'kept')).toEqual(['kept p4 p3 p2 p1']);
});

test('a point without the component does not part two that have it', async () => {
  const tree = await createSavedTree();
  tree.write('file', 'content');
  await tree.save('p1');
  await tree.save('other', [join(tree.root, 'file')]);
  await tree.save('p3');
  expect((await found(tree, 'file')).map(({ component, points }) => [component, points])).toEqual([
    ['tree', ['p3', 'p1']],
    ['file', ['other']],
  ]);
});

test('names, relative paths, live paths and paths of a component can be asked for', async () => {
  const tree = await createHistory();
  const paths = async (pattern: string) => [...new Set((await found(tree, pattern)).map(({ path }) => path))];
  expect(await paths('*.conf')).toEqual(['a.conf', 'b/b.conf']);
  expect(await paths('b/*')).toEqual(['b/other', 'b/b.conf']);
  expect(await paths(`${tree.root}/*.conf`)).toEqual(['a.conf']);
  expect(await paths('tree:b/*.conf')).toEqual(['b/b.conf']);
  expect(await paths('tree')).toEqual(['']);
  expect(await paths('none')).toEqual([]);
  await expect(paths('')).rejects.toMatchObject({ code: 'USAGE' });
});

test('only the points that are named are searched', async () => {
  const tree = await createHistory();
  expect(await rows(tree, 'b.conf', { points: ['p1', 'latest~1'] })).toEqual(['b/b.conf p4']);
  expect(await rows(tree, 'other', { points: ['p1', 'latest~1'] })).toEqual(['b/other p4 p1']);
  await expect(rows(tree, 'other', { points: ['p9'] })).rejects.toMatchObject({ code: 'POINT_NOT_FOUND' });
});

test('the newest versions are given where there is a limit, each with all its points', async () => {
  const tree = await createHistory();
  const all = await rows(tree, '*');
  for (const limit of [0, 1, 3, all.length])
    expect(await rows(tree, '*', { limit })).toEqual(all.slice(0, limit));
  expect(all.length).toBeGreaterThan(5);
});

test('a directory is a version of its own attributes, whatever is in it', async () => {
  const tree = await createSavedTree();
  tree.write('dir/file', 'one');
  await tree.save('p1');
  tree.write('dir/file', 'two');
  await tree.save('p2');
  const [directory] = await found(tree, 'dir');
  expect(directory.points).toEqual(['p2', 'p1']);
  expect(directory.state).toMatchObject({ type: 'directory', user: 'root' });
  expect(directory.state).not.toHaveProperty('id');
});

test('a damaged point is told of and left out, or ends the search', async () => {
  const tree = await createSavedTree();
  tree.write('file', 'one');
  await tree.save('p1');
  const packs = tree.stored('packs');
  tree.write('file', 'two');
  await tree.save('p2');
  tree.lose('packs', packs);
  tree.write('file', 'three');
  await tree.save('p3');
  const problems: FindProblem[] = [];
  expect(await rows(tree, 'file', { onProblem: (problem) => problems.push(problem) })).toEqual([
    'file p3',
    'file p1',
  ]);
  expect(problems).toEqual([
    { point: 'p2', code: 'PACK_MISSING', message: expect.stringContaining('missing') },
  ]);
  await expect(rows(tree, 'file')).rejects.toMatchObject({ code: 'PACK_MISSING' });
});

test('what points share is looked at once', async () => {
  const tree = await createSavedTree();
  for (let number = 0; number < 100; number++) tree.write(`a${number}/file`, `${number}`);
  await tree.save('p0');
  const read = vi.spyOn(ObjectReader.prototype, 'read');
  expect(await found(tree, 'file')).toHaveLength(100);
  const once = read.mock.calls.length;
  for (let point = 1; point <= 10; point++) await tree.save(`p${point}`);
  read.mockClear();
  expect(await found(tree, 'file')).toHaveLength(100);
  // Each point more is read itself: tag, commit, its tree, its component's tree and record.
  expect(read.mock.calls.length).toBeLessThanOrEqual(once + 10 * 5);
  read.mockClear();
  expect(await found(tree, `${tree.root}/a7/file`)).toHaveLength(1);
  expect(read.mock.calls.length).toBeLessThanOrEqual(11 * 5 + 3 * 3);
  read.mockRestore();
});

/** All but what makes hard links, which the description knows of on both ends. */
const KINDS = (Object.keys(MUTATIONS) as MutationKind[]).filter((kind) => kind !== 'create-hard-link');

function versionOf({ holes: _, ...entry }: DescribedEntry): string {
  return JSON.stringify(entry);
}

describe.each(chooseSeeds(3))('seed %i', (seed) => {
  test('a random history is found as it was', async () => {
    const tree = await createSavedTree();
    makePlainTree(tree.root, { seed, files: 40 });
    /** Rows by path, each with its version and points, oldest first. */
    const expected = new Map<string, { version: string | undefined; points: string[] }[]>();
    for (let step = 0; step < 6; step++) {
      mutateTree(tree.root, { seed: `${seed} ${step}`, changes: 8, kinds: KINDS });
      await tree.save(`p${step}`);
      const described = describeTree(tree.root);
      for (const path of new Set([...described.keys(), ...expected.keys()])) {
        const entry = described.get(path);
        const version = entry && versionOf(entry);
        const known = expected.get(path) ?? [];
        expected.set(path, known);
        if (known.at(-1)?.version === version) known.at(-1)?.points.unshift(`p${step}`);
        else known.push({ version, points: [`p${step}`] });
      }
    }
    const wanted = [...expected].flatMap(([path, versions]) => {
      const name = path === '.' ? '' : decodeName(Buffer.from(path, 'latin1'));
      return versions
        .filter(({ version }) => version !== undefined)
        .map(({ points }) => [name, ...points].join(' '));
    });
    expect((await rows(tree, '*')).sort()).toEqual(wanted.sort());
  });
});
