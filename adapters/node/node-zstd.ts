// zstd through node:zlib, on runtimes that have it there (Node 22.15, 23.8 and later).
import zlib from 'node:zlib';
import { compressBound, corruptFrame, requireWholeFrame } from '../../store/codec/zstd-frame.js';
import type { Codec } from '../../store/platform.js';

/** The calls that older runtimes, and their types, lack. */
interface ZlibWithZstd {
  readonly constants: { readonly ZSTD_c_compressionLevel: number };
  zstdCompressSync(
    raw: Uint8Array,
    options: { chunkSize: number; params: Record<number, number> },
  ): Uint8Array;
  zstdDecompressSync(frame: Uint8Array, options: { chunkSize: number; maxOutputLength: number }): Uint8Array;
}

const SMALLEST_CHUNK_BYTES = 64;

/** The codec in node:zlib; `undefined` where this runtime has none. */
export function findNodeCodec(): Codec | undefined {
  const candidate: Partial<ZlibWithZstd> = zlib as unknown as ZlibWithZstd;
  if (candidate.zstdCompressSync === undefined) return undefined;
  const library = candidate as ZlibWithZstd;
  return {
    name: `node:zlib (${process.versions['zstd'] ?? 'zstd'})`,
    compress: (raw, level) => compress(library, raw, level),
    decompress: (frame, rawLengthBytes) => decompress(library, frame, rawLengthBytes),
  };
}

function compress(library: ZlibWithZstd, raw: Uint8Array, level: number): Uint8Array {
  return library.zstdCompressSync(raw, {
    chunkSize: Math.max(SMALLEST_CHUNK_BYTES, compressBound(raw.length)),
    params: { [library.constants.ZSTD_c_compressionLevel]: level },
  });
}

function decompress(library: ZlibWithZstd, frame: Uint8Array, rawLengthBytes: number): Uint8Array {
  requireWholeFrame(frame, rawLengthBytes);
  const raw = decode(library, frame, rawLengthBytes);
  if (raw.length !== rawLengthBytes) throw corruptFrame(`${raw.length} bytes came out of it`);
  return new Uint8Array(raw.buffer, raw.byteOffset, raw.length);
}

function decode(library: ZlibWithZstd, frame: Uint8Array, rawLengthBytes: number): Uint8Array {
  try {
    // One byte more than the content, so that zlib, filling the buffer to its end, need not allocate a second one.
    const chunkSize = rawLengthBytes + SMALLEST_CHUNK_BYTES;
    return library.zstdDecompressSync(frame, { chunkSize, maxOutputLength: Math.max(1, rawLengthBytes) });
  } catch (error) {
    if (saysCorrupt(error)) throw corruptFrame(`it does not decode (${error.code})`, error);
    throw error;
  }
}

/** Whether the decoder refused its input: by zstd's own codes, for its end, or for too much output. */
function saysCorrupt(error: unknown): error is Error & { code: string } {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return false;
  return /^(ZSTD_error_|Z_BUF_ERROR$|Z_DATA_ERROR$|ERR_BUFFER_TOO_LARGE$)/.test(error.code);
}
