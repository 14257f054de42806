// What is written to a pack is read from it: at the borders of blocks, alone in a block, as it is, in every class.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createNodePlatform } from '#adapters/node/node-platform.js';
import { hashObject, objectHeaderLength } from '#store/objects/object-header.js';
import {
  BLOCK_CAPACITY_BYTES,
  BLOCK_HEADER_BYTES,
  findBlockHeader,
  LARGEST_RECORD_BYTES,
} from '#store/pack/block.js';
import { openPack } from '#store/pack/pack-reader.js';
import { seededBytes, textBytes } from '../../conformance/codec-samples.js';
import {
  addObject,
  blobOf,
  createPackWriter,
  createSource,
  type MadeObject,
  packBytes,
  readPack,
  storedNames,
  writePack,
} from '../pack-fixture.js';

const platform = await createNodePlatform();
const FORMATS = ['sha1', 'sha256'] as const;

/** A blob whose record is so long, header included. */
function blobOfRecord(recordBytes: number): MadeObject {
  for (let sizeBytes = recordBytes; sizeBytes >= 0; sizeBytes--) {
    if (objectHeaderLength({ kind: 'blob', sizeBytes }) + sizeBytes === recordBytes)
      return blobOf(textBytes(sizeBytes));
  }
  throw new Error(`no blob has a record of ${recordBytes} bytes`);
}

async function roundTrip(objects: readonly MadeObject[], format: 'sha1' | 'sha256' = 'sha256') {
  const source = await createSource(format);
  const writer = createPackWriter(source);
  for (const object of objects) await addObject(writer, object);
  const pack = await writer.finish();
  if (pack === undefined) throw new Error('nothing was written');
  const opened = await openPack(source, pack.id);
  expect(opened).toEqual(pack);
  const found = await readPack(source, opened);
  expect(found.map(({ id }) => id)).toEqual(objects.map((object) => hashObject(platform, format, object)));
  expect(found.every(({ content }, i) => Buffer.compare(content, objects[i].content) === 0)).toBe(true);
  expect(found.map(({ kind }) => kind)).toEqual(objects.map(({ kind }) => kind));
  return { source, pack, blocks: found.map(({ block }) => block) };
}

describe.each(FORMATS)('a pack of a %s store', (format) => {
  it('gives back objects of every kind and size', async () => {
    const object: fc.Arbitrary<MadeObject> = fc.record({
      kind: fc.constantFrom('blob', 'tree', 'commit', 'tag'),
      content: fc.oneof(
        fc.uint8Array({ maxLength: 300 }),
        fc.integer({ min: 0, max: 700_000 }).map((length) => seededBytes(length, length + 1)),
      ),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(object, { minLength: 1, maxLength: 8 }), async (objects) => {
        await roundTrip(objects, format);
      }),
      { numRuns: 15 },
    );
  });
});

describe('a block', () => {
  // A header of 24 bytes is reckoned with, and that of these blobs has 12.
  it.each([
    [-40, [0, 0]],
    [-12, [0, 0]],
    [-11, [0, 1]],
    [0, [0, 1]],
    [1, [0, 1]],
    [40, [0, 1]],
  ])('whose second record would end %i bytes behind its capacity', async (beyond, expected) => {
    const first = 300_000;
    const second = blobOfRecord(BLOCK_CAPACITY_BYTES - first + beyond);
    const { pack, blocks } = await roundTrip([blobOfRecord(first), second]);
    expect(blocks).toEqual(expected);
    for (const { rawBytes } of pack.table.blocks) expect(rawBytes).toBeLessThanOrEqual(BLOCK_CAPACITY_BYTES);
  });

  it.each([BLOCK_CAPACITY_BYTES, (1 << 20) + 1, 3 << 20, LARGEST_RECORD_BYTES - 24])(
    'of one record of %i bytes holds nothing else',
    async (sizeBytes) => {
      const large = blobOf(textBytes(sizeBytes));
      const { blocks, pack } = await roundTrip([blobOf('before'), large, blobOf('after')]);
      expect(blocks).toEqual([0, 1, 2]);
      expect(pack.table.blocks[1].rawBytes).toBeGreaterThanOrEqual(sizeBytes);
    },
  );

  it('that does not get smaller is stored as it is, and one that does as a frame', async () => {
    const { source, pack } = await roundTrip([blobOf(seededBytes(900_000)), blobOf(textBytes(900_000))]);
    const bytes = await packBytes(source, pack.id);
    const [noise, text] = pack.table.blocks.map(({ offset }) =>
      findBlockHeader(platform, bytes.subarray(offset)),
    );
    expect(noise).toMatchObject({ codec: 0, rawBytes: 900_012, storedBytes: 900_012, recordCount: 1 });
    expect(text).toMatchObject({ codec: 1, rawBytes: 900_012, recordCount: 1 });
    expect(text?.storedBytes).toBeLessThan(450_000);
    expect(pack.table.blocks[0].storedBytes).toBe(900_012 + BLOCK_HEADER_BYTES);
  });
});

describe('a pack writer', () => {
  it('writes no pack where nothing was kept', async () => {
    const source = await createSource();
    const writer = createPackWriter(source);
    writer.reserve('blob', 5).fill(1);
    writer.seal();
    expect(await writer.finish()).toBeUndefined();
    expect(await storedNames(source)).toEqual([]);
  });

  it('leaves out what was sealed and not kept', async () => {
    const source = await createSource();
    const writer = createPackWriter(source);
    const first = await addObject(writer, blobOf('kept'));
    writer.reserve('blob', 900_000).fill(2);
    writer.seal();
    const second = await addObject(writer, blobOf('kept, too'));
    const pack = await writer.finish();
    expect(pack?.table.blocks).toHaveLength(1);
    expect((await readPack(source, pack!)).map(({ id }) => id)).toEqual([first, second]);
  });

  it('names a pack by what is in it, unless a salt is to tell it from its like', async () => {
    const source = await createSource();
    const objects = [[blobOf('one'), blobOf('two')]];
    const one = await writePack(source, objects);
    expect((await writePack(source, objects)).id).toBe(one.id);
    expect((await writePack(source, objects, { idSalt: 'a' })).id).not.toBe(one.id);
    expect((await writePack(source, [[blobOf('one')], [blobOf('two')]])).id).not.toBe(one.id);
    expect(await storedNames(source)).toHaveLength(3);
  });

  it('says how long the pack is, without the block that is being filled', async () => {
    const source = await createSource();
    const writer = createPackWriter(source);
    expect(writer.sizeBytes()).toBe(16);
    await addObject(writer, blobOf(seededBytes(1000)));
    expect(writer.sizeBytes()).toBe(16);
    await writer.flush();
    expect(writer.sizeBytes()).toBe(16 + BLOCK_HEADER_BYTES + 1010);
    const pack = await writer.finish();
    expect(pack?.sizeBytes).toBe((await packBytes(source, pack!.id)).length);
  });
});

describe.each(['the codec of this runtime', 'the portable codec'])(
  'the table of contents, with %s',
  (codec) => {
    /** 44 bytes an object: with these the table is just below, and well above, what a codec may be given at once. */
    it.each([95_000, 100_001])('of %i objects is read as it was written', async (count) => {
      const source = await createSource('sha256', codec === 'the portable codec' ? 'portable' : undefined);
      const writer = createPackWriter(source);
      const content = new Uint8Array(4);
      for (let i = 0; i < count; i++) {
        new DataView(content.buffer).setUint32(0, i);
        await addObject(writer, { kind: 'blob', content });
      }
      const pack = await writer.finish();
      const opened = await openPack(source, pack!.id);
      expect(opened.table.blocks).toEqual(pack?.table.blocks);
      expect(opened.table.entries.length).toBe(count * 44);
      expect(Buffer.compare(opened.table.entries, pack!.table.entries)).toBe(0);
    });
  },
);
