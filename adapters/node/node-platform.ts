// The platform of the store on Node: hashes and checksums from the runtime, zstd from the best place that has it.
import { createHash, hash, randomBytes } from 'node:crypto';
import zlib from 'node:zlib';
import { portableCrc32 } from '../../store/codec/portable-checksum.js';
import { loadPortableCodec } from '../../store/codec/portable-codec.js';
import { isSavepointError, SavepointError } from '../../store/errors.js';
import type { Codec, Hasher, Platform } from '../../store/platform.js';
import { findNodeCodec } from './node-zstd.js';
import { openSystemCodec } from './system-zstd.js';

/** Where zstd comes from: the system's libzstd, the runtime, or WebAssembly. All read and write the same frames. */
export type CodecSource = 'system' | 'node' | 'portable';

/**
 * This thread's platform. Without `codec` it takes the first that works of system, node and portable; where node has
 * one to fall back on, the choice is put off until something is compressed. Throws CODEC_UNSUPPORTED where the
 * `codec` that was asked for does not work here.
 */
export async function createNodePlatform(options: { codec?: CodecSource } = {}): Promise<Platform> {
  return {
    codec: options.codec === undefined ? await chooseCodec() : await openCodec(options.codec),
    hash: (algorithm, bytes) => hash(algorithm, bytes, 'hex'),
    createHasher: (algorithm) => nodeHasher(algorithm),
    crc32: typeof zlib.crc32 === 'function' ? (bytes) => zlib.crc32(bytes) : portableCrc32,
    randomHex: (lengthBytes) => randomBytes(lengthBytes).toString('hex'),
  };
}

async function openCodec(source: CodecSource): Promise<Codec> {
  if (source === 'system') return sharedSystemCodec();
  if (source === 'portable') return loadPortableCodec();
  const codec = findNodeCodec();
  if (codec !== undefined) return codec;
  throw new SavepointError('CODEC_UNSUPPORTED', `Node ${process.versions.node} has no zstd of its own.`, {
    fields: { version: process.versions.node },
  });
}

async function chooseCodec(): Promise<Codec> {
  const fallback = findNodeCodec();
  if (fallback !== undefined) return openOnFirstUse(() => findSystemCodec() ?? fallback);
  return findSystemCodec() ?? (await loadPortableCodec());
}

let systemCodec: Codec | undefined;

/** One for all platforms of this thread: it holds C memory. */
function sharedSystemCodec(): Codec {
  systemCodec ??= openSystemCodec();
  return systemCodec;
}

function findSystemCodec(): Codec | undefined {
  try {
    return sharedSystemCodec();
  } catch (error) {
    if (isSavepointError(error, 'CODEC_UNSUPPORTED')) return undefined;
    throw error;
  }
}

function openOnFirstUse(open: () => Codec): Codec {
  let opened: Codec | undefined;
  const codec = (): Codec => {
    opened ??= open();
    return opened;
  };
  return {
    get name() {
      return codec().name;
    },
    compress: (raw, level) => codec().compress(raw, level),
    decompress: (frame, rawLengthBytes, into) => codec().decompress(frame, rawLengthBytes, into),
  };
}

function nodeHasher(algorithm: string): Hasher {
  const state = createHash(algorithm);
  return {
    update: (bytes) => void state.update(bytes),
    digest: () => state.digest('hex'),
  };
}
