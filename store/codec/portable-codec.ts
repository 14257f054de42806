// zstd as WebAssembly (the package zstd-codec), for runtimes that offer none. Its heap is 16 MiB and never grows, and
// running out of it is fatal to the module: so what goes in is bounded before, in length and in level.
import type { Simple } from 'zstd-codec';
import { assert, SavepointError } from '../errors.js';
import type { Codec } from '../platform.js';
import { corruptFrame, requireWholeFrame } from './zstd-frame.js';

/** The longest content that the heap has room for, with the encoder's tables beside it: a little over 4 MiB. */
export const PORTABLE_CAPACITY_BYTES = (4 << 20) + (64 << 10);

/** Higher levels need larger tables than the heap has room for; they are taken as this one. */
const HIGHEST_LEVEL = 3;

let loading: Promise<Codec> | undefined;

/**
 * The portable codec, loaded once. `compress` takes at most PORTABLE_CAPACITY_BYTES (more is our own bug), at levels
 * up to 3; `decompress` answers CODEC_UNSUPPORTED for a sound frame that holds more.
 */
export function loadPortableCodec(): Promise<Codec> {
  loading ??= instantiate();
  return loading;
}

async function instantiate(): Promise<Codec> {
  const { default: library } = await import('zstd-codec');
  return new Promise((resolve) => {
    library.ZstdCodec.run((binding) => {
      const simple = new binding.Simple();
      resolve({
        name: 'zstd-codec (WebAssembly)',
        compress: (raw, level) => compress(simple, raw, level),
        decompress: (frame, rawLengthBytes) => decompress(simple, frame, rawLengthBytes),
      });
    });
  });
}

function compress(simple: Simple, raw: Uint8Array, level: number): Uint8Array {
  assert(raw.length <= PORTABLE_CAPACITY_BYTES, `the portable codec is given ${raw.length} bytes at once`);
  const frame = simple.compress(raw, Math.min(level, HIGHEST_LEVEL));
  assert(frame !== null, 'zstd compresses whatever has room in its heap');
  return frame;
}

function decompress(simple: Simple, frame: Uint8Array, rawLengthBytes: number): Uint8Array {
  requireWholeFrame(frame, rawLengthBytes);
  if (rawLengthBytes > PORTABLE_CAPACITY_BYTES) throw tooLarge(rawLengthBytes);
  // The package takes an empty content for a failure; a frame that declares one can hold no other.
  if (rawLengthBytes === 0) return new Uint8Array(0);
  const raw = simple.decompress(frame);
  if (raw === null) throw corruptFrame('it does not decode');
  if (raw.length !== rawLengthBytes) throw corruptFrame(`${raw.length} bytes came out of it`);
  return raw;
}

function tooLarge(rawLengthBytes: number): SavepointError {
  return new SavepointError(
    'CODEC_UNSUPPORTED',
    `A block holds ${rawLengthBytes} bytes, more than the portable codec decodes at once: install libzstd, or use a Node that has zstd.`,
    { fields: { found: rawLengthBytes, expected: PORTABLE_CAPACITY_BYTES } },
  );
}
