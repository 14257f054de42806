// The fixed parts of a pack: header, trailer, and the table of contents that stands between blocks and trailer.
// Every byte of a pack is covered by a checksum; the layout is described in store/FORMAT.md.
import { SavepointError } from '../errors.js';
import type { ObjectFormat } from '../object-id.js';
import type { Platform } from '../platform.js';
import { entryLength } from './entry.js';

export const PACK_HEADER_BYTES = 16;
export const PACK_TRAILER_BYTES = 24;
export const PACK_VERSION = 1;

const HEADER_MAGIC = 'SVPTPACK';
const TRAILER_MAGIC = 'SVPTEND\n';
const FORMAT_NUMBERS: Readonly<Record<ObjectFormat, number>> = { sha1: 1, sha256: 2 };

/** File contents go to data packs; trees, attributes, commits and tags to metadata packs. */
export type PackClass = 'data' | 'metadata';
const CLASS_NUMBERS: Readonly<Record<PackClass, number>> = { data: 1, metadata: 2 };

/** A block as the table knows it; `storedBytes` includes the block's header. Offsets follow from the lengths. */
export interface TableBlock {
  readonly offset: number;
  readonly storedBytes: number;
  readonly rawBytes: number;
}

/** What a pack holds: its blocks, and a flat buffer of entries (see entry.ts) in the order of the records. */
export interface TableOfContents {
  readonly blocks: readonly TableBlock[];
  readonly entries: Uint8Array;
}

export function encodePackHeader(platform: Platform, format: ObjectFormat, packClass: PackClass): Uint8Array {
  const bytes = new Uint8Array(PACK_HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < 8; i++) bytes[i] = HEADER_MAGIC.charCodeAt(i);
  view.setUint16(8, PACK_VERSION, true);
  bytes[10] = FORMAT_NUMBERS[format];
  bytes[11] = CLASS_NUMBERS[packClass];
  view.setUint32(12, platform.crc32(bytes.subarray(0, 12)), true);
  return bytes;
}

/** The class of the pack that starts with `bytes`. Throws PACK_CORRUPT, or STORE_NEWER for a later version. */
export function parsePackHeader(platform: Platform, format: ObjectFormat, bytes: Uint8Array): PackClass {
  if (bytes.length < PACK_HEADER_BYTES) throw corruptPack('it is shorter than its header');
  const view = new DataView(bytes.buffer, bytes.byteOffset, PACK_HEADER_BYTES);
  const magic = String.fromCharCode(...bytes.subarray(0, 8));
  const checksum = platform.crc32(bytes.subarray(0, 12));
  if (magic !== HEADER_MAGIC || view.getUint32(12, true) !== checksum)
    throw corruptPack('its header is damaged');
  const version = view.getUint16(8, true);
  if (version > PACK_VERSION) {
    throw new SavepointError(
      'STORE_NEWER',
      `A pack has format ${version}; this version reads up to ${PACK_VERSION}.`,
    );
  }
  const packClass = (Object.keys(CLASS_NUMBERS) as PackClass[]).find(
    (name) => CLASS_NUMBERS[name] === bytes[11],
  );
  if (packClass === undefined || bytes[10] !== FORMAT_NUMBERS[format])
    throw corruptPack('it is of another kind');
  return packClass;
}

/** The trailer: where the table's block starts, how long it is, and a checksum over both. */
export function encodePackTrailer(
  platform: Platform,
  table: { offset: number; storedBytes: number },
): Uint8Array {
  const bytes = new Uint8Array(PACK_TRAILER_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, table.offset % 2 ** 32, true);
  view.setUint32(4, Math.floor(table.offset / 2 ** 32), true);
  view.setUint32(8, table.storedBytes, true);
  view.setUint32(12, platform.crc32(bytes.subarray(0, 12)), true);
  for (let i = 0; i < 8; i++) bytes[16 + i] = TRAILER_MAGIC.charCodeAt(i);
  return bytes;
}

/** Where the table of a pack stands, from the pack's last bytes; `undefined` where the trailer is not sound. */
export function findPackTable(
  platform: Platform,
  trailer: Uint8Array,
): { offset: number; storedBytes: number } | undefined {
  if (trailer.length !== PACK_TRAILER_BYTES) return undefined;
  const view = new DataView(trailer.buffer, trailer.byteOffset, PACK_TRAILER_BYTES);
  const magic = String.fromCharCode(...trailer.subarray(16));
  if (magic !== TRAILER_MAGIC || view.getUint32(12, true) !== platform.crc32(trailer.subarray(0, 12)))
    return undefined;
  return {
    offset: view.getUint32(0, true) + view.getUint32(4, true) * 2 ** 32,
    storedBytes: view.getUint32(8, true),
  };
}

/** The raw bytes of a table: two counts, 8 bytes a block, then the entries. */
export function encodeTable(table: TableOfContents, format: ObjectFormat): Uint8Array {
  const bytes = new Uint8Array(8 + table.blocks.length * 8 + table.entries.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, table.blocks.length, true);
  view.setUint32(4, table.entries.length / entryLength(format), true);
  let offset = 8;
  for (const block of table.blocks) {
    view.setUint32(offset, block.storedBytes, true);
    view.setUint32(offset + 4, block.rawBytes, true);
    offset += 8;
  }
  bytes.set(table.entries, offset);
  return bytes;
}

/** The table that `raw` holds. Throws PACK_CORRUPT where its lengths do not agree. */
export function parseTable(raw: Uint8Array, format: ObjectFormat): TableOfContents {
  if (raw.length < 8) throw corruptPack('its table of contents is too short');
  const view = new DataView(raw.buffer, raw.byteOffset, raw.length);
  const blockCount = view.getUint32(0, true);
  const entriesStart = 8 + blockCount * 8;
  if (raw.length !== entriesStart + view.getUint32(4, true) * entryLength(format)) {
    throw corruptPack('its table of contents has the wrong length');
  }
  const blocks: TableBlock[] = [];
  let offset = PACK_HEADER_BYTES;
  for (let at = 8; at < entriesStart; at += 8) {
    const storedBytes = view.getUint32(at, true);
    blocks.push({ offset, storedBytes, rawBytes: view.getUint32(at + 4, true) });
    offset += storedBytes;
  }
  return { blocks, entries: raw.subarray(entriesStart) };
}

export function corruptPack(why: string): SavepointError {
  return new SavepointError(
    'PACK_CORRUPT',
    `A pack cannot be read: ${why}. Run 'savepoint verify --repair'.`,
    {
      fields: { why },
    },
  );
}
