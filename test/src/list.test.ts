// The list of points, with and without its cache.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { createEnvironment } from '#src/composition.js';
import { isSoundPointCache, listPoints } from '#src/list.js';
import { encodeTagMessage } from '#src/point-record.js';
import { POINTS } from '#src/points.js';
import type { Session } from '#src/session.js';
import type { ObjectId } from '#store/object-id.js';
import { ObjectReader } from '#store/object-reader.js';
import { encodeCommit, encodeTag } from '#store/objects/commit-and-tag.js';
import { encodeTree } from '#store/objects/tree.js';
import { beginWrite, openStore } from '#store/store.js';
import { createSavedTree } from '../fixtures/saved-tree.js';

const cachePath = ({ location }: Session) => join(location, 'cache/points');

/** Publishes `count` points of an empty tree in one write, as that many saves would one by one. */
async function addPoints({ store }: Session, count: number): Promise<void> {
  const write = await beginWrite(store);
  const metadata = write.createWriter('metadata');
  const tree = await metadata.add('tree', encodeTree([], store.format));
  const author = { name: 'a', email: 'a@b', timeSeconds: 0 };
  const changes: { name: string; expected: undefined; value: ObjectId }[] = [];
  for (let number = 0; number < count; number++) {
    const name = `many-${number}`;
    const commit = await metadata.add('commit', encodeCommit({ tree, parents: [], author, message: name }));
    const message = encodeTagMessage({
      ...{ message: name, createdAt: new Date(number).toISOString(), host: 'h', trigger: 'manual' },
      ...{ health: 'unknown', complete: true, components: [], files: number, bytes: 0, tags: {} },
    });
    const value = await metadata.add(
      'tag',
      encodeTag({ object: commit, kind: 'commit', name, tagger: author, message }),
    );
    changes.push({ name: POINTS + name, expected: undefined, value });
  }
  await write.publish(await metadata.finish());
  for (const change of changes) await store.refs.update([change]);
}

test('points are listed oldest first, as they were saved', async () => {
  const tree = await createSavedTree();
  const saved = [];
  for (const name of ['b', 'a', 'c']) {
    tree.write('file', name);
    saved.push((await tree.save(name)).point);
  }
  expect(await listPoints(tree.session)).toEqual(saved);
});

test('a store without points has an empty list', async () => {
  const { session } = await createSavedTree();
  expect(await listPoints(session)).toEqual([]);
});

test('points that were listed once are not read again', async () => {
  const { session } = await createSavedTree();
  await addPoints(session, 20);
  const listed = await listPoints(session);
  const read = vi.spyOn(ObjectReader.prototype, 'read');
  expect(await listPoints(session)).toEqual(listed);
  expect(read).not.toHaveBeenCalled();
  read.mockRestore();
  expect(listed.map(({ name }) => name)).toEqual(Array.from({ length: 20 }, (_, number) => `many-${number}`));
});

test('a few new points do not make the cache be written again', async () => {
  const tree = await createSavedTree();
  await addPoints(tree.session, 20);
  await listPoints(tree.session);
  const before = readFileSync(cachePath(tree.session));
  await tree.save('new');
  expect((await listPoints(tree.session)).at(-1)?.name).toBe('new');
  expect(readFileSync(cachePath(tree.session)).equals(before)).toBe(true);
});

test('many new points are added to the cache', async () => {
  const { session } = await createSavedTree();
  await addPoints(session, 9);
  await listPoints(session);
  const { refs } = await session.store.refs.read();
  for (const { id } of refs.values()) expect(readFileSync(cachePath(session), 'latin1')).toContain(id);
});

test('rows of points that are gone are dropped', async () => {
  const { session } = await createSavedTree();
  await addPoints(session, 20);
  await listPoints(session);
  const { refs } = await session.store.refs.read();
  const removed = [...refs].slice(0, 10);
  for (const [name, { id }] of removed)
    await session.store.refs.update([{ name, expected: id, value: undefined }]);
  expect(await listPoints(session)).toHaveLength(10);
  const cache = readFileSync(cachePath(session), 'latin1');
  for (const [, { id }] of removed) expect(cache).not.toContain(id);
});

test('a damaged row of the cache is read from the store, and mended', async () => {
  const { session } = await createSavedTree();
  await addPoints(session, 20);
  const listed = await listPoints(session);
  const bytes = readFileSync(cachePath(session));
  bytes[bytes.indexOf('many-7"')] ^= 1;
  writeFileSync(cachePath(session), bytes);
  expect(isSoundPointCache(bytes)).toBe(false);
  expect(await listPoints(session)).toEqual(listed);
  expect(isSoundPointCache(readFileSync(cachePath(session)))).toBe(true);
});

test('a store that can only be read is listed', async () => {
  const { session } = await createSavedTree();
  await addPoints(session, 20);
  const store = await openStore(await createEnvironment({ location: session.location, readOnly: true }));
  expect(await listPoints({ ...session, store })).toHaveLength(20);
  expect(() => readFileSync(cachePath(session))).toThrow('ENOENT');
});

test('a point that is lost is listed as damaged, beside the others', async () => {
  const tree = await createSavedTree();
  const first = await tree.save('first');
  const packs = tree.stored('packs');
  tree.write('file', 'new');
  const lost = await tree.save('lost');
  tree.lose('packs', packs);
  const points = await listPoints(tree.session);
  expect(points).toHaveLength(2);
  expect(points[0]).toEqual(first.point);
  expect(points[1]).toMatchObject({ name: 'lost', id: lost.point.id, damaged: { code: 'PACK_MISSING' } });
  expect(points[1]).toMatchObject({ complete: false, components: [], files: 0, createdAt: '' });
});

test('damaged points are not kept in the cache', async () => {
  const tree = await createSavedTree();
  const packs = tree.stored('packs');
  const { point } = await tree.save('lost');
  tree.lose('packs', packs);
  await addPoints(tree.session, 20);
  await listPoints(tree.session);
  expect(readFileSync(cachePath(tree.session), 'latin1')).not.toContain(point.id);
  rmSync(cachePath(tree.session));
  expect((await listPoints(tree.session))[0].damaged?.code).toBe('PACK_MISSING');
});
