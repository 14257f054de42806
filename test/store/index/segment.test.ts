// One index segment: finds what is in it and nothing else, reads no more than it must, notices every flipped bit.
import { describe, expect, it } from 'vitest';
import { createMemoryBackend } from '#adapters/backends/memory-backend.js';
import { createNodePlatform } from '#adapters/node/node-platform.js';
import { isSavepointError } from '#store/errors.js';
import { openIndex } from '#store/index/object-index.js';
import { openSegment, openSegmentBytes } from '#store/index/segment.js';
import { encodeSegment, LEAF_ENTRIES } from '#store/index/segment-format.js';
import { sortEntries } from '#store/index/sort-entries.js';
import type { ObjectFormat, ObjectId } from '#store/object-id.js';
import { type Entry, EntryBuffer } from '#store/pack/entry.js';
import { createRandom } from '../../fixtures/seeded-random.js';
import { observeBackend, recordCalls } from '../observe-backend.js';

const platform = await createNodePlatform();
const NAME = 'index/00000000000000000000000000000000.idx';
/** Beyond 32 bits, as packs may be. */
const PACK = {
  id: 'ab'.repeat(16),
  sizeBytes: 2 ** 33,
  table: { blocks: [{ offset: 2 ** 33 + 5, storedBytes: 7, rawBytes: 9 }] },
};

/** An id with these first four bytes; `tail` tells it from its like. */
function idOf(format: ObjectFormat, prefix: number, tail: number): ObjectId {
  const digits = format === 'sha1' ? 40 : 64;
  return (prefix.toString(16).padStart(8, '0') + tail.toString(16).padStart(digits - 8, '0')) as ObjectId;
}

/** A segment in which the entry of each id has its number for an offset. */
function segmentOf(format: ObjectFormat, ids: readonly ObjectId[]): Uint8Array {
  const entries = new EntryBuffer(format);
  for (const [i, id] of ids.entries())
    entries.append({ id, kind: 1, block: 0, offset: i, lengthBytes: i + 1 });
  return encodeSegment(platform, { format, packs: [PACK], entries: sortEntries(entries.appended(), format) });
}

async function openStored(bytes: Uint8Array) {
  const { calls, hooks } = recordCalls();
  const memory = createMemoryBackend();
  await memory.replace(NAME, bytes);
  const backend = observeBackend(memory, hooks);
  return { backend, calls, segment: await openSegment(backend, platform, NAME) };
}

/** Ids that lie evenly, as hashes do. */
function manyIds(format: ObjectFormat, count: number): ObjectId[] {
  const random = createRandom('many ids');
  const length = format === 'sha1' ? 20 : 32;
  return Array.from({ length: count }, () => random.bytes(length).toString('hex') as ObjectId);
}

/** Prefixes of which some are shared by more ids than a leaf has, by pairs on the border of two leaves, or by none. */
function crowdedIds(format: ObjectFormat): { present: ObjectId[]; absent: ObjectId[] } {
  const counts = [1, LEAF_ENTRIES - 2, 2, 1, 3 * LEAF_ENTRIES, 1, LEAF_ENTRIES, LEAF_ENTRIES + 1, 5];
  const prefixes = [0, 1, 0x7fffffff, 0x80000000, 0x80000001, 0xc0000000, 0xc0000001, 0xfffffffe, 0xffffffff];
  const idsOf = (more: number, tailOf: (number: number) => number) =>
    counts.flatMap((count, i) =>
      Array.from({ length: count + more }, (_, number) => idOf(format, prefixes[i], tailOf(number))),
    );
  const strangers = [2, 0x90000000, 0xd0000000].map((prefix) => idOf(format, prefix, 5));
  return {
    present: idsOf(0, (number) => number * 2 + 1),
    absent: [...idsOf(1, (number) => number * 2), ...strangers],
  };
}

describe.each(['sha1', 'sha256'] as const)('an index segment of a %s store', (format) => {
  const { present, absent } = crowdedIds(format);
  const bytes = segmentOf(format, present);
  const expectAll = (find: (id: ObjectId) => Entry | undefined) => {
    const expected = present.map((id, i) => ({ id, kind: 1, block: 0, offset: i, lengthBytes: i + 1 }));
    expect(present.map(find)).toEqual(expected);
    expect(absent.filter((id) => find(id) !== undefined)).toEqual([]);
  };

  it('finds each id that it holds, and no other, where ids begin alike across leaves', () => {
    const segment = openSegmentBytes(platform, 'memory/a', bytes);
    expectAll((id) => segment.find(id));
    expect([...segment.entries()].map(({ id }) => id)).toEqual([...present].sort());
    expect(segment.front.packs).toEqual([{ id: PACK.id, sizeBytes: PACK.sizeBytes }]);
    expect(segment.front.block(0)).toEqual({ pack: 0, ...PACK.table.blocks[0] });
  });

  it('finds them as well one by one, with leaves that are read once, as they are needed', async () => {
    const large = [...present, ...manyIds(format, 9000)];
    const { backend, segment, calls } = await openStored(segmentOf(format, large));
    expect(segment.isLoaded()).toBe(false);
    for (const id of [...present.slice(0, 3), ...present.slice(300, 303), ...present.slice(-3)]) {
      await segment.load(backend, id);
      expect(segment.find(id)?.id).toBe(id);
    }
    for (const id of absent) {
      await segment.load(backend, id);
      expect(segment.find(id), id).toBeUndefined();
    }
    const leaves = calls.map(({ range }) => range?.offset);
    expect(new Set(leaves).size).toBe(leaves.length);
  });

  it('has an entry of an id for each pack that holds it, also on both sides of a leaf’s border', () => {
    const id = present[300];
    const before = [...present].filter((each) => each < id).length;
    // Of so many, some are in the leaf before the border, and some behind it.
    const copies = LEAF_ENTRIES - (before % LEAF_ENTRIES) + 3;
    const ids = [...present, ...Array.from({ length: copies - 1 }, () => id)];
    const segment = openSegmentBytes(platform, 'memory/a', segmentOf(format, ids));
    const offsets = [300, ...Array.from({ length: copies - 1 }, (_, i) => present.length + i)];
    expect(segment.findAll(id).map(({ offset }) => offset)).toEqual(offsets);
    expect(segment.find(id)?.offset).toBe(300);
    expect(segment.find(id, ({ offset }) => offset === offsets[copies - 1])?.offset).toBe(
      offsets[copies - 1],
    );
    expect(segment.find(id, () => false)).toBeUndefined();
    expect(segment.findAll(absent[5])).toEqual([]);
    expect(segment.packOf(segment.findAll(id)[0])).toBe(PACK.id);
  });

  it('tells the ids that begin with some digits', () => {
    const segment = openSegmentBytes(platform, 'memory/a', bytes);
    for (const prefix of ['8', '80000001', 'ffffffff', present[700], 'a', '']) {
      expect(segment.idsWithPrefix(prefix)).toEqual(
        [...present].sort().filter((id) => id.startsWith(prefix)),
      );
    }
  });

  it('goes to other threads whole', () => {
    const segment = openSegmentBytes(platform, 'memory/a', bytes);
    const shared = segment.share();
    expect(segment.share()).toBe(shared);
    const other = openSegmentBytes(platform, 'memory/a', new Uint8Array(shared));
    expectAll((id) => segment.find(id));
    expectAll((id) => other.find(id));
    expect(other.share()).toBe(shared);
  });

  it('is refused with any bit flipped, at any other length, and with bytes added', () => {
    const small = segmentOf(format, present.slice(0, 3));
    const refuses = (changed: Uint8Array) => {
      try {
        openSegmentBytes(platform, 'memory/a', changed);
        return false;
      } catch (error) {
        return isSavepointError(error, 'INDEX_CORRUPT');
      }
    };
    for (let bit = 0; bit < small.length * 8; bit++) {
      const flipped = small.slice();
      flipped[bit >> 3] ^= 1 << (bit & 7);
      expect(refuses(flipped), `bit ${bit}`).toBe(true);
    }
    for (let length = 0; length < small.length; length++)
      expect(refuses(small.subarray(0, length))).toBe(true);
    expect(refuses(Buffer.concat([small, Buffer.alloc(1)]))).toBe(true);
    expect(refuses(small)).toBe(false);
  });

  it('of no entries finds nothing', () => {
    const segment = openSegmentBytes(platform, 'memory/a', segmentOf(format, []));
    expect(segment.find(present[0])).toBeUndefined();
    expect([...segment.entries()]).toEqual([]);
  });
});

describe('what a look-up reads', () => {
  const ids = manyIds('sha256', 20_000);

  it('is the front once, and then one leaf for one id', async () => {
    const { backend, segment, calls } = await openStored(segmentOf('sha256', ids));
    expect(calls).toEqual([{ method: 'read', name: NAME, range: { offset: 0, lengthBytes: 1 << 18 } }]);
    await segment.load(backend, ids[5000]);
    await segment.load(backend, ids[5000]);
    expect(calls).toHaveLength(2);
    expect(calls[1].range?.lengthBytes).toBe(LEAF_ENTRIES * 44);
    expect(segment.find(ids[5000])?.offset).toBe(5000);
  });

  it('is refused where the leaf is damaged or cut off, and only there', async () => {
    const bytes = segmentOf('sha256', ids);
    const broken = bytes.slice(0, bytes.length - 10);
    broken[broken.length - 20_000] ^= 1;
    const { backend, segment } = await openStored(broken);
    const sorted = [...ids].sort();
    await segment.load(backend, sorted[0]);
    expect(segment.find(sorted[0])?.id).toBe(sorted[0]);
    for (const id of [sorted[sorted.length - 1], sorted[sorted.length - 460]]) {
      await expect(segment.load(backend, id)).rejects.toMatchObject({ code: 'INDEX_CORRUPT' });
    }
    expect(() => segment.adopt(broken)).toThrow(expect.objectContaining({ code: 'INDEX_CORRUPT' }));
  });

  it('is less than a mebibyte for one id of a million', async () => {
    const count = 1_000_000;
    const entries = new Uint8Array(count * 44);
    const view = new DataView(entries.buffer);
    for (let i = 0; i < count; i++) {
      view.setUint32(i * 44, Math.floor((i / count) * 2 ** 32));
      view.setUint32(i * 44 + 4, i);
    }
    const memory = createMemoryBackend();
    await memory.replace(NAME, encodeSegment(platform, { format: 'sha256', packs: [PACK], entries }));
    await memory.replace(`packs/${PACK.id}.pack`, new Uint8Array(1));
    let bytesRead = 0;
    const after = (_: unknown, result: unknown) => {
      if (result instanceof Uint8Array) bytesRead += result.length;
    };
    const index = await openIndex({ backend: observeBackend(memory, { after }), platform, format: 'sha256' });
    const id = Buffer.from(entries.subarray(765_432 * 44, 765_432 * 44 + 32)).toString('hex') as ObjectId;
    expect(await index.find(id)).toMatchObject({ packId: PACK.id, entry: { id }, missing: false });
    expect(await index.find(`${id.slice(0, 63)}f` as ObjectId)).toBeUndefined();
    expect(bytesRead).toBeLessThan(1 << 20);
    expect(index.state.segments.map((segment) => segment.isLoaded())).toEqual([false]);
  });
});
