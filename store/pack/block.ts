// A block: up to 1 MiB of records (one longer record alone, up to 4 MiB), compressed together. Its header says
// how long it is and what it must check to, so that a pack can be read from front to back without any table.
import { SavepointError } from '../errors.js';
import { equalBytes } from '../names.js';
import type { Platform } from '../platform.js';

export const BLOCK_CAPACITY_BYTES = 1 << 20;
export const LARGEST_RECORD_BYTES = (4 << 20) + 64;
export const BLOCK_HEADER_BYTES = 28;

const MAGIC = { records: 0x4b425653, table: 0x43545653 } as const; // 'SVBK', 'SVTC'
const CODEC_NONE = 0;
const CODEC_ZSTD = 1;

export type BlockRole = keyof typeof MAGIC;

/** What a block's header says. `storedBytes` is the payload's length, without the header. */
export interface BlockHeader {
  readonly role: BlockRole;
  readonly codec: number;
  readonly rawBytes: number;
  readonly storedBytes: number;
  readonly recordCount: number;
  readonly payloadChecksum: number;
}

export interface BlockContent {
  readonly role: BlockRole;
  readonly raw: Uint8Array;
  readonly recordCount: number;
}

/** The block as it is stored: header and payload. `raw` is stored as it is where compression doesn't pay, or can't be. */
export function encodeBlock(platform: Platform, level: number, content: BlockContent): Uint8Array {
  const { raw } = content;
  const frame = raw.length <= LARGEST_RECORD_BYTES ? platform.codec.compress(raw, level) : raw;
  const pays = frame.length < raw.length;
  const payload = pays ? frame : raw;
  const bytes = new Uint8Array(BLOCK_HEADER_BYTES + payload.length);
  bytes.set(payload, BLOCK_HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC[content.role], true);
  view.setUint8(4, pays ? CODEC_ZSTD : CODEC_NONE);
  view.setUint32(8, raw.length, true);
  view.setUint32(12, payload.length, true);
  view.setUint32(16, content.recordCount, true);
  view.setUint32(20, platform.crc32(bytes.subarray(BLOCK_HEADER_BYTES)), true);
  view.setUint32(24, platform.crc32(bytes.subarray(0, 24)), true);
  return bytes;
}

/** The header at the start of `bytes`, or `undefined` where there is no sound one. */
export function findBlockHeader(platform: Platform, bytes: Uint8Array): BlockHeader | undefined {
  if (bytes.length < BLOCK_HEADER_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, BLOCK_HEADER_BYTES);
  if (view.getUint32(24, true) !== platform.crc32(bytes.subarray(0, 24))) return undefined;
  const magic = view.getUint32(0, true);
  const role = magic === MAGIC.records ? 'records' : magic === MAGIC.table ? 'table' : undefined;
  if (role === undefined) return undefined;
  return {
    role,
    codec: view.getUint32(4, true),
    rawBytes: view.getUint32(8, true),
    storedBytes: view.getUint32(12, true),
    recordCount: view.getUint32(16, true),
    payloadChecksum: view.getUint32(20, true),
  };
}

/** What the stored block `bytes` holds, in `into` where that is given and long enough. Throws BLOCK_CORRUPT, or CODEC_UNSUPPORTED for a newer kind of block. */
export function decodeBlock(platform: Platform, bytes: Uint8Array, into?: Uint8Array): BlockContent {
  const header = findBlockHeader(platform, bytes);
  if (header === undefined) throw corruptBlock('its header is damaged');
  const payload = bytes.subarray(BLOCK_HEADER_BYTES, BLOCK_HEADER_BYTES + header.storedBytes);
  if (payload.length !== header.storedBytes) throw corruptBlock('it is cut short');
  if (platform.crc32(payload) !== header.payloadChecksum) throw corruptBlock('its checksum does not match');
  const raw = decodePayload(platform, { header, payload, into });
  return { role: header.role, raw, recordCount: header.recordCount };
}

/** Decodes a block just made and compares: an encoder's fault must not reach the store. */
export function checkEncodedBlock(platform: Platform, encoded: Uint8Array, raw: Uint8Array): void {
  const decoded = decodeBlock(platform, encoded).raw;
  if (equalBytes(decoded, raw)) return;
  throw new SavepointError(
    'BLOCK_CORRUPT',
    `The codec ${platform.codec.name} wrote a block that does not decode to its input; nothing was published. Test this machine's memory, and choose another codec.`,
    { fields: { codec: platform.codec.name } },
  );
}

function decodePayload(
  platform: Platform,
  block: { header: BlockHeader; payload: Uint8Array; into: Uint8Array | undefined },
): Uint8Array {
  const { header, payload, into } = block;
  if (header.codec === CODEC_ZSTD) return platform.codec.decompress(payload, header.rawBytes, into);
  if (header.codec !== CODEC_NONE) {
    throw new SavepointError(
      'CODEC_UNSUPPORTED',
      `A block uses codec or encryption ${header.codec}, which this version does not know; use a newer savepoint.`,
      { fields: { codec: header.codec } },
    );
  }
  if (payload.length !== header.rawBytes) throw corruptBlock('its length does not match');
  return payload;
}

function corruptBlock(why: string): SavepointError {
  return new SavepointError('BLOCK_CORRUPT', `A block cannot be read: ${why}.`, { fields: { why } });
}
