// A small pack with every single bit flipped, and cut at every length: `verify` reports it, no read returns what was
// not written, and salvaging finds what is whole.
import { beforeAll, describe, expect, it } from 'vitest';
import { isSavepointError } from '#store/errors.js';
import { openSoundIndex } from '#store/index/open-sound-index.js';
import { publishSegment } from '#store/index/publish-segment.js';
import type { ObjectId } from '#store/object-id.js';
import { ObjectReader } from '#store/object-reader.js';
import { hashObject } from '#store/objects/object-header.js';
import { entryLength, readEntry } from '#store/pack/entry.js';
import { openPack, type PackSource, salvagePack } from '#store/pack/pack-reader.js';
import { type FinishedPack, packName } from '#store/pack/pack-writer.js';
import { verifyPacks } from '#store/verify/verify-packs.js';
import { seededBytes, textBytes } from '../../conformance/codec-samples.js';
import { blobOf, createSource, packBytes, writePack } from '../pack-fixture.js';

/** Two objects in a frame, one stored as it is, one in a frame. */
const BLOCKS = [
  [blobOf(textBytes(90)), { kind: 'tree' as const, content: new Uint8Array() }],
  [blobOf(seededBytes(20))],
  [blobOf(textBytes(120))],
];
const OBJECTS = BLOCKS.flat();

describe.each(['sha1', 'sha256'] as const)('a damaged pack of a %s store', (format) => {
  let source: PackSource;
  let pack: FinishedPack;
  let original: Uint8Array;
  let ids: ObjectId[];
  beforeAll(async () => {
    source = await createSource(format);
    pack = await writePack(source, BLOCKS);
    await publishSegment(source, [pack]);
    original = await packBytes(source, pack.id);
    ids = OBJECTS.map((object) => hashObject(source.platform, format, object));
  });
  const damage = (bytes: Uint8Array) => source.backend.replace(packName(pack.id), bytes);

  async function isReported(): Promise<boolean> {
    const { index } = await openSoundIndex(source);
    const { problems } = await verifyPacks(source, index, { data: true });
    return problems.length + index.state.problems.length > 0;
  }

  /** The objects that are read as they were written; any other read must have failed with a code. */
  async function readable(): Promise<number> {
    const reader = new ObjectReader(source, (await openSoundIndex(source)).index);
    let sound = 0;
    for (const [i, id] of ids.entries()) {
      try {
        const found = await reader.read(id);
        expect(Buffer.compare(found.content, OBJECTS[i].content)).toBe(0);
        expect(found.kind).toBe(OBJECTS[i].kind);
        sound++;
      } catch (error) {
        if (!isSavepointError(error)) throw error;
      }
    }
    return sound;
  }

  async function salvaged(): Promise<ObjectId[]> {
    const { entries } = await salvagePack(source, pack.id);
    return [...Array(entries.length / entryLength(format)).keys()].map(
      (i) => readEntry(entries, i, format).id,
    );
  }

  const idsOfBlocks = (intact: (block: number) => boolean) =>
    BLOCKS.flatMap((objects, block) => (intact(block) ? objects : [])).map(
      (object) => ids[OBJECTS.indexOf(object)],
    );

  it('is sound before it is damaged', async () => {
    await damage(original);
    expect([await isReported(), await readable()]).toEqual([false, OBJECTS.length]);
    expect(await salvaged()).toEqual(ids);
  });

  it('is reported with any bit flipped, and gives what the bit was no part of', async () => {
    const ends = pack.table.blocks.map(({ offset, storedBytes }) => offset + storedBytes);
    for (let bit = 0; bit < original.length * 8; bit++) {
      const flipped = original.slice();
      flipped[bit >> 3] ^= 1 << (bit & 7);
      await damage(flipped);
      const hit = bit >> 3 < pack.table.blocks[0].offset ? -1 : ends.findIndex((end) => bit >> 3 < end);
      expect(await isReported(), `bit ${bit}`).toBe(true);
      const whole = idsOfBlocks((block) => block !== hit);
      if (bit % 3 === 0) expect(await salvaged(), `bit ${bit}`).toEqual(whole);
      if (bit % 5 === 0) expect(await readable(), `bit ${bit}`).toBe(whole.length);
    }
    await damage(original);
  });

  it('is reported at any length, and gives the blocks that are whole', async () => {
    for (let length = 0; length < original.length; length++) {
      await damage(original.subarray(0, length));
      expect(await isReported(), `${length} bytes`).toBe(true);
      const refusal = { code: 'PACK_CORRUPT', fields: { pack: pack.id } };
      await expect(openPack(source, pack.id)).rejects.toMatchObject(refusal);
      const isWhole = (block: number) => {
        const { offset, storedBytes } = pack.table.blocks[block];
        return offset + storedBytes <= length;
      };
      expect(await salvaged(), `${length} bytes`).toEqual(idsOfBlocks(isWhole));
      expect(await readable()).toBe(idsOfBlocks(isWhole).length);
    }
    await damage(original);
  });

  it('is reported with bytes added, taken out or put in anywhere', async () => {
    for (let at = 0; at <= original.length; at += 7) {
      const longer = Buffer.concat([original.subarray(0, at), Buffer.from([0]), original.subarray(at)]);
      const shorter = Buffer.concat([original.subarray(0, at), original.subarray(at + 1)]);
      for (const bytes of at < original.length ? [longer, shorter] : [longer]) {
        await damage(bytes);
        expect(await isReported(), `at byte ${at}`).toBe(true);
        await readable();
      }
    }
    await damage(original);
  });

  it('that is another pack under a wrong name gives nothing', async () => {
    const other = await createSource(format);
    const stranger = await writePack(other, [[blobOf('stranger')]]);
    await damage(await packBytes(other, stranger.id));
    expect(await readable()).toBe(0);
    await damage(original);
  });
});
