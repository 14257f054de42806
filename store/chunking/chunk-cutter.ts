// Cuts bytes into chunks where their content says so, so that equal content is cut alike wherever it stands.
// Invariant of the format: equal parameters and equal bytes give equal cuts, in every version and on every machine.
import { SavepointError } from '../errors.js';
import type { ChunkingKernel } from './chunking-kernel.js';
import { createJavaScriptKernel } from './javascript-kernel.js';
import { createWebAssemblyKernel } from './webassembly-kernel.js';

/** Written into `store.json` once: a store that changes them finds none of its chunks again. */
export interface ChunkingParameters {
  /** No chunk but the last one of its input is shorter. At least 64. */
  readonly minimumBytes: number;
  /** Close to the mean length of chunks of varied content. Between the other two. */
  readonly averageBytes: number;
  /** No chunk is longer. At most 64 MiB. */
  readonly maximumBytes: number;
  /** Chooses the hash function; an unsigned 32-bit number. */
  readonly seed: number;
}

export const DEFAULT_CHUNKING: ChunkingParameters = {
  minimumBytes: 256 * 1024,
  averageBytes: 1024 * 1024,
  maximumBytes: 4 * 1024 * 1024,
  seed: 0,
};

/** Keeps nothing between calls: what it answers depends on its arguments alone. */
export interface ChunkCutter {
  readonly kernel: 'webassembly' | 'javascript';
  /**
   * The length of the first chunk of `bytes`, which begin where a chunk begins; 0 where more bytes are needed to
   * tell. `final` says that no bytes follow: then whatever is left is a chunk, and only empty input gives 0.
   */
  nextCut(bytes: Uint8Array, final: boolean): number;
  /**
   * The lengths of all chunks that can be told from `bytes`, in order. Bytes behind them belong to the next call,
   * which looks at them anew: windows of several times `maximumBytes` waste least.
   */
  cutAll(bytes: Uint8Array, final: boolean): number[];
}

/**
 * FastCDC (Xia et al., USENIX ATC 2016; IEEE TPDS 2020), in this exact form:
 *
 * - gear[0…255] are the outputs of SplitMix64 for `seed` (gear-table.ts). The hash at a byte is the sum of
 *   gear[b] · 2^k modulo 2^64 over the last 64 bytes b, the byte itself with k = 0, the one before it with k = 1, …
 * - A chunk ends behind the first byte that makes it L bytes long, `minimumBytes` ≤ L < `maximumBytes`, where the
 *   upper 32 bits of the hash are below floor(2^31 / averageBytes) for L < normal,
 *   and below floor(2^33 / averageBytes) for L ≥ normal (normalized chunking, level 1);
 *   normal = minimumBytes + floor((averageBytes - minimumBytes) / 3).
 * - Otherwise it ends at `maximumBytes`, or with the input.
 *
 * Unlike in the papers, the hash always covers 64 bytes, even at `minimumBytes`: whether a byte can end a chunk
 * depends on the 64 bytes before it and not on where the chunk began, so cuts fall into step sooner behind a change.
 *
 * Throws USAGE for parameters out of bounds, and UNSUPPORTED where `kernel` asks for WebAssembly that is not there.
 */
export function createChunkCutter(
  parameters: ChunkingParameters,
  options: { kernel?: ChunkCutter['kernel'] } = {},
): ChunkCutter {
  checkParameters(parameters);
  const kernel = createKernel(parameters.seed, options.kernel);
  const cut = createCut(parameters, kernel);
  return {
    kernel: kernel.name,
    nextCut: (bytes, final) => cut(bytes, 0, final),
    cutAll(bytes, final) {
      const lengths: number[] = [];
      for (let start = 0, length = 0; ; start += length) {
        length = cut(bytes, start, final);
        if (length === 0) return lengths;
        lengths.push(length);
      }
    },
  };
}

function checkParameters({ minimumBytes, averageBytes, maximumBytes, seed }: ChunkingParameters): void {
  const sizesFit =
    [minimumBytes, averageBytes, maximumBytes].every(Number.isSafeInteger) &&
    WINDOW_BYTES <= minimumBytes &&
    minimumBytes < averageBytes &&
    averageBytes < maximumBytes &&
    maximumBytes <= LARGEST_CHUNK_BYTES;
  if (!sizesFit) {
    throw new SavepointError(
      'USAGE',
      `Chunk sizes ${minimumBytes}, ${averageBytes} and ${maximumBytes} do not fit: give whole numbers of bytes with ` +
        `${WINDOW_BYTES} ≤ minimum < average < maximum ≤ ${LARGEST_CHUNK_BYTES}.`,
      { fields: { minimumBytes, averageBytes, maximumBytes } },
    );
  }
  if (seed !== seed >>> 0) {
    throw new SavepointError(
      'USAGE',
      `The chunking seed ${seed} is not a whole number from 0 to 4294967295.`,
      {
        fields: { seed },
      },
    );
  }
}

const WINDOW_BYTES = 64;
const LARGEST_CHUNK_BYTES = 64 * 1024 * 1024;

function createKernel(seed: number, wanted: ChunkCutter['kernel'] | undefined): ChunkingKernel {
  const kernel = wanted === 'javascript' ? undefined : createWebAssemblyKernel(seed);
  if (kernel === undefined && wanted === 'webassembly') {
    throw new SavepointError('UNSUPPORTED', 'This runtime has no WebAssembly. Use the JavaScript kernel.');
  }
  return kernel ?? createJavaScriptKernel(seed);
}

/** The rule of `createChunkCutter`, as a function that cuts one chunk off `bytes` from `start`. */
function createCut(parameters: ChunkingParameters, kernel: ChunkingKernel) {
  const { minimumBytes, averageBytes, maximumBytes } = parameters;
  const normalBytes = minimumBytes + Math.floor((averageBytes - minimumBytes) / 3);
  const strictThreshold = Math.floor(2 ** 31 / averageBytes);
  const looseThreshold = Math.floor(2 ** 33 / averageBytes);

  return (bytes: Uint8Array, start: number, final: boolean): number => {
    const knownBytes = Math.min(bytes.length - start, maximumBytes);
    const lengthWithoutCut = final || knownBytes === maximumBytes ? knownBytes : 0;
    if (knownBytes < minimumBytes) return lengthWithoutCut;
    // A chunk gets `length` bytes by its byte number `length - 1`.
    const first = start + minimumBytes - 1;
    const normal = start + normalBytes - 1;
    const last = start + knownBytes;
    kernel.restart(bytes, first - (WINDOW_BYTES - 1), first);
    const end =
      kernel.scan(bytes, { start: first, end: Math.min(normal, last), threshold: strictThreshold }) ||
      kernel.scan(bytes, { start: normal, end: last, threshold: looseThreshold });
    return end === 0 ? lengthWithoutCut : end - start;
  };
}
