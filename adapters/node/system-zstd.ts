// zstd through the system's own libzstd. Each thread holds one context of either kind and one output buffer, and uses
// them for every call: making them anew costs more than a small block.
import { isMainThread } from 'node:worker_threads';
import { compressBound, corruptFrame, requireWholeFrame } from '../../store/codec/zstd-frame.js';
import { assert, SavepointError } from '../../store/errors.js';
import type { Codec } from '../../store/platform.js';
import { type Koffi, type KoffiLoader, requireKoffi } from './load-koffi.js';

const LIBRARY = 'libzstd.so.1';

/** A length; an error comes as a bigint, being a length that no buffer has. */
type Outcome = number | bigint;
type Context = bigint | null;

interface ZstdLibrary {
  createCompressor(): Context;
  createDecompressor(): Context;
  freeCompressor(context: Context): Outcome;
  freeDecompressor(context: Context): Outcome;
  compress(...call: [Context, Uint8Array, number, Uint8Array, number, number]): Outcome;
  decompress(...call: [Context, Uint8Array, number, Uint8Array, number]): Outcome;
  errorName(outcome: Outcome): string;
}

/** This thread's codec on the system's libzstd. Throws CODEC_UNSUPPORTED where that, or koffi, does not load. */
export function openSystemCodec(load: KoffiLoader = requireKoffi): Codec {
  let library: ZstdLibrary;
  try {
    library = bindLibrary(load());
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split('\n', 1)[0] : String(cause);
    throw new SavepointError(
      'CODEC_UNSUPPORTED',
      `The system's zstd can't be used (${LIBRARY}: ${reason}).`,
      {
        fields: { library: LIBRARY, reason },
        cause,
      },
    );
  }
  return new SystemCodec(library);
}

function bindLibrary(koffi: Koffi): ZstdLibrary {
  const library = koffi.load(LIBRARY);
  const bind = <Name extends keyof ZstdLibrary>(definition: string) =>
    library.func(definition) as unknown as ZstdLibrary[Name];
  return {
    createCompressor: bind<'createCompressor'>('void *ZSTD_createCCtx()'),
    createDecompressor: bind<'createDecompressor'>('void *ZSTD_createDCtx()'),
    freeCompressor: bind<'freeCompressor'>('size_t ZSTD_freeCCtx(void *)'),
    freeDecompressor: bind<'freeDecompressor'>('size_t ZSTD_freeDCtx(void *)'),
    compress: bind<'compress'>('size_t ZSTD_compressCCtx(void *, void *, size_t, const void *, size_t, int)'),
    decompress: bind<'decompress'>(
      'size_t ZSTD_decompressDCtx(void *, void *, size_t, const void *, size_t)',
    ),
    errorName: bind<'errorName'>('const char *ZSTD_getErrorName(size_t)'),
  };
}

class SystemCodec implements Codec {
  readonly name = `${LIBRARY} (system)`;
  private compressor: Context = null;
  private decompressor: Context = null;
  private output = new Uint8Array(0);

  constructor(private readonly library: ZstdLibrary) {
    // A worker's memory goes with it, but not what C allocated for it.
    if (!isMainThread) process.once('exit', () => this.free());
  }

  compress(raw: Uint8Array, level: number): Uint8Array {
    this.compressor ??= this.library.createCompressor();
    assert(this.compressor !== null, 'there is memory for a zstd compressor');
    const capacity = compressBound(raw.length);
    if (capacity > this.output.length) this.output = uninitialized(capacity);
    const { output } = this;
    const outcome = this.library.compress(this.compressor, output, output.length, raw, raw.length, level);
    assert(typeof outcome === 'number', `zstd compresses into its own bound: ${this.describe(outcome)}`);
    return output.subarray(0, outcome);
  }

  decompress(frame: Uint8Array, rawLengthBytes: number, into?: Uint8Array): Uint8Array {
    requireWholeFrame(frame, rawLengthBytes);
    this.decompressor ??= this.library.createDecompressor();
    assert(this.decompressor !== null, 'there is memory for a zstd decompressor');
    const fits = into !== undefined && into.length >= rawLengthBytes;
    const raw = fits ? into.subarray(0, rawLengthBytes) : uninitialized(rawLengthBytes);
    const outcome = this.library.decompress(this.decompressor, raw, raw.length, frame, frame.length);
    if (typeof outcome !== 'number') throw corruptFrame(`it does not decode (${this.describe(outcome)})`);
    if (outcome !== rawLengthBytes) throw corruptFrame(`${outcome} bytes came out of it`);
    return raw;
  }

  private describe(outcome: Outcome): string {
    return typeof outcome === 'bigint' ? this.library.errorName(outcome) : `${outcome} bytes`;
  }

  private free(): void {
    if (this.compressor !== null) this.library.freeCompressor(this.compressor);
    if (this.decompressor !== null) this.library.freeDecompressor(this.decompressor);
    this.compressor = null;
    this.decompressor = null;
  }
}

/** Bytes that the caller fills before anyone reads them: zeroing a block first takes longer than decoding some. */
function uninitialized(lengthBytes: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.allocUnsafeSlow(lengthBytes).buffer, 0, lengthBytes);
}
