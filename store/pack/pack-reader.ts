// Reads a pack without any index: its table of contents, its blocks one by one, or, where the table is lost,
// whatever blocks are still sound.
import type { Backend } from '../backend.js';
import { isSavepointError, SavepointError } from '../errors.js';
import type { ObjectFormat, ObjectId } from '../object-id.js';
import type { Platform } from '../platform.js';
import { readDamaged } from '../read-damaged.js';
import { BLOCK_HEADER_BYTES, decodeBlock, findBlockHeader, LARGEST_RECORD_BYTES } from './block.js';
import { EntryBuffer } from './entry.js';
import {
  corruptPack,
  findPackTable,
  PACK_HEADER_BYTES,
  PACK_TRAILER_BYTES,
  type PackClass,
  parsePackHeader,
  parseTable,
  type TableBlock,
  type TableOfContents,
} from './pack-format.js';
import { packName } from './pack-writer.js';
import { findRecord, kindNumber, RECIPE_FLAG } from './record.js';

export interface PackSource {
  readonly backend: Backend;
  readonly platform: Platform;
  readonly format: ObjectFormat;
}

export interface OpenPack {
  readonly id: string;
  readonly packClass: PackClass;
  readonly sizeBytes: number;
  readonly table: TableOfContents;
}

/** Reads a pack's header and table of contents. Throws PACK_MISSING or PACK_CORRUPT. */
export async function openPack(source: PackSource, id: string): Promise<OpenPack> {
  const { backend, platform, format } = source;
  const sizeBytes = await backend.size(packName(id));
  if (sizeBytes === undefined) throw missingPack(id);
  try {
    const packClass = parsePackHeader(platform, format, await readRange(source, id, [0, PACK_HEADER_BYTES]));
    const trailerStart = Math.max(0, sizeBytes - PACK_TRAILER_BYTES);
    const place = findPackTable(platform, await readRange(source, id, [trailerStart, PACK_TRAILER_BYTES]));
    if (place === undefined || place.offset + place.storedBytes !== trailerStart) {
      throw corruptPack('it ends without a table of contents');
    }
    const block = decodeBlock(platform, await readRange(source, id, [place.offset, place.storedBytes]));
    if (block.role !== 'table') throw corruptPack('its trailer points to something else');
    const table = parseTable(block.raw, format);
    const last = table.blocks.at(-1);
    if (last === undefined || last.offset + last.storedBytes !== place.offset) {
      throw corruptPack('its blocks and its table of contents do not meet');
    }
    return { id, packClass, sizeBytes, table };
  } catch (error) {
    throw inPack(error, id);
  }
}

/** Memory for reading block after block, for who is done with one before the next is read. */
export class BlockBuffers {
  readonly stored = new Uint8Array(BLOCK_HEADER_BYTES + LARGEST_RECORD_BYTES);
  readonly raw = new Uint8Array(LARGEST_RECORD_BYTES);
}

/**
 * The raw bytes of one block, in `buffers` where they are given. Throws BLOCK_CORRUPT, PACK_CORRUPT or PACK_MISSING,
 * naming pack and offset.
 */
export async function readBlock(
  source: PackSource,
  id: string,
  block: TableBlock & { readonly buffers?: BlockBuffers },
): Promise<Uint8Array> {
  return (await readStoredBlock(source, id, block)).raw;
}

/** A block as it is stored, with its header, and what it holds. Throws as `readBlock`. */
export async function readStoredBlock(
  source: PackSource,
  id: string,
  block: TableBlock & { readonly buffers?: BlockBuffers },
): Promise<{ readonly stored: Uint8Array; readonly raw: Uint8Array }> {
  const { offset, storedBytes, buffers } = block;
  const range = {
    offset,
    lengthBytes: storedBytes,
    ...(buffers === undefined ? {} : { into: buffers.stored }),
  };
  const bytes = await readDamaged(source.backend, packName(id), range);
  if (bytes === undefined) throw missingPack(id);
  try {
    const content = decodeBlock(source.platform, bytes, buffers?.raw);
    if (content.role !== 'records' || content.raw.length !== block.rawBytes) {
      throw new SavepointError(
        'BLOCK_CORRUPT',
        'A block cannot be read: it is not the one that was asked for.',
      );
    }
    return { stored: bytes, raw: content.raw };
  } catch (error) {
    throw inPack(error, id, block.offset);
  }
}

/** What can still be read of a damaged pack: its blocks found one after the other, and the records in them. */
export async function salvagePack(source: PackSource, id: string): Promise<TableOfContents> {
  const bytes = await readDamaged(source.backend, packName(id));
  if (bytes === undefined) throw missingPack(id);
  const blocks: TableBlock[] = [];
  const entries = new EntryBuffer(source.format);
  let offset = Math.min(PACK_HEADER_BYTES, bytes.length);
  while (offset < bytes.length) {
    const header = findBlockHeader(source.platform, bytes.subarray(offset, offset + BLOCK_HEADER_BYTES));
    if (header === undefined) {
      offset = nextMagic(bytes, offset + 1);
      continue;
    }
    const storedBytes = BLOCK_HEADER_BYTES + header.storedBytes;
    const raw =
      header.role === 'records' ? findRaw(source, bytes.subarray(offset, offset + storedBytes)) : undefined;
    if (raw !== undefined) {
      enterRecords(source, raw, { entries, block: blocks.length });
      blocks.push({ offset, storedBytes, rawBytes: raw.length });
    }
    offset += storedBytes;
  }
  return { blocks, entries: entries.appended() };
}

function findRaw(source: PackSource, bytes: Uint8Array): Uint8Array | undefined {
  try {
    return decodeBlock(source.platform, bytes).raw;
  } catch (error) {
    if (isSavepointError(error, 'BLOCK_CORRUPT')) return undefined;
    throw error;
  }
}

function enterRecords(
  source: PackSource,
  raw: Uint8Array,
  target: { entries: EntryBuffer; block: number },
): void {
  let offset = 0;
  for (let span = findRecord(raw, 0, source.format); span !== undefined; ) {
    const lengthBytes = span.end - offset;
    const id =
      span.recipeOf ?? (source.platform.hash(source.format, raw.subarray(offset, span.end)) as ObjectId);
    const kind = kindNumber(span.kind) | (span.recipeOf === undefined ? 0 : RECIPE_FLAG);
    target.entries.append({ id, kind, block: target.block, offset, lengthBytes });
    offset = span.end;
    span = offset < raw.length ? findRecord(raw, offset, source.format) : undefined;
  }
}

function nextMagic(bytes: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(0x53, from); at >= 0; at = bytes.indexOf(0x53, at + 1)) {
    if (bytes[at + 1] === 0x56) return at; // 'SV'
  }
  return bytes.length;
}

async function readRange(
  source: PackSource,
  id: string,
  range: [offset: number, length: number],
): Promise<Uint8Array> {
  const place = { offset: range[0], lengthBytes: range[1] };
  const bytes = await readDamaged(source.backend, packName(id), place);
  if (bytes === undefined) throw missingPack(id);
  return bytes;
}

export function missingPack(id: string): SavepointError {
  return new SavepointError(
    'PACK_MISSING',
    `The pack ${packName(id)} is missing; what only it held cannot be read. Put it back from a copy of the store, or run 'savepoint verify' to see which points and paths it hurts.`,
    { fields: { pack: id } },
  );
}

/** An error of reading a block or a pack, with the place that it is of. */
export function inPack(error: unknown, id: string, offset?: number): unknown {
  if (!isSavepointError(error, 'BLOCK_CORRUPT', 'PACK_CORRUPT')) return error;
  const where = offset === undefined ? packName(id) : `${packName(id)} at byte ${offset}`;
  return new SavepointError(error.code, `${where}: ${error.message}`, {
    fields: { ...error.fields, pack: id, ...(offset === undefined ? {} : { offset }) },
    cause: error,
  });
}
