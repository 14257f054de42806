// What a store promises over every storage backend: objects and refs come back to whoever opens it next, nothing is
// stored twice, and what is given up leaves nothing behind.

import type { BackendPlace } from 'savepoint/conformance';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createNodePlatform } from '#adapters/node/node-platform.js';
import type { Backend } from '#store/backend.js';
import type { ObjectFormat, ObjectId } from '#store/object-id.js';
import { packName } from '#store/pack/pack-writer.js';
import { beginLook, beginWrite, initStore, openStore, type Store, type StoreWrite } from '#store/store.js';
import { reindex } from '#store/verify/repair-packs.js';
import { reportMissingPacks, verifyPacks } from '#store/verify/verify-packs.js';
import { seededBytes, textBytes } from './codec-samples.js';

const platform = await createNodePlatform();

/** Stores `contents`, publishes them, and moves the ref `points/<name>` to the first. */
async function saveContents(store: Store, name: string, contents: readonly Uint8Array[]) {
  const write = await beginWrite(store);
  const [data, metadata] = [write.createWriter('data'), write.createWriter('metadata')];
  const ids: ObjectId[] = [];
  for (const content of contents) ids.push(await data.add('blob', content));
  await metadata.add('tag', new TextEncoder().encode(`tag of ${name}`));
  const packs = [...(await data.finish()), ...(await metadata.finish())];
  await write.publish(packs);
  await write.tidy();
  await store.refs.update([{ name: `points/${name}`, expected: undefined, value: ids[0] }]);
  return { ids, packs, counts: data.counts };
}

async function readAll(store: Store, ids: readonly ObjectId[]): Promise<Uint8Array[]> {
  const reader = await store.openReader();
  const contents: Uint8Array[] = [];
  for (const id of ids) contents.push((await reader.read(id)).content.slice());
  return contents;
}

/** Defines the tests of a store over the backend `name`; `createPlace` is called anew for each of them. */
export function describeStoreConformance(name: string, createPlace: () => Promise<BackendPlace>): void {
  describe.each(['sha256', 'sha1'] as const)(`a %s store over ${name}`, (format) => {
    let place: BackendPlace;
    let opened: Backend[];
    const openBackend = async () => {
      const backend = await place.open();
      opened.push(backend);
      return backend;
    };
    const init = async () => initStore({ backend: await openBackend(), platform }, format);
    const open = async () => openStore({ backend: await openBackend(), platform });
    beforeEach(async () => {
      opened = [];
      place = await createPlace();
    });
    afterEach(async () => {
      for (const backend of opened) await backend.close();
      await place.dispose();
    });
    describeLife({ init, open, format });
    describeWriting({ init, open });
    describeDamage({ init, open });
  });
}

interface Means {
  readonly init: () => Promise<Store>;
  readonly open: () => Promise<Store>;
}

function describeLife({ init, open, format }: Means & { format: ObjectFormat }): void {
  it('is made once, and opened as it was made', async () => {
    await expect(open()).rejects.toMatchObject({ code: 'STORE_NOT_FOUND' });
    const made = await init();
    expect((await open()).settings).toEqual(made.settings);
    expect(made.settings.objectFormat).toBe(format);
    await expect(init()).rejects.toMatchObject({ code: 'STORE_EXISTS' });
    expect((await open()).settings).toEqual(made.settings);
  });

  it('gives objects and refs back to whoever opens it next', async () => {
    const contents = [textBytes(100), new Uint8Array(), seededBytes(3 << 20), textBytes(1 << 20)];
    const { ids } = await saveContents(await init(), 'one', contents);
    const store = await open();
    expect((await store.refs.read()).refs.get('points/one')?.id).toBe(ids[0]);
    const found = await readAll(store, ids);
    expect(found.map((content, i) => Buffer.compare(content, contents[i]))).toEqual([0, 0, 0, 0]);
  });

  it('keeps everything, in few packs, over many saves', async () => {
    const store = await init();
    const all: ObjectId[] = [];
    for (let i = 0; i < 20; i++)
      all.push(...(await saveContents(store, `save-${i}`, [textBytes(50 + i)])).ids);
    expect((await store.backend.list('packs')).length).toBeLessThan(20);
    expect((await readAll(await open(), all)).map(({ length }) => length)).toEqual(all.map((_, i) => 50 + i));
  });
}

function describeWriting({ init, open }: Means): void {
  it('stores nothing twice, be it of one save or of another', async () => {
    const contents = [textBytes(100), textBytes(100), seededBytes(3 << 20)];
    const first = await saveContents(await init(), 'one', contents);
    const store = await open();
    const again = await saveContents(store, 'two', contents);
    expect(again.ids).toEqual(first.ids);
    expect(again.counts).toEqual({ newObjects: 0, newBytes: 0 });
    expect(again.packs.map(({ packClass }) => packClass)).toEqual(['metadata']);
  });

  it('has nothing of a write that is given up', async () => {
    const store = await init();
    const write = await beginWrite(store);
    const writer = write.createWriter('data');
    await writer.add('blob', seededBytes(3 << 20));
    await writer.abort();
    expect(await store.backend.list('packs')).toEqual([]);
    expect(await store.backend.list('index')).toEqual([]);
    expect(await (await beginWrite(await open())).store.backend.removeAbandonedWrites()).toBe(0);
  });

  it('is left alone by who only looks', async () => {
    const store = await init();
    const { ids } = await saveContents(store, 'one', [textBytes(100)]);
    const before = await store.backend.list('packs');
    const { write, reader } = await beginLook(store);
    const writer = write.createWriter('data');
    const id = await writer.add('blob', textBytes(99));
    expect(await writer.finish()).toEqual([]);
    expect(await store.backend.list('packs')).toEqual(before);
    expect(await reader.locate(id)).toBeUndefined();
    expect((await reader.read(ids[0])).content).toEqual(textBytes(100));
  });

  it('has the objects of two writes at once, and what both had once at least', async () => {
    const stores = [await init(), await open()];
    const writes: StoreWrite[] = [];
    for (const store of stores) writes.push(await beginWrite(store));
    const ids: ObjectId[] = [];
    for (const [number, write] of writes.entries()) {
      const writer = write.createWriter('data');
      ids.push(await writer.add('blob', textBytes(100)), await writer.add('blob', textBytes(200 + number)));
      await write.publish(await writer.finish());
    }
    const found = await readAll(await open(), ids);
    expect(found.map(({ length }) => length)).toEqual([100, 200, 100, 201]);
  });
}

function describeDamage({ init, open }: Means): void {
  it('notices a pack that is damaged, and one that is gone', async () => {
    const store = await init();
    const { ids, packs } = await saveContents(store, 'one', [seededBytes(1000)]);
    const name = packName(packs[0].id);
    const bytes = ((await store.backend.read(name)) as Uint8Array).slice();
    bytes[100] ^= 1;
    await store.backend.replace(name, bytes);
    const problemsOf = async () => {
      const index = await (await open()).openIndex();
      await index.loadAll();
      const { problems } = await verifyPacks(store, index, { data: true });
      return [...problems, ...reportMissingPacks(index)].map(({ code, file, lost }) => ({
        code,
        file,
        lost: [...lost],
      }));
    };
    expect(await problemsOf()).toEqual([{ code: 'BLOCK_CORRUPT', file: name, lost: ids }]);
    await expect(readAll(await open(), ids)).rejects.toMatchObject({ code: 'BLOCK_CORRUPT' });
    await store.backend.remove(name);
    expect(await problemsOf()).toEqual([{ code: 'PACK_MISSING', file: name, lost: ids }]);
  });

  it('is whole without any index, and has one again when it is asked for', async () => {
    const store = await init();
    const { ids } = await saveContents(store, 'one', [textBytes(500)]);
    for (const { name } of await store.backend.list('index')) await store.backend.remove(name);
    expect((await readAll(await open(), ids))[0]).toEqual(textBytes(500));
    await reindex(store, { without: new Set(), added: [] });
    expect(await store.backend.list('index')).toHaveLength(1);
    expect((await (await open()).openIndex()).state.unindexedPacks).toEqual([]);
  });
}
