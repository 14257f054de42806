// The order in which a save reaches the storage: data packs, metadata packs, index, ref; whatever fails, what was
// refered to is there.
import { describe, expect, it } from 'vitest';
import type { ObjectId } from '#store/object-id.js';
import { packName } from '#store/pack/pack-writer.js';
import { beginWrite, initStore, openStore } from '#store/store.js';
import { seededBytes, textBytes } from '../conformance/codec-samples.js';
import { createMapBackend, type StoredBytes } from './map-backend.js';
import { observeBackend, recordCalls, type StoreCall } from './observe-backend.js';
import { createSource } from './pack-fixture.js';

const { platform } = await createSource();

const isPublication = ({ method, name }: StoreCall) =>
  ['writer.commit', 'replace', 'createExclusive'].includes(method) && !name.startsWith('store.');

async function recordedStore() {
  const files: StoredBytes = new Map();
  await initStore({ backend: createMapBackend(files), platform });
  const { calls, hooks } = recordCalls();
  const store = await openStore({ backend: observeBackend(createMapBackend(files), hooks), platform });
  return { files, calls, store };
}

describe('a save', () => {
  it('publishes data, then metadata, then the index, then the ref, each whole', async () => {
    const { store, calls } = await recordedStore();
    const write = await beginWrite(store);
    const [data, metadata] = [write.createWriter('data'), write.createWriter('metadata')];
    await data.add('blob', seededBytes(2_500_000));
    const id = await metadata.add('tag', textBytes(100));
    const packs = [...(await data.finish()), ...(await metadata.finish())];
    await write.publish(packs);
    await store.refs.update([{ name: 'points/one', expected: undefined, value: id }]);
    const published = calls.filter(isPublication).map(({ name }) => name);
    expect(published.slice(0, 2)).toEqual(packs.map((pack) => packName(pack.id)));
    expect(published[2]).toMatch(/^index\/[0-9a-f]{32}\.idx$/);
    expect(published.slice(3)).toHaveLength(1);
    expect(published[3]).toMatch(/^refs\//);
    const removed = calls.filter(({ method }) => method === 'remove');
    expect(removed).toEqual([]);
  });

  it('reads no pack, and no more than the front of the index, where there is nothing to merge', async () => {
    const { store, calls } = await recordedStore();
    for (const content of [textBytes(100), textBytes(200)]) {
      calls.length = 0;
      const write = await beginWrite(store);
      const writer = write.createWriter('data');
      await writer.add('blob', content);
      await write.publish(await writer.finish());
    }
    const reads = calls.filter(({ method }) => method === 'read').map(({ name }) => name);
    expect(reads.filter((name) => name.startsWith('packs/'))).toEqual([]);
  });

  it('of nothing new publishes nothing', async () => {
    const { store, calls } = await recordedStore();
    const save = async () => {
      const write = await beginWrite(store);
      const writer = write.createWriter('data');
      await writer.add('blob', textBytes(100));
      await write.publish(await writer.finish());
    };
    await save();
    calls.length = 0;
    await save();
    expect(calls.filter(isPublication)).toEqual([]);
  });

  it('indexes packs that a killed save has left, so that they are of use', async () => {
    const { store, files } = await recordedStore();
    const killed = (await beginWrite(store)).createWriter('data');
    const id = await killed.add('blob', textBytes(100));
    await killed.finish();
    const write = await beginWrite(store);
    expect(write.known.has(id)).toBe(true);
    expect(write.index.state.unindexedPacks).toHaveLength(1);
    await write.publish([]);
    expect([...files.keys()].filter((name) => name.startsWith('index/'))).toHaveLength(1);
    expect((await store.openIndex()).state.unindexedPacks).toEqual([]);
  });

  it('replaces damaged segments, and loses nothing by it', async () => {
    const { store, files } = await recordedStore();
    const ids: ObjectId[] = [];
    const save = async (content: Uint8Array) => {
      const write = await beginWrite(store);
      const writer = write.createWriter('data');
      ids.push(await writer.add('blob', content));
      await write.publish(await writer.finish());
    };
    await save(textBytes(100));
    const [damaged] = [...files.keys()].filter((name) => name.startsWith('index/'));
    files.set(damaged, new Uint8Array(100));
    await save(textBytes(200));
    expect(files.has(damaged)).toBe(false);
    const index = await store.openIndex();
    expect(index.state).toMatchObject({ problems: [], unindexedPacks: [] });
    for (const id of ids) expect((await index.find(id))?.missing).toBe(false);
  });
});
