// Objects of every size go into a store once, under git's ids, and nothing is stored that is known.
import { describe, expect, it } from 'vitest';
import { createChunkCutter, DEFAULT_CHUNKING } from '#store/chunking/chunk-cutter.js';
import type { ObjectId } from '#store/object-id.js';
import { NOTHING_IS_NEW } from '#store/object-writer.js';
import { hashObject, OBJECT_KINDS } from '#store/objects/object-header.js';
import { type Entry, entryLength, readEntry } from '#store/pack/entry.js';
import { openPack, type PackSource, salvagePack } from '#store/pack/pack-reader.js';
import { kindNumber, RECIPE_FLAG } from '#store/pack/record.js';
import { seededBytes, textBytes } from '../conformance/codec-samples.js';
import { blobId, createKnownSet, createObjectWriter, openReader, publishAndRead } from './object-fixture.js';
import { createSource, storedNames } from './pack-fixture.js';

const LARGE_BYTES = (5 << 20) + 3;

async function storedEntries(source: PackSource, packs: readonly { id: string }[]): Promise<Entry[]> {
  const entries: Entry[] = [];
  for (const { id } of packs) {
    const { table } = await openPack(source, id);
    for (let i = 0; i < table.entries.length / entryLength(source.format); i++) {
      entries.push(readEntry(table.entries, i, source.format));
    }
  }
  return entries;
}

describe.each(['sha1', 'sha256'] as const)('an object writer of a %s store', (format) => {
  it('gives every object git’s id, and the object comes back', async () => {
    const source = await createSource(format);
    const writer = createObjectWriter(source, { cutter: createChunkCutter(DEFAULT_CHUNKING) });
    const sizes = [0, 1, 9, 10, 1000, 1 << 20, (1 << 20) + 1, 3_000_000];
    const objects = OBJECT_KINDS.flatMap((kind) =>
      sizes.map((size) => ({ kind, content: seededBytes(size, size + 7) })),
    );
    const ids: ObjectId[] = [];
    for (const { kind, content } of objects) ids.push(await writer.add(kind, content));
    expect(ids).toEqual(objects.map((object) => hashObject(source.platform, format, object)));
    const { reader } = await publishAndRead(source, writer);
    for (const [i, { kind, content }] of objects.entries()) {
      const found = await reader.read(ids[i]);
      expect(found.kind).toBe(kind);
      expect(Buffer.compare(found.content, content)).toBe(0);
      expect(await reader.sizeBytes(ids[i])).toBe(content.length);
    }
  });
});

describe('a large object', () => {
  it('with more chunks than fit into one recipe comes back through lists of chunks', async () => {
    const source = await createSource();
    const writer = createObjectWriter(source);
    const content = seededBytes(LARGE_BYTES, 5);
    const id = await writer.add('blob', content);
    expect(id).toBe(blobId(source, content));
    const { packs, reader } = await publishAndRead(source, writer);
    const recipe = await reader.findRecipe(id);
    expect(recipe?.chunks.length).toBeGreaterThan(2 * 16_384);
    expect(recipe).toMatchObject({ id, kind: 'blob', sizeBytes: LARGE_BYTES });
    expect(await reader.sizeBytes(id)).toBe(LARGE_BYTES);
    expect(Buffer.compare((await reader.read(id)).content, content)).toBe(0);
    const recipes = (await storedEntries(source, packs)).filter(({ kind }) => kind >= RECIPE_FLAG);
    expect(recipes.map(({ kind }) => kind)).toEqual([kindNumber('blob') | RECIPE_FLAG]);
    expect(recipes[0].lengthBytes).toBeLessThan(1000);
  });

  it('that grows keeps the lists that it had', async () => {
    const source = await createSource();
    const known = createKnownSet();
    const content = seededBytes(LARGE_BYTES, 5);
    await createObjectWriter(source, { known }).add('blob', content);
    const before = known.ids.size;
    const second = createObjectWriter(source, { known });
    await second.add('blob', Buffer.concat([content, seededBytes(100, 9)]));
    // A last chunk that is longer, or one or two more; the last list; the recipe.
    expect(known.ids.size - before).toBeLessThanOrEqual(5);
    expect(second.counts.newBytes).toBeLessThan(1_000_000);
  });

  it('is a tree as well as a blob', async () => {
    const source = await createSource();
    const writer = createObjectWriter(source, { packClass: 'metadata' });
    const content = textBytes(2 << 20);
    const id = await writer.add('tree', content);
    const { packs, reader } = await publishAndRead(source, writer);
    expect(packs.map(({ packClass }) => packClass)).toEqual(['metadata']);
    const found = await reader.read(id);
    expect([found.kind, Buffer.compare(found.content, content)]).toEqual(['tree', 0]);
    expect((await reader.findRecipe(id))?.kind).toBe('tree');
  });
});

describe('what is known', () => {
  it('is not stored again: not small objects, not chunks, not recipes, not lists', async () => {
    const source = await createSource();
    const known = createKnownSet();
    const content = seededBytes(LARGE_BYTES, 5);
    const first = createObjectWriter(source, { known });
    for (let i = 0; i < 3; i++) {
      await first.add('blob', content);
      await first.add('blob', textBytes(100));
    }
    const counts = { ...first.counts };
    const packs = await first.finish();
    const entries = await storedEntries(source, packs);
    expect(new Set(entries.map(({ id }) => id)).size).toBe(entries.length);
    expect(entries.length).toBe(counts.newObjects);
    const second = createObjectWriter(source, { known });
    expect(await second.add('blob', content)).toBe(blobId(source, content));
    await second.add('blob', textBytes(100));
    expect(second.counts).toEqual({ newObjects: 0, newBytes: 0 });
    expect(await second.finish()).toEqual([]);
    expect(await storedNames(source)).toHaveLength(packs.length);
  });

  it('is everything to who only looks: ids are found out, and nothing is written', async () => {
    const source = await createSource();
    const writer = createObjectWriter(source, { known: NOTHING_IS_NEW });
    for (const content of [textBytes(10), seededBytes(LARGE_BYTES, 5), textBytes(2 << 20)]) {
      expect(await writer.add('blob', content)).toBe(blobId(source, content));
    }
    expect(await writer.finish()).toEqual([]);
    expect(writer.counts).toEqual({ newObjects: 0, newBytes: 0 });
    expect(await storedNames(source)).toEqual([]);
  });

  it('is left out of the counts of what is new', async () => {
    const writer = createObjectWriter(await createSource());
    await writer.add('blob', textBytes(100));
    await writer.add('blob', textBytes(100));
    await writer.add('tree', new Uint8Array());
    expect(writer.counts).toEqual({ newObjects: 2, newBytes: 100 });
  });
});

describe('a reservation', () => {
  it('that is not sealed is started over by the next one', async () => {
    const source = await createSource();
    const writer = createObjectWriter(source);
    (await writer.reserve('blob', 1000)).fill(1);
    (await writer.reserve('tree', 500)).fill(2);
    writer.tryReserve('blob', 3)?.set([1, 2, 3]);
    expect(writer.seal(3)).toBe(blobId(source, Uint8Array.of(1, 2, 3)));
    const { packs } = await publishAndRead(source, writer);
    expect(await storedEntries(source, packs)).toHaveLength(1);
  });

  it('is not to be had at once where a block is full, and is had by waiting', async () => {
    const source = await createSource();
    const writer = createObjectWriter(source);
    await writer.add('blob', seededBytes(900_000));
    expect(writer.tryReserve('blob', 200_000)).toBeUndefined();
    (await writer.reserve('blob', 200_000)).set(seededBytes(200_000, 2));
    const id = writer.seal(200_000);
    const { reader } = await publishAndRead(source, writer);
    expect(Buffer.compare((await reader.read(id)).content, seededBytes(200_000, 2))).toBe(0);
  });
});

describe('an object writer', () => {
  it('that is stopped leaves nothing behind', async () => {
    const source = await createSource();
    const writer = createObjectWriter(source);
    await writer.add('blob', seededBytes(LARGE_BYTES, 5));
    await writer.abort();
    await writer.abort();
    expect(await storedNames(source)).toEqual([]);
  });

  it('that is finished has written packs that need no index', async () => {
    const source = await createSource();
    const writer = createObjectWriter(source);
    const id = await writer.add('blob', textBytes(50));
    const [pack] = await writer.finish();
    expect((await (await openReader(source)).read(id)).content).toEqual(textBytes(50));
    expect(await salvagePack(source, pack.id)).toEqual(pack.table);
  });
});
