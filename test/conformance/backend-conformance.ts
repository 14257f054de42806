// What every storage backend has to do, sentence by sentence of its contract. An implementation passes it in with a
// dozen lines: where to open the backend, how to open it once more on the same files, how to tidy up.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Backend } from '#store/backend.js';
import { describeReading } from './backend-reading.js';
import { describeWriting } from './backend-writing.js';
import { patternBytes } from './pattern-bytes.js';

/** One place for a backend's files, empty at first. */
export interface BackendPlace {
  /** A backend on this place; each call gives another one, as another process would have. */
  open(): Promise<Backend>;
  /** Removes the place and what is in it. */
  dispose(): Promise<void>;
}

export const ODD_NAMES: readonly string[] = [
  '',
  '.',
  '..',
  '/',
  '/absolute',
  'packs/',
  'packs//a',
  'packs/../a',
  'packs/./a',
  '../a',
  'packs/.hidden',
  'Packs/a',
  'packs/a b',
  'packs/ä',
  'packs\\a',
  'packs/a\0',
  'packs/a\n',
  'tmp/a',
  'tmp',
  `packs/${'a'.repeat(300)}`,
];

/** Defines the tests of the backend `name`; `createPlace` is called anew for each of them. */
export function describeBackendConformance(name: string, createPlace: () => Promise<BackendPlace>): void {
  describe(`${name} as a storage backend`, () => {
    let place: BackendPlace;
    let opened: Backend[];
    const open = async (): Promise<Backend> => {
      const backend = await place.open();
      opened.push(backend);
      return backend;
    };
    beforeEach(async () => {
      opened = [];
      place = await createPlace();
    });
    afterEach(async () => {
      for (const backend of opened) await backend.close();
      await place.dispose();
    });

    describeReading(open);
    describeWriting(open);
    describeRemoval(open);
    describeNames(open);
    describeLife(open);
  });
}

function describeRemoval(open: () => Promise<Backend>): void {
  it('removes a file, says nothing where there is none, and frees the name', async () => {
    const backend = await open();
    await backend.replace('packs/a/b', patternBytes(10, 1));
    await backend.replace('packs/a/c', patternBytes(10, 2));
    await backend.remove('packs/a/b');
    await backend.remove('packs/a/b');
    await backend.remove('packs/nowhere/b');
    await backend.remove('packs/a');
    expect((await backend.list('packs')).map((file) => file.name)).toEqual(['packs/a/c']);
    expect(await backend.createExclusive('packs/a/b', patternBytes(10, 3))).toBe(true);
  });
}

function describeNames(open: () => Promise<Backend>): void {
  it.each(ODD_NAMES)('refuses the name %j everywhere', async (name) => {
    const backend = await open();
    const refusal = { code: 'INVALID_NAME' };
    await expect(backend.read(name)).rejects.toMatchObject(refusal);
    await expect(backend.size(name)).rejects.toMatchObject(refusal);
    await expect(backend.list(name)).rejects.toMatchObject(refusal);
    await expect(backend.replace(name, new Uint8Array())).rejects.toMatchObject(refusal);
    await expect(backend.createExclusive(name, new Uint8Array())).rejects.toMatchObject(refusal);
    await expect(backend.remove(name)).rejects.toMatchObject(refusal);
    const writer = await backend.createWriter();
    await expect(writer.commit(name)).rejects.toMatchObject(refusal);
    await writer.abort();
  });

  it('takes names of every allowed character', async () => {
    const backend = await open();
    const names = ['0123456789', 'abcdefghijklmnopqrstuvwxyz', 'a._-', '-a', '_', 'a..b', 'a.'].map(
      (n) => `x/${n}`,
    );
    for (const name of names) await backend.replace(name, patternBytes(3, 1));
    expect((await backend.list('x')).map((file) => file.name)).toEqual([...names].sort());
  });
}

function describeLife(open: () => Promise<Backend>): void {
  it('has everything again when it is opened anew', async () => {
    const first = await open();
    const writer = await first.createWriter();
    await writer.append(patternBytes(10, 1));
    await writer.commit('packs/a');
    await first.replace('store.json', patternBytes(10, 2));
    await first.createExclusive('refs/1', patternBytes(10, 3));
    await first.close();
    const second = await open();
    expect(await second.read('packs/a')).toEqual(patternBytes(10, 1));
    expect(await second.read('store.json')).toEqual(patternBytes(10, 2));
    expect(await second.read('refs/1')).toEqual(patternBytes(10, 3));
  });

  it('does not take the unfinished write of a living process for abandoned', async () => {
    const [one, other] = [await open(), await open()];
    const writer = await one.createWriter();
    await writer.append(patternBytes(10, 1));
    expect(await other.removeAbandonedWrites()).toBe(0);
    await writer.commit('packs/a');
    expect(await other.read('packs/a')).toEqual(patternBytes(10, 1));
  });

  it('names the unfinished writes of all who live, each by a name of its own', async () => {
    const [one, other] = [await open(), await open()];
    expect(await one.listWriters()).toEqual([]);
    const writers = [await one.createWriter(), await other.createWriter(), await other.createWriter()];
    const names = await one.listWriters();
    expect(new Set(names).size).toBe(3);
    expect((await other.listWriters()).sort()).toEqual([...names].sort());
    await writers[0].abort();
    await writers[1].append(patternBytes(10, 1));
    await writers[1].commit('packs/a');
    const left = await one.listWriters();
    expect(left).toHaveLength(1);
    expect(names).toContain(left[0]);
    await writers[2].abort();
    expect(await other.listWriters()).toEqual([]);
  });

  it('drops its unfinished writes when it is closed, and refuses to be used then', async () => {
    const backend = await open();
    const writer = await backend.createWriter();
    await writer.append(patternBytes(10, 1));
    await backend.close();
    await backend.close();
    await expect(writer.commit('packs/a')).rejects.toThrow('savepoint bug');
    await expect(backend.read('packs/a')).rejects.toThrow('savepoint bug');
    await expect(backend.createWriter()).rejects.toThrow('savepoint bug');
    expect(await (await open()).list('packs')).toEqual([]);
  });
}
