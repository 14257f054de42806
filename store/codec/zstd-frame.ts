// The outside of a zstd frame (RFC 8878, section 3.1), read before any decoder sees it: decoders differ in what they
// let pass (frames cut short, bytes behind the end, a second frame), and none may be asked for unbounded output.
import { SavepointError } from '../errors.js';

const MAGIC = 0xfd2fb528;
const LARGEST_BLOCK_BYTES = 128 * 1024;

const BLOCK_REPEATED = 1;
const BLOCK_COMPRESSED = 2;

/** What a sound frame says of itself. */
interface FrameOutline {
  readonly contentBytes: number;
  readonly headerBytes: number;
  readonly checksumBytes: number;
}

/** The error for a frame that can't be decoded; `reason` continues a sentence. */
export function corruptFrame(reason: string, cause?: unknown): SavepointError {
  return new SavepointError(
    'BLOCK_CORRUPT',
    `A block is not the zstd frame that was written: ${reason}. Run 'savepoint verify' to see what it hurts.`,
    { fields: { reason }, cause },
  );
}

/**
 * The most bytes that an encoder makes of `rawLengthBytes` bytes (ZSTD_COMPRESSBOUND in zstd.h).
 */
export function compressBound(rawLengthBytes: number): number {
  const small = LARGEST_BLOCK_BYTES - rawLengthBytes;
  return rawLengthBytes + Math.floor(rawLengthBytes / 256) + (small > 0 ? Math.floor(small / 2048) : 0);
}

/**
 * Throws BLOCK_CORRUPT unless `frame` is, by its headers, exactly one whole frame that declares a content of
 * `rawLengthBytes` bytes and needs no dictionary. What its compressed blocks hold is for the decoder to find out.
 */
export function requireWholeFrame(frame: Uint8Array, rawLengthBytes: number): void {
  if (frame.length > compressBound(rawLengthBytes))
    throw corruptFrame('it is longer than its content explains');
  const { contentBytes, headerBytes, checksumBytes } = readHeader(frame);
  if (contentBytes !== rawLengthBytes) {
    throw corruptFrame(`it declares ${contentBytes} bytes where ${rawLengthBytes} were stored`);
  }
  const end = walkBlocks(frame, headerBytes, rawLengthBytes) + checksumBytes;
  if (end > frame.length) throw corruptFrame('it is cut short');
  if (end < frame.length) throw corruptFrame(`${frame.length - end} bytes follow its end`);
}

function readHeader(frame: Uint8Array): FrameOutline {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  if (frame.length < 5 || view.getUint32(0, true) !== MAGIC) throw corruptFrame('it does not start as one');
  const descriptor = frame[4];
  const singleSegment = (descriptor & 0x20) !== 0;
  const sizeFlag = descriptor >> 6;
  if ((descriptor & 0x08) !== 0) throw corruptFrame('its header has a reserved bit set');
  if ((descriptor & 0x03) !== 0) throw corruptFrame('it asks for a dictionary');
  if (sizeFlag === 0 && !singleSegment) throw corruptFrame('it does not declare how much it holds');
  const sizeAt = singleSegment ? 5 : 6;
  const headerBytes = sizeAt + (1 << sizeFlag);
  if (frame.length < headerBytes) throw corruptFrame('it is cut short');
  return {
    contentBytes: readContentSize(view, sizeAt, sizeFlag),
    headerBytes,
    checksumBytes: (descriptor & 0x04) !== 0 ? 4 : 0,
  };
}

function readContentSize(view: DataView, at: number, sizeFlag: number): number {
  if (sizeFlag === 0) return view.getUint8(at);
  if (sizeFlag === 1) return view.getUint16(at, true) + 256;
  if (sizeFlag === 2) return view.getUint32(at, true);
  return view.getUint32(at, true) + view.getUint32(at + 4, true) * 2 ** 32;
}

/** The offset behind the last block. Blocks that say themselves how much they hold may not hold more than declared. */
function walkBlocks(frame: Uint8Array, start: number, rawLengthBytes: number): number {
  let offset = start;
  let plainBytes = 0;
  for (let last = false; !last; ) {
    if (offset + 3 > frame.length) throw corruptFrame('it is cut short');
    const header = frame[offset] | (frame[offset + 1] << 8) | (frame[offset + 2] << 16);
    const kind = (header >> 1) & 3;
    const sizeBytes = header >> 3;
    if (kind > BLOCK_COMPRESSED || sizeBytes > LARGEST_BLOCK_BYTES)
      throw corruptFrame('a block header is damaged');
    if (kind === BLOCK_COMPRESSED && rawLengthBytes === 0)
      throw corruptFrame('it holds more than it declares');
    if (kind !== BLOCK_COMPRESSED) plainBytes += sizeBytes;
    if (plainBytes > rawLengthBytes) throw corruptFrame('it holds more than it declares');
    offset += 3 + (kind === BLOCK_REPEATED ? 1 : sizeBytes);
    last = (header & 1) !== 0;
  }
  return offset;
}
