// Reads one pack of a bundle, front to back. Nothing that it says is believed before it is checked: lengths are bounded,
// records are hashed, and the table of contents has to be the one that the blocks lead to.
import { isSavepointError } from '../errors.js';
import { equalBytes } from '../names.js';
import type { ObjectFormat } from '../object-id.js';
import {
  BLOCK_HEADER_BYTES,
  type BlockHeader,
  decodeBlock,
  findBlockHeader,
  LARGEST_RECORD_BYTES,
} from '../pack/block.js';
import { readRecords } from '../pack/block-records.js';
import { EntryBuffer } from '../pack/entry.js';
import {
  encodeTable,
  findPackTable,
  PACK_TRAILER_BYTES,
  type PackClass,
  parsePackHeader,
  type TableBlock,
} from '../pack/pack-format.js';
import type { BlockBuffers } from '../pack/pack-reader.js';
import type { BlockRecord } from '../pack/pack-writer.js';
import type { Platform } from '../platform.js';
import type { BundleBytes } from './bundle-bytes.js';
import { corruptBundle, newerBundle } from './bundle-format.js';

/** A block of a bundle, in memory that the next one overwrites. */
export interface BundleBlock {
  readonly packClass: PackClass;
  /** As a pack stores it, with its header. */
  readonly stored: Uint8Array;
  readonly raw: Uint8Array;
  readonly records: readonly BlockRecord[];
}

export interface BundleSource {
  readonly platform: Platform;
  readonly format: ObjectFormat;
  readonly bytes: BundleBytes;
}

/** The blocks of the pack that begins with `packHeader`; answers how many objects they held. Throws BUNDLE_CORRUPT. */
export async function* readPackBlocks(
  source: BundleSource,
  packHeader: Uint8Array,
  buffers: BlockBuffers,
): AsyncGenerator<BundleBlock, number> {
  const { platform, format, bytes } = source;
  const start = bytes.offset - packHeader.length;
  const packClass = within(start, () => parsePackHeader(platform, format, packHeader));
  const entries = new EntryBuffer(format);
  const blocks: TableBlock[] = [];
  for (;;) {
    const offset = bytes.offset;
    await bytes.take(BLOCK_HEADER_BYTES, buffers.stored);
    const header = findBlockHeader(platform, buffers.stored.subarray(0, BLOCK_HEADER_BYTES));
    if (header === undefined) throw corruptBundle('the header of a block is damaged', { offset });
    if (header.role === 'table') {
      const contents = encodeTable({ blocks, entries: entries.appended() }, format);
      const table = { header, front: buffers.stored.slice(0, BLOCK_HEADER_BYTES), contents };
      await checkTable(source, start, table);
      return entries.count;
    }
    const block = await readBlock(source, { header, offset, buffers });
    for (const record of block.records) entries.append({ ...record, block: blocks.length });
    const { stored, raw } = block;
    blocks.push({ offset: offset - start, storedBytes: stored.length, rawBytes: raw.length });
    yield { packClass, ...block };
  }
}

async function readBlock(
  source: BundleSource,
  place: { readonly header: BlockHeader; readonly offset: number; readonly buffers: BlockBuffers },
): Promise<Omit<BundleBlock, 'packClass'>> {
  const { header, offset, buffers } = place;
  if (header.rawBytes > LARGEST_RECORD_BYTES || header.storedBytes > LARGEST_RECORD_BYTES)
    throw corruptBundle('a block is longer than blocks can be', { offset });
  await source.bytes.take(header.storedBytes, buffers.stored.subarray(BLOCK_HEADER_BYTES));
  const stored = buffers.stored.subarray(0, BLOCK_HEADER_BYTES + header.storedBytes);
  return within(offset, () => {
    const { raw } = decodeBlock(source.platform, stored, buffers.raw);
    const records = readRecords(source, raw);
    if (records.length !== header.recordCount || records.length === 0)
      throw corruptBundle('a block holds another number of records than it says', { offset });
    return { stored, raw, records };
  });
}

/** The table and the trailer behind it. */
async function checkTable(
  { platform, bytes }: BundleSource,
  start: number,
  table: { readonly header: BlockHeader; readonly front: Uint8Array; readonly contents: Uint8Array },
): Promise<void> {
  const { header, front, contents } = table;
  const offset = bytes.offset - front.length;
  if (header.rawBytes !== contents.length || header.storedBytes > contents.length)
    throw corruptBundle('a table of contents is not that of the blocks before it', { offset });
  const stored = new Uint8Array(front.length + header.storedBytes);
  stored.set(front);
  await bytes.take(header.storedBytes, stored.subarray(front.length));
  const { raw } = within(offset, () => decodeBlock(platform, stored));
  const trailer = findPackTable(platform, await bytes.take(PACK_TRAILER_BYTES));
  const isPlaced = trailer?.offset === offset - start && trailer.storedBytes === stored.length;
  if (!equalBytes(raw, contents) || !isPlaced)
    throw corruptBundle('a table of contents is not that of the blocks before it', { offset });
}

/** What is said of damage to packs, as said of a bundle. */
function within<T>(offset: number, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (isSavepointError(error, 'STORE_NEWER', 'CODEC_UNSUPPORTED')) throw newerBundle(undefined, error);
    if (!isSavepointError(error, 'BLOCK_CORRUPT', 'PACK_CORRUPT', 'OBJECT_CORRUPT')) throw error;
    const { why } = error.fields;
    throw corruptBundle(typeof why === 'string' ? `a block of it: ${why}` : 'an object in it is damaged', {
      offset,
      cause: error,
    });
  }
}
