// What points and paths have added to a store, held against what its index says of all objects.
import { chmodSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type GrowthOptions, type PathGrowth, readGrowth, type StoreGrowth } from '#src/growth/growth.js';
import { forgetPoints } from '#src/removed-points.js';
import type { Session } from '#src/session.js';
import { Reachable, storedShareOf } from '#store/collect/reachable.js';
import { createSavedTree, type SavedTree } from '../../fixtures/saved-tree.js';
import { createRandom, type SeededRandom } from '../../fixtures/seeded-random.js';
import { chooseSeeds } from '../../simulation/choose-seeds.js';

async function growthOf(tree: SavedTree, options?: GrowthOptions): Promise<StoreGrowth> {
  return readGrowth(tree.session, options);
}

function find({ paths }: StoreGrowth, path: string): PathGrowth {
  const found = paths.find((row) => row.path === path);
  if (found === undefined) throw new Error(`There is no row for '${path}'.`);
  return found;
}

const noise = createRandom('contents that no codec makes smaller');

test('a path has what its contents added, how often they changed, and when last', async () => {
  const tree = await createSavedTree();
  tree.write('log/app', noise.bytes(50_000));
  tree.write('etc/still', 'still\n');
  await tree.save('one');
  tree.write('log/app', noise.bytes(30_000));
  await tree.save('two');
  await tree.save('three');
  const growth = await growthOf(tree);
  expect(find(growth, 'log/app')).toMatchObject({
    ...{ type: 'file', versions: 2, growths: 2, metadataBytes: 0 },
    lastGrowth: { point: 'two' },
  });
  expect(find(growth, 'log/app').storedBytes / 80_000).toBeCloseTo(1, 1);
  expect(find(growth, 'etc/still')).toMatchObject({ versions: 1, growths: 1, lastGrowth: { point: 'one' } });
  expect(find(growth, 'log')).toMatchObject({ type: 'directory', versions: 2, lastGrowth: { point: 'two' } });
  expect(find(growth, 'etc')).toMatchObject({ versions: 1, growths: 1 });
  expect(growth.paths.map(({ path }) => path).slice(0, 3)).toEqual(['', 'log', 'log/app']);
  expect(growth.points.map(({ point, versions }) => [point, versions])).toEqual([
    ['one', 2],
    ['two', 1],
    ['three', 0],
  ]);
});

test('what several paths and points hold counts where it came in first', async () => {
  const tree = await createSavedTree();
  const content = noise.bytes(20_000);
  tree.write('z', content);
  await tree.save('one');
  tree.write('a', content);
  await tree.save('two');
  const growth = await growthOf(tree);
  expect(find(growth, 'z').rawBytes).toBeGreaterThan(20_000);
  expect(find(growth, 'a')).toMatchObject({ storedBytes: 0, rawBytes: 0, versions: 1, growths: 0 });
  expect(find(growth, 'a')).not.toHaveProperty('lastGrowth');
  await forgetPoints(tree.session, ['one']);
  expect(find(await growthOf(tree), 'a').storedBytes).toBeGreaterThan(19_000);
});

test('of a large file what is new are its new chunks', async () => {
  const tree = await createSavedTree();
  const content = Buffer.from(noise.bytes(12 << 20));
  tree.write('database', content);
  await tree.save('one');
  content.fill(7, 6 << 20, (6 << 20) + 100);
  tree.write('database', content);
  await tree.save('two');
  const [one, two] = (await growthOf(tree)).points;
  expect(one.storedBytes).toBeGreaterThan(12 << 20);
  expect(two.storedBytes).toBeGreaterThan(200_000);
  expect(two.storedBytes).toBeLessThan(5 << 20);
  expect(two.versions).toBe(1);
});

test('a file that becomes executable has no other content, and a directory that becomes a file has one', async () => {
  const tree = await createSavedTree();
  tree.write('run', 'run\n');
  tree.write('a/b', 'b\n');
  await tree.save('one');
  chmodSync(join(tree.root, 'run'), 0o755);
  rmSync(join(tree.root, 'a'), { recursive: true });
  tree.write('a', 'a\n');
  await tree.save('two');
  const growth = await growthOf(tree);
  expect(find(growth, 'run').versions).toBe(1);
  expect(find(growth, 'a')).toMatchObject({ type: 'directory', versions: 2 });
});

test('paths, depth and limit choose the rows, and change no figure', async () => {
  const tree = await createSavedTree();
  for (const name of ['a/b/c', 'a/b/d', 'a/e', 'f']) tree.write(name, noise.bytes(1000));
  await tree.save('one');
  const all = await growthOf(tree);
  const paths = ({ paths }: StoreGrowth) => paths.map(({ path }) => path).sort();
  expect(paths(all)).toEqual(['', 'a', 'a/b', 'a/b/c', 'a/b/d', 'a/e', 'f']);
  expect(paths(await growthOf(tree, { depth: 1 }))).toEqual(['', 'a', 'f']);
  const below = await growthOf(tree, { paths: [join(tree.root, 'a'), 'tree:a/e'], depth: 1 });
  expect(paths(below)).toEqual(['a', 'a/b', 'a/e', 'a/e']);
  expect(find(below, 'a/b')).toEqual(find(all, 'a/b'));
  const most = await growthOf(tree, { limit: 2 });
  expect([paths(most), most.pathCount]).toEqual([['', 'a'], 7]);
  await expect(growthOf(tree, { paths: ['tree:a/x'] })).rejects.toMatchObject({ code: 'PATH_NOT_FOUND' });
  await expect(growthOf(tree, { paths: ['other:a'] })).rejects.toMatchObject({ code: 'COMPONENT_NOT_FOUND' });
});

test('a point that lost objects is named, and the others count', async () => {
  const tree = await createSavedTree();
  tree.write('a', 'a\n');
  await tree.save('one');
  const packs = tree.stored('packs');
  tree.write('b', 'b\n');
  await tree.save('two');
  tree.lose('packs', packs);
  const { problems, points } = await growthOf(tree);
  expect(problems).toMatchObject([{ point: 'two' }]);
  expect(points[0]).toMatchObject({ point: 'one', versions: 1 });
});

test('the cost follows what changes from point to point', async () => {
  const tree = await createSavedTree();
  for (let number = 0; number < 200; number++) tree.write(`${number % 20}/${number}`, `${number}\n`);
  await tree.save('first');
  const first = await countReads(tree.session);
  for (let number = 0; number < 10; number++) {
    tree.write('7/7', `changed ${number}\n`);
    await tree.save(`later-${number}`);
  }
  expect(first).toBeGreaterThan(40);
  // Of each: root, component, its record, and two trees of the root and of one directory on both sides; its tag and commit.
  const later = await countReads(tree.session);
  expect(later - first).toBeLessThan(10 * 14);
  for (let number = 0; number < 10; number++) await tree.save(`same-${number}`);
  expect((await countReads(tree.session)) - later).toBeLessThan(10 * 7);
});

/** How many objects are read: each is hashed once. */
async function countReads(session: Session): Promise<number> {
  let hashes = 0;
  const { platform } = session.store;
  const counting: typeof platform = Object.create(platform, {
    hash: {
      value: (...args: Parameters<typeof platform.hash>) => {
        hashes++;
        return platform.hash(...args);
      },
    },
  });
  await readGrowth({ ...session, store: { ...session.store, platform: counting } });
  return hashes;
}

/** What each point in turn is the first to lead to, by the index. */
async function addedByIndex({ session: { store } }: SavedTree, ids: readonly string[]): Promise<number[]> {
  const index = await store.openIndex();
  await index.loadAll();
  let bytes = 0;
  const reachable = new Reachable(store, index, {
    onObject: (_, location) => {
      bytes += storedShareOf(location);
    },
  });
  const added: number[] = [];
  for (const id of ids) {
    bytes = 0;
    await reachable.add(id as Parameters<Reachable['add']>[0]);
    added.push(Math.round(bytes));
  }
  return added;
}

function changeFiles(tree: SavedTree, random: SeededRandom, files: Map<string, number>): void {
  for (let changes = 1 + random.integer(6); changes > 0; changes--) {
    const path = `${random.integer(4)}/${random.integer(4)}/${random.integer(6)}`;
    if (files.has(path) && random.integer(3) === 0) {
      tree.remove(path);
      files.delete(path);
      continue;
    }
    const content = random.integer(12);
    files.set(path, content);
    tree.write(path, `${content} `.repeat(1 + content * 400));
  }
}

test.each(chooseSeeds(4))(
  'of random points, seed %i, all that they lead to is counted once',
  async (seed) => {
    const tree = await createSavedTree(seed % 2 === 0 ? 'sha256' : 'sha1');
    const random = createRandom(`growth ${seed}`);
    const files = new Map<string, number>();
    const versions = new Map<string, number>();
    for (let number = 0; number < 12; number++) {
      const before = new Map(files);
      changeFiles(tree, random, files);
      await tree.save(`point-${number}`);
      for (const [path, content] of files) {
        if (before.get(path) !== content) versions.set(path, (versions.get(path) ?? 0) + 1);
      }
    }
    const growth = await growthOf(tree);
    const expected = await addedByIndex(
      tree,
      growth.points.map(({ id }) => id),
    );
    expect(growth.points.map(({ storedBytes }) => storedBytes)).toEqual(expected);
    const rows = growth.paths.filter(({ type }) => type === 'file');
    expect(new Map(rows.map((row) => [row.path, row.versions]))).toEqual(versions);
    const contents = growth.points.reduce((sum, point) => sum + point.storedBytes - point.metadataBytes, 0);
    const root = find(growth, '');
    expect(Math.abs(root.storedBytes - root.metadataBytes - contents)).toBeLessThan(growth.points.length);
    expect(rows.reduce((sum, { storedBytes }) => sum + storedBytes, 0) / contents).toBeCloseTo(1, 1);
    expect(root.storedBytes).toBeLessThanOrEqual(growth.storedBytes);
    expect(growth.storedBytes).toBeLessThan(growth.packBytes);
  },
);
