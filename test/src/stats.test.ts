// The figures of a store.
import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readStatistics } from '#src/stats.js';
import { beginWrite } from '#store/store.js';
import { runTool } from '../fixtures/run-tool.js';
import { createSavedTree } from '../fixtures/saved-tree.js';
import { createRandom } from '../fixtures/seeded-random.js';

test('an empty store has no figures to speak of', async () => {
  const { session } = await createSavedTree('sha1');
  const statistics = await readStatistics(session);
  expect(statistics).toMatchObject({
    ...{ location: session.location, objectFormat: 'sha1', components: [], missingPacks: 0 },
    points: { count: 0, damaged: 0, files: 0, bytes: 0 },
    objects: { blob: 0, tree: 0, commit: 0, tag: 0, chunked: 0, total: 0 },
    packs: { data: { count: 0 }, metadata: { count: 0 } },
  });
  expect(statistics).not.toHaveProperty('latest');
  expect(statistics).not.toHaveProperty('deduplication');
  expect(statistics).not.toHaveProperty('compression');
});

test('points, components and objects are counted, each object once', async () => {
  const tree = await createSavedTree();
  const random = createRandom(1);
  tree.write('a', 'same content');
  tree.write('b', 'same content');
  tree.write('large', random.bytes(6 << 20));
  await tree.save('p1');
  tree.write('c', 'more');
  const { point } = await tree.save('p2');
  const statistics = await readStatistics(tree.session);
  expect(statistics.points).toEqual({ count: 2, damaged: 0, files: 7, bytes: 2 * (24 + (6 << 20)) + 4 });
  expect(statistics.components).toEqual(['tree']);
  expect(statistics.latest).toEqual({
    name: 'p2',
    createdAt: point.createdAt,
    files: 4,
    bytes: 28 + (6 << 20),
  });
  expect(statistics.objects).toMatchObject({ commit: 2, tag: 2, chunked: 1 });
  // Of each point: its root, its component, two trees of one directory.
  expect(statistics.objects.tree).toBe(8);
  const { blob, tree: trees, commit, tag, total } = statistics.objects;
  expect(blob + trees + commit + tag).toBe(total);
});

test('what is stored adds up to what the files take', async () => {
  const tree = await createSavedTree();
  tree.write('text', createRandom(2).text(500_000));
  for (let point = 1; point <= 3; point++) await tree.save(`p${point}`);
  const { stored, packs } = await readStatistics(tree.session);
  const sizeOf = (folder: string) =>
    tree.stored(folder as 'packs').reduce((sum, file) => sum + statSync(file).size, 0);
  expect(stored.data + stored.metadata).toBe(sizeOf('packs'));
  expect(stored).toMatchObject({ index: sizeOf('index'), cache: sizeOf('cache'), refs: sizeOf('refs') });
  const measured = runTool('find', [tree.session.location, '-type', 'f', '-printf', '%s\n']).toString();
  const all = measured
    .trim()
    .split('\n')
    .reduce((sum, size) => sum + Number(size), 0);
  expect(stored.total).toBe(all);
  expect(packs.data.count + packs.metadata.count).toBe(tree.stored('packs').length);
  expect(packs.data).toMatchObject({ storedBytes: stored.data });
  expect(packs.data.rawBytes).toBeGreaterThan(500_000);
  expect(packs.data.rawBytes).toBeLessThan(501_000);
});

test('ratios say how often content is shared, and how well it compresses', async () => {
  const tree = await createSavedTree();
  tree.write('text', createRandom(3).text(1_000_000));
  for (let point = 1; point <= 4; point++) await tree.save(`p${point}`);
  const { deduplication, compression, packs, stored } = await readStatistics(tree.session);
  expect(deduplication).toBeCloseTo(4, 2);
  const raw = packs.data.rawBytes + packs.metadata.rawBytes;
  expect(compression).toBeCloseTo(raw / (stored.data + stored.metadata), 6);
  expect(compression).toBeGreaterThan(2);
});

test('an object that two processes saved at once is counted once', async () => {
  const { session } = await createSavedTree();
  const writes = [await beginWrite(session.store), await beginWrite(session.store)];
  for (const [number, write] of writes.entries()) {
    const writer = write.createWriter('data');
    for (const content of ['shared', `own ${number}`]) await writer.add('blob', Buffer.from(content));
    await write.publish(await writer.finish());
  }
  const { objects, packs } = await readStatistics(session);
  expect(packs.data.count).toBe(2);
  expect(objects).toMatchObject({ blob: 3, total: 3 });
});

test('damaged points and missing packs are counted, not hidden', async () => {
  const tree = await createSavedTree();
  tree.write('file', 'one');
  await tree.save('p1');
  const packs = tree.stored('packs');
  tree.write('file', 'two');
  await tree.save('p2');
  tree.lose('packs', packs);
  const statistics = await readStatistics(tree.session);
  expect(statistics.points).toEqual({ count: 2, damaged: 1, files: 1, bytes: 3 });
  expect(statistics.latest?.name).toBe('p1');
  expect(statistics.missingPacks).toBe(2);
});

test('a store without its index is counted all the same', async () => {
  const tree = await createSavedTree();
  tree.write('file', 'one');
  await tree.save('p1');
  const before = await readStatistics(tree.session);
  rmSync(join(tree.session.location, 'index'), { recursive: true });
  const { objects, packs } = await readStatistics(tree.session);
  expect({ objects, packs }).toEqual({ objects: before.objects, packs: before.packs });
});
