// The part of the backend's contract about reading: exactly the bytes that are there, or `undefined`.

import { expect, it } from 'vitest';
import type { Backend } from '#store/backend.js';
import { patternBytes } from './pattern-bytes.js';

/** What a backend that `open` gives has to do where files are read and listed. */
export function describeReading(open: () => Promise<Backend>): void {
  describeListing(open);
  describeHolding(open);

  it('gives a file back byte for byte, and its size', async () => {
    const backend = await open();
    const bytes = patternBytes(5000, 1);
    await backend.replace('packs/a', bytes);
    expect(await backend.read('packs/a')).toEqual(bytes);
    expect(await backend.size('packs/a')).toBe(5000);
  });

  it('reads ranges: inside, over the end, at the end, behind it, empty, and of any length', async () => {
    const backend = await open();
    const bytes = patternBytes(1000, 2);
    await backend.replace('packs/a', bytes);
    const read = (offset: number, lengthBytes: number) => backend.read('packs/a', { offset, lengthBytes });
    expect(await read(0, 10)).toEqual(bytes.slice(0, 10));
    expect(await read(990, 10)).toEqual(bytes.slice(990));
    expect(await read(990, 11)).toEqual(bytes.slice(990));
    expect(await read(500, Number.MAX_SAFE_INTEGER)).toEqual(bytes.slice(500));
    expect(await read(1000, 1)).toEqual(new Uint8Array());
    expect(await read(5000, 1)).toEqual(new Uint8Array());
    expect(await read(3, 0)).toEqual(new Uint8Array());
  });

  it('answers undefined where there is no such file, be it that a folder or a file is in the way', async () => {
    const backend = await open();
    await backend.replace('packs/a', patternBytes(10, 3));
    for (const name of ['packs/b', 'index/a', 'packs', 'packs/a/b']) {
      expect(await backend.read(name), name).toBeUndefined();
      expect(await backend.read(name, { offset: 0, lengthBytes: 4 }), name).toBeUndefined();
      expect(await backend.size(name), name).toBeUndefined();
    }
  });

  it('hands out bytes of the caller’s own', async () => {
    const backend = await open();
    await backend.replace('packs/a', patternBytes(100, 4));
    (await backend.read('packs/a'))?.fill(0);
    (await backend.read('packs/a', { offset: 5, lengthBytes: 20 }))?.fill(0);
    expect(await backend.read('packs/a')).toEqual(patternBytes(100, 4));
  });

  it('reads many ranges of many files at once', async () => {
    const backend = await open();
    for (let i = 0; i < 80; i++) await backend.replace(`packs/${i}`, patternBytes(3000, i));
    const reads = Array.from({ length: 400 }, (_, i) =>
      backend.read(`packs/${i % 80}`, { offset: i, lengthBytes: 100 }),
    );
    const found = await Promise.all(reads);
    for (const [i, bytes] of found.entries()) {
      expect(bytes).toEqual(patternBytes(3000, i % 80).slice(i, i + 100));
    }
  });

  it('sees at once what another backend on the same files changed', async () => {
    const [one, other] = [await open(), await open()];
    await one.replace('refs/a', patternBytes(50, 1));
    expect(await other.read('refs/a', { offset: 0, lengthBytes: 50 })).toEqual(patternBytes(50, 1));
    await one.replace('refs/a', patternBytes(60, 2));
    expect(await other.read('refs/a', { offset: 0, lengthBytes: 60 })).toEqual(patternBytes(60, 2));
    await one.remove('refs/a');
    expect(await other.read('refs/a', { offset: 0, lengthBytes: 60 })).toBeUndefined();
  });
}

function describeListing(open: () => Promise<Backend>): void {
  it('lists a folder at any depth, sorted by name, with sizes', async () => {
    const backend = await open();
    const names = ['packs/b/c', 'packs/b-a', 'packs/b.x', 'packs/a', 'packs/0/1/2/3', 'packs/b/a'];
    for (const [i, name] of names.entries()) await backend.replace(name, patternBytes(i, 1));
    await backend.replace('packs2/a', patternBytes(1, 1));
    await backend.replace('packs.b', patternBytes(1, 1));
    const sizes = new Map(names.map((name, i) => [name, i]));
    const sorted = [...names].sort().map((name) => ({ name, sizeBytes: sizes.get(name) }));
    expect(await backend.list('packs')).toEqual(sorted);
    expect((await backend.list('packs/b')).map((file) => file.name)).toEqual(['packs/b/a', 'packs/b/c']);
  });

  it('lists nothing for a folder that is missing or is a file', async () => {
    const backend = await open();
    expect(await backend.list('packs')).toEqual([]);
    await backend.replace('packs', patternBytes(1, 1));
    expect(await backend.list('packs')).toEqual([]);
  });
}

function describeHolding(open: () => Promise<Backend>): void {
  it('reads a held file at once, though it is removed or replaced meanwhile, until it is let go', async () => {
    const backend = await open();
    const bytes = patternBytes(1000, 1);
    for (const name of ['packs/a', 'packs/b']) await backend.replace(name, bytes);
    const held = await backend.hold(['packs/a', 'packs/b', 'packs/nowhere', 'packs']);
    const other = await open();
    await other.remove('packs/a');
    await other.replace('packs/b', patternBytes(50, 2));
    for (const name of ['packs/a', 'packs/b']) {
      held.read(name, { offset: 0, lengthBytes: 1000 })?.fill(0);
      expect(held.read(name, { offset: 5, lengthBytes: 10 })).toEqual(bytes.slice(5, 15));
      expect(held.read(name, { offset: 990, lengthBytes: 20 })).toEqual(bytes.slice(990));
      expect(held.read(name, { offset: 2000, lengthBytes: 20 })).toEqual(new Uint8Array());
    }
    expect(held.read('packs/nowhere', { offset: 0, lengthBytes: 1 })).toBeUndefined();
    expect(held.read('packs', { offset: 0, lengthBytes: 1 })).toBeUndefined();
    held.close();
    held.close();
    expect(held.read('packs/b', { offset: 0, lengthBytes: 1 })).toBeUndefined();
  });
}
