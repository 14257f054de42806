// An index segment: the sorted entries of some packs, in leaves of 256 entries, each leaf with a checksum. The front
// matter (pack table, block table, leaf directory) is small, so a store of millions of objects opens in milliseconds
// and a look-up reads one leaf. Everything here is derived from the packs and can be rebuilt.
import { SavepointError } from '../errors.js';
import type { ObjectFormat } from '../object-id.js';
import { entryLength } from '../pack/entry.js';
import type { TableOfContents } from '../pack/pack-format.js';
import type { Platform } from '../platform.js';

export const LEAF_ENTRIES = 256;
export const SEGMENT_HEADER_BYTES = 40;
export const SEGMENT_VERSION = 1;
const MAGIC = 'SVPTINDX';
const PACK_ROW_BYTES = 24;
const BLOCK_ROW_BYTES = 20;
const LEAF_ROW_BYTES = 8;

/** A pack as a segment knows it. */
export interface IndexedPack {
  readonly id: string;
  readonly sizeBytes: number;
}

/** Where a block stands: in which of the segment's packs, and where in it. */
export interface IndexedBlock {
  readonly pack: number;
  readonly offset: number;
  readonly storedBytes: number;
  readonly rawBytes: number;
}

/** The parts of a segment before its leaves; `leavesStart` is where they begin in the file. */
export interface SegmentFront {
  readonly format: ObjectFormat;
  readonly packs: readonly IndexedPack[];
  readonly blockCount: number;
  readonly entryCount: number;
  readonly leavesStart: number;
  block(number: number): IndexedBlock;
  /** The first four bytes of a leaf's first id, as a number. */
  leafPrefix(leaf: number): number;
  leafChecksum(leaf: number): number;
}

/** How long the front matter is, header included, from the first bytes of a segment. Throws INDEX_CORRUPT. */
export function frontLength(platform: Platform, header: Uint8Array): number {
  const counts = parseHeader(platform, header);
  const rows =
    counts.packs * PACK_ROW_BYTES +
    counts.blocks * BLOCK_ROW_BYTES +
    leafCount(counts.entries) * LEAF_ROW_BYTES;
  return SEGMENT_HEADER_BYTES + rows + 4;
}

/** The front matter that stands in `bytes`. Throws INDEX_CORRUPT, or STORE_NEWER for a later version. */
export function parseFront(platform: Platform, bytes: Uint8Array): SegmentFront {
  const counts = parseHeader(platform, bytes);
  const length = frontLength(platform, bytes);
  if (bytes.length < length) throw corruptIndex('it is cut short');
  const view = new DataView(bytes.buffer, bytes.byteOffset, length);
  if (view.getUint32(length - 4, true) !== platform.crc32(bytes.subarray(0, length - 4))) {
    throw corruptIndex('the checksum of its front does not match');
  }
  const packs: IndexedPack[] = [];
  let at = SEGMENT_HEADER_BYTES;
  for (let i = 0; i < counts.packs; i++, at += PACK_ROW_BYTES) {
    const id = Array.from(bytes.subarray(at, at + 16), (byte) => byte.toString(16).padStart(2, '0')).join('');
    packs.push({ id, sizeBytes: readLong(view, at + 16) });
  }
  const blocksStart = at;
  const leavesAt = blocksStart + counts.blocks * BLOCK_ROW_BYTES;
  return {
    format: counts.format,
    packs,
    blockCount: counts.blocks,
    entryCount: counts.entries,
    leavesStart: length,
    block: (number) => readBlockRow(view, blocksStart + number * BLOCK_ROW_BYTES),
    leafPrefix: (leaf) => view.getUint32(leavesAt + leaf * LEAF_ROW_BYTES),
    leafChecksum: (leaf) => view.getUint32(leavesAt + leaf * LEAF_ROW_BYTES + 4, true),
  };
}

/** Where a leaf stands in the file. */
export function leafRange(front: SegmentFront, leaf: number): { offset: number; lengthBytes: number } {
  const length = entryLength(front.format);
  const first = leaf * LEAF_ENTRIES;
  const count = Math.min(LEAF_ENTRIES, front.entryCount - first);
  return { offset: front.leavesStart + first * length, lengthBytes: count * length };
}

export function leafCount(entryCount: number): number {
  return Math.ceil(entryCount / LEAF_ENTRIES);
}

/** A whole segment. `entries` are sorted by id; their block numbers count through all of `packs`. */
export function encodeSegment(
  platform: Platform,
  content: {
    readonly format: ObjectFormat;
    readonly packs: readonly {
      readonly id: string;
      readonly sizeBytes: number;
      readonly table: Pick<TableOfContents, 'blocks'>;
    }[];
    readonly entries: Uint8Array;
  },
): Uint8Array {
  const { format, packs, entries } = content;
  const entryCount = entries.length / entryLength(format);
  const blockCount = packs.reduce((sum, pack) => sum + pack.table.blocks.length, 0);
  const leaves = leafCount(entryCount);
  const front =
    SEGMENT_HEADER_BYTES +
    packs.length * PACK_ROW_BYTES +
    blockCount * BLOCK_ROW_BYTES +
    leaves * LEAF_ROW_BYTES +
    4;
  const bytes = new Uint8Array(front + entries.length);
  const view = new DataView(bytes.buffer);
  writeHeader(platform, bytes, { format, packs: packs.length, blocks: blockCount, entries: entryCount });
  let at = SEGMENT_HEADER_BYTES;
  for (const pack of packs) {
    for (let i = 0; i < 16; i++) bytes[at + i] = Number.parseInt(pack.id.slice(i * 2, i * 2 + 2), 16);
    writeLong(view, at + 16, pack.sizeBytes);
    at += PACK_ROW_BYTES;
  }
  packs.forEach((pack, number) => {
    for (const block of pack.table.blocks) {
      view.setUint32(at, number, true);
      writeLong(view, at + 4, block.offset);
      view.setUint32(at + 12, block.storedBytes, true);
      view.setUint32(at + 16, block.rawBytes, true);
      at += BLOCK_ROW_BYTES;
    }
  });
  const leafBytes = LEAF_ENTRIES * entryLength(format);
  for (let leaf = 0; leaf < leaves; leaf++, at += LEAF_ROW_BYTES) {
    const content = entries.subarray(leaf * leafBytes, (leaf + 1) * leafBytes);
    bytes.set(content.subarray(0, 4), at);
    view.setUint32(at + 4, platform.crc32(content), true);
  }
  view.setUint32(at, platform.crc32(bytes.subarray(0, at)), true);
  bytes.set(entries, front);
  return bytes;
}

interface Counts {
  readonly format: ObjectFormat;
  readonly packs: number;
  readonly blocks: number;
  readonly entries: number;
}

function writeHeader(platform: Platform, bytes: Uint8Array, counts: Counts): void {
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < 8; i++) bytes[i] = MAGIC.charCodeAt(i);
  view.setUint16(8, SEGMENT_VERSION, true);
  bytes[10] = counts.format === 'sha1' ? 1 : 2;
  view.setUint32(12, counts.packs, true);
  view.setUint32(16, counts.blocks, true);
  view.setUint32(20, counts.entries, true);
  view.setUint32(36, platform.crc32(bytes.subarray(0, 36)), true);
}

function parseHeader(platform: Platform, bytes: Uint8Array): Counts {
  if (bytes.length < SEGMENT_HEADER_BYTES) throw corruptIndex('it is shorter than its header');
  const view = new DataView(bytes.buffer, bytes.byteOffset, SEGMENT_HEADER_BYTES);
  const magic = String.fromCharCode(...bytes.subarray(0, 8));
  if (magic !== MAGIC || view.getUint32(36, true) !== platform.crc32(bytes.subarray(0, 36))) {
    throw corruptIndex('its header is damaged');
  }
  if (view.getUint16(8, true) > SEGMENT_VERSION) {
    throw new SavepointError('STORE_NEWER', 'An index segment is of a newer format; use a newer savepoint.');
  }
  const [packs, blocks, entries] = [12, 16, 20].map((offset) => view.getUint32(offset, true));
  return { format: bytes[10] === 1 ? 'sha1' : 'sha256', packs, blocks, entries };
}

function readBlockRow(view: DataView, at: number): IndexedBlock {
  return {
    pack: view.getUint32(at, true),
    offset: readLong(view, at + 4),
    storedBytes: view.getUint32(at + 12, true),
    rawBytes: view.getUint32(at + 16, true),
  };
}

function readLong(view: DataView, at: number): number {
  return view.getUint32(at, true) + view.getUint32(at + 4, true) * 2 ** 32;
}

function writeLong(view: DataView, at: number, value: number): void {
  view.setUint32(at, value % 2 ** 32, true);
  view.setUint32(at + 4, Math.floor(value / 2 ** 32), true);
}

export function corruptIndex(why: string): SavepointError {
  return new SavepointError(
    'INDEX_CORRUPT',
    `An index segment cannot be read: ${why}. It can be rebuilt from the packs: run 'savepoint verify --repair'.`,
    { fields: { why } },
  );
}
