// Reading objects: nothing that does not match its id is ever returned; what was decoded is kept, within a bound.
import { describe, expect, it } from 'vitest';
import { publishSegment } from '#store/index/publish-segment.js';
import type { ObjectId } from '#store/object-id.js';
import type { PackSource } from '#store/pack/pack-reader.js';
import { type FinishedPack, packName } from '#store/pack/pack-writer.js';
import { encodeRecipe, kindNumber, RECIPE_FLAG, type RecipeChunk } from '#store/pack/record.js';
import { seededBytes, textBytes } from '../conformance/codec-samples.js';
import { blobId, createObjectWriter, openReader, publishAndRead } from './object-fixture.js';
import { observeBackend } from './observe-backend.js';
import { addObject, blobOf, createPackWriter, createSource, packBytes, writePack } from './pack-fixture.js';

/** Publishes a pack whose entry says `id`, where the record is another object. */
async function publishImpostor(
  source: PackSource,
  place: { id: ObjectId; kind: number },
  record: Uint8Array,
) {
  const writer = createPackWriter(source);
  await writer.addRecord(record, place);
  await publishSegment(source, [(await writer.finish()) as FinishedPack]);
}

describe('an object', () => {
  it('is not returned where its block is another one, sound as that may be', async () => {
    const source = await createSource();
    const [right, wrong] = [seededBytes(5000, 1), seededBytes(5000, 2)];
    const pack = await writePack(source, [[blobOf(right)]]);
    const other = await writePack(source, [[blobOf(wrong)]]);
    await publishSegment(source, [pack]);
    const bytes = (await packBytes(source, pack.id)).slice();
    const { offset, storedBytes } = pack.table.blocks[0];
    bytes.set((await packBytes(source, other.id)).subarray(offset, offset + storedBytes), offset);
    await source.backend.replace(packName(pack.id), bytes);
    const failure = { code: 'OBJECT_CORRUPT', fields: { id: blobId(source, right) } };
    await expect((await openReader(source)).read(blobId(source, right))).rejects.toMatchObject(failure);
  });

  it('is not returned where the index leads to another one', async () => {
    const source = await createSource();
    const id = blobId(source, textBytes(10));
    await publishImpostor(source, { id, kind: kindNumber('blob') }, new TextEncoder().encode('blob 3\0abc'));
    await expect((await openReader(source)).read(id)).rejects.toMatchObject({ code: 'OBJECT_CORRUPT' });
  });

  it('is of the kind that its own header says', async () => {
    const source = await createSource();
    const id = blobId(source, textBytes(3));
    const record = Buffer.concat([Buffer.from('blob 3\0'), textBytes(3)]);
    await publishImpostor(source, { id, kind: kindNumber('tree') }, record);
    expect((await (await openReader(source)).read(id)).kind).toBe('blob');
  });

  it('that the store does not have is missing, and so is one whose pack is gone', async () => {
    const source = await createSource();
    const pack = await writePack(source, [[blobOf('a')]]);
    await publishSegment(source, [pack]);
    const absent = '0'.repeat(64) as ObjectId;
    const reader = await openReader(source);
    expect(await reader.locate(absent)).toBeUndefined();
    const failure = { code: 'OBJECT_MISSING', fields: { id: absent } };
    await expect(reader.read(absent)).rejects.toMatchObject(failure);
    await expect(reader.sizeBytes(absent)).rejects.toMatchObject(failure);
    await source.backend.remove(packName(pack.id));
    const gone = { code: 'PACK_MISSING', fields: { pack: pack.id } };
    const id = blobId(source, new TextEncoder().encode('a'));
    await expect(reader.read(id)).rejects.toMatchObject(gone);
    await expect((await openReader(source)).read(id)).rejects.toMatchObject(gone);
  });
});

describe('a large object', () => {
  const pieces = [textBytes(700), seededBytes(800), textBytes(900)];
  const whole = new Uint8Array(Buffer.concat(pieces));

  /** A store whose recipe for `whole` says what `change` makes of the right chunks, of which it has `stored`. */
  async function storeWith(change: (chunks: RecipeChunk[]) => RecipeChunk[], stored = pieces) {
    const source = await createSource();
    const chunks = pieces.map((piece) => ({ id: blobId(source, piece), lengthBytes: piece.length }));
    const parts = change(chunks);
    const sizeBytes = parts.reduce((sum, { lengthBytes }) => sum + lengthBytes, 0);
    const id = blobId(source, whole);
    const writer = createPackWriter(source);
    for (const piece of stored) await addObject(writer, blobOf(piece));
    await writer.addRecipe({ id, kind: 'blob', sizeBytes, parts, partsAreLists: false });
    await publishSegment(source, [(await writer.finish()) as FinishedPack]);
    return { source, id, reader: await openReader(source) };
  }
  const drain = async (stream: AsyncIterable<Uint8Array>) => {
    const bytes: Uint8Array[] = [];
    for await (const piece of stream) bytes.push(piece.slice());
    return bytes;
  };

  it('comes back whole, and in the pieces that it was cut into', async () => {
    const { reader, id } = await storeWith((chunks) => chunks);
    expect((await reader.read(id)).content).toEqual(whole);
    expect(await drain(reader.stream(id))).toEqual(pieces);
  });

  it.each([
    ['are in another order', (chunks: RecipeChunk[]) => [...chunks].reverse()],
    ['are too few', (chunks: RecipeChunk[]) => chunks.slice(1)],
    [
      'have other lengths',
      ([first, second, third]: RecipeChunk[]) => [
        { ...first, lengthBytes: 800 },
        { ...second, lengthBytes: 700 },
        third,
      ],
    ],
  ])('is refused, read or streamed, where its chunks %s', async (_, change) => {
    const { reader, id } = await storeWith(change);
    const failure = { code: 'OBJECT_CORRUPT', fields: { id } };
    await expect(reader.read(id)).rejects.toMatchObject(failure);
    await expect(drain(reader.stream(id))).rejects.toMatchObject(failure);
  });

  it('is refused where a chunk is missing, and says which', async () => {
    const { reader, id, source } = await storeWith((chunks) => chunks, pieces.slice(0, 2));
    const failure = { code: 'OBJECT_MISSING', fields: { id: blobId(source, pieces[2]) } };
    await expect(reader.read(id)).rejects.toMatchObject(failure);
    await expect(drain(reader.stream(id))).rejects.toMatchObject(failure);
  });

  it('is refused where the index leads to the recipe of another one', async () => {
    const { source, id } = await storeWith((chunks) => chunks);
    const other = blobId(source, textBytes(1));
    const nothing = { id, kind: 'blob', sizeBytes: 0, parts: [], partsAreLists: false } as const;
    const record = encodeRecipe(source.platform, 'sha256', nothing);
    await publishImpostor(source, { id: other, kind: kindNumber('blob') | RECIPE_FLAG }, record);
    await expect((await openReader(source)).read(other)).rejects.toMatchObject({ code: 'OBJECT_CORRUPT' });
  });

  it('streams in pieces no longer than its chunks, and a small object in one', async () => {
    const source = await createSource();
    const writer = createObjectWriter(source);
    const [small, large] = [textBytes(100), seededBytes(3 << 20)];
    const ids = [await writer.add('blob', small), await writer.add('blob', large)];
    const { reader } = await publishAndRead(source, writer);
    expect(await drain(reader.stream(ids[0]))).toEqual([small]);
    const streamed = await drain(reader.stream(ids[1]));
    expect(streamed.length).toBeGreaterThan(1000);
    expect(Math.max(...streamed.map(({ length }) => length))).toBeLessThanOrEqual(512);
    expect(Buffer.compare(Buffer.concat(streamed), large)).toBe(0);
    expect(await reader.findRecipe(ids[0])).toBeUndefined();
  });
});

describe('decoded blocks', () => {
  const BLOCKS = 20;

  /** A store of blocks of 1 MiB with one object each, and a reader whose reads of packs are counted. */
  async function storeOfBlocks() {
    const source = await createSource();
    const contents = Array.from({ length: BLOCKS }, (_, i) => textBytes((1 << 20) - 100 - i));
    const blocks = contents.map((content) => [blobOf(content)]);
    await publishSegment(source, [await writePack(source, blocks, { compressionLevel: 1 })]);
    let reads = 0;
    const before = ({ method, name }: { method: string; name: string }) => {
      if (method === 'read' && name.startsWith('packs/')) reads++;
    };
    const reader = await openReader({ ...source, backend: observeBackend(source.backend, { before }) });
    const ids = contents.map((content) => blobId(source, content));
    const countReads = async (work: () => Promise<unknown>) => {
      reads = 0;
      await work();
      return reads;
    };
    return { reader, ids, countReads };
  }

  it('are kept for the next read, as many as fit into 16 MiB, the latest used first', async () => {
    const { reader, ids, countReads } = await storeOfBlocks();
    const readAll = async (from: number, to: number) => {
      for (const id of ids.slice(from, to)) await reader.read(id);
    };
    expect(await countReads(() => readAll(0, BLOCKS))).toBe(BLOCKS);
    expect(await countReads(() => readAll(BLOCKS - 16, BLOCKS))).toBe(0);
    expect(await countReads(() => readAll(0, 1))).toBe(1);
    expect(await countReads(() => readAll(BLOCKS - 16, BLOCKS - 15))).toBe(1);
    expect(await countReads(() => readAll(BLOCKS - 14, BLOCKS))).toBe(0);
  });

  it('are kept as well after many have asked for the same one at once', async () => {
    const { reader, ids, countReads } = await storeOfBlocks();
    await Promise.all(Array.from({ length: 40 }, () => reader.read(ids[0])));
    await reader.read(ids[1]);
    expect(await countReads(() => reader.read(ids[0]))).toBe(0);
    expect(await countReads(() => reader.read(ids[1]))).toBe(0);
  });
});
