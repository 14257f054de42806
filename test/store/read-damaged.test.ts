// A medium with unreadable places hurts what stands there, and nothing else: reads say so as of any other damage.
import { beforeEach, describe, expect, it } from 'vitest';
import { createMemoryBackend } from '#adapters/backends/memory-backend.js';
import { createNodePlatform } from '#adapters/node/node-platform.js';
import type { Backend, ReadRange } from '#store/backend.js';
import { SavepointError } from '#store/errors.js';
import type { ObjectId } from '#store/object-id.js';
import { ObjectReader } from '#store/object-reader.js';
import { readDamaged } from '#store/read-damaged.js';
import { beginWrite, initStore, openStore, type Store } from '#store/store.js';
import { repairPacks } from '#store/verify/repair-packs.js';

const platform = await createNodePlatform();

/** A backend over `backend` on which bytes of some files can't be read. */
function failing(backend: Backend, isBad: (name: string, offset: number) => boolean): Backend {
  const read = async (name: string, range?: ReadRange) => {
    const size = (await backend.size(name)) ?? 0;
    const start = range?.offset ?? 0;
    const end = Math.min(size, start + (range?.lengthBytes ?? size));
    for (let at = start; at < end; at++) {
      if (isBad(name, at)) throw new SavepointError('STORAGE_FAILED', 'bad', { fields: { system: 'EIO' } });
    }
    return backend.read(name, range);
  };
  return Object.create(backend, { read: { value: read } }) as Backend;
}

let backend: Backend;
beforeEach(() => {
  backend = createMemoryBackend();
});

describe('a file on a failing medium', () => {
  it('has zeros where it cannot be read, and is itself elsewhere', async () => {
    const bytes = Uint8Array.from({ length: 20_000 }, (_, index) => 1 + (index % 250));
    await backend.replace('packs/a', bytes);
    const bad = failing(backend, (_, at) => at === 9000);
    const expected = bytes.slice();
    expected.fill(0, 8192, 12_288);
    expect(await readDamaged(bad, 'packs/a')).toEqual(expected);
    expect(await readDamaged(bad, 'packs/a', { offset: 8000, lengthBytes: 5000 })).toEqual(
      expected.subarray(8000, 13_000),
    );
    expect(await readDamaged(bad, 'packs/a', { offset: 12_288, lengthBytes: 99_999 })).toEqual(
      expected.subarray(12_288),
    );
    expect(await readDamaged(bad, 'packs/none')).toBeUndefined();
  });

  it('fails as ever where something else is wrong', async () => {
    await backend.replace('packs/a', Uint8Array.of(1));
    const other = Object.create(backend, {
      read: {
        value: async () =>
          Promise.reject(new SavepointError('STORAGE_FAILED', 'no', { fields: { system: 'EACCES' } })),
      },
    }) as Backend;
    await expect(readDamaged(other, 'packs/a')).rejects.toMatchObject({ fields: { system: 'EACCES' } });
  });
});

describe('a store on a failing medium', () => {
  const ids: ObjectId[] = [];
  let store: Store;

  /** Two packs: the blocks of the first are where the medium fails. */
  async function makeStore(isBad: (name: string, offset: number) => boolean): Promise<void> {
    ids.length = 0;
    const sound = await initStore({ backend, platform });
    for (const number of [0, 1]) {
      const write = await beginWrite(sound);
      const writer = write.createWriter('data');
      ids.push(await writer.add('blob', new TextEncoder().encode(`content ${number}`)));
      await write.publish(await writer.finish());
    }
    store = await openStore({ backend: failing(backend, isBad), platform });
  }

  it('says of an unreadable block that it is damaged, and repairs what is left', async () => {
    const packs = () => backend.list('packs');
    let bad = 'none';
    await makeStore((name, at) => name === bad && at < 64);
    const reader = new ObjectReader(store, await store.openIndex());
    const location = await reader.locate(ids[0]);
    bad = `packs/${location?.packId}.pack`;
    await expect((await store.openReader()).read(ids[0])).rejects.toMatchObject({ code: 'BLOCK_CORRUPT' });
    expect((await (await store.openReader()).read(ids[1])).kind).toBe('blob');
    await repairPacks(store, [location?.packId as string]);
    expect((await packs()).map(({ name }) => name)).not.toContain(bad);
    await expect((await store.openReader()).read(ids[0])).rejects.toMatchObject({ code: 'OBJECT_MISSING' });
  });

  it('makes up for an unreadable index from the packs', async () => {
    await makeStore((name) => name.startsWith('index/'));
    for (const id of ids) expect((await (await store.openReader()).read(id)).kind).toBe('blob');
  });
});
