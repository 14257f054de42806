// Cuts bytes into chunks where their content says so, so that equal content is cut alike wherever it stands.
// Invariant of the format: equal parameters and equal bytes give equal cuts, in every version and on every machine.
import { SavepointError } from '../errors.js';
import { type ChunkingKernel, HASHED_BYTES } from './chunking-kernel.js';
import { type CutRule, CutSearch } from './cut-search.js';
import { createJavaScriptKernel } from './javascript-kernel.js';
import { createWebAssemblyKernel } from './webassembly-kernel.js';

/** Written into `store.json` once: a store that changes them finds none of its chunks again. */
export interface ChunkingParameters {
  /** No chunk is shorter, save the last one of its input. At least 64. */
  readonly minimumBytes: number;
  /** What the mean length of chunks is close to, within about a tenth. Between the other two. */
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
   * which looks at them anew. A window of `maximumBytes` always gives a chunk; one of several times that is faster.
   */
  cutAll(bytes: Uint8Array, final: boolean): number[];
}

/**
 * FastCDC (Xia et al., USENIX ATC 2016; IEEE TPDS 2020) with another end for chunks that stay uncut, in this exact form:
 *
 * - gear[0…255] are the outputs of SplitMix64 for `seed` (gear-table.ts). The hash at a byte is the upper half of
 *   the sum of gear[b] · 2^k modulo 2^64 over the last 64 bytes b: the byte itself with k = 0, the one before it
 *   with k = 1, and so on.
 * - A cut stands behind a byte, and makes a chunk of L bytes. It is clear where the hash at that byte is below
 *   floor(2^32 / averageBytes), and a candidate where it is below floor(2^38 / averageBytes).
 *   deadline = min(2 · averageBytes - minimumBytes, maximumBytes).
 * - The chunk ends at the first clear cut with minimumBytes ≤ L < deadline.
 * - Where there is none, and the input has at least `deadline` bytes from the chunk's start on, it ends at the
 *   candidate with minimumBytes ≤ L < deadline that has the lowest hash, the last one of equals;
 *   where there is no candidate either, at the first candidate with deadline ≤ L ≤ maximumBytes.
 * - Otherwise it ends at `maximumBytes`, or with the input.
 *
 * The papers reach a mean near `averageBytes` by two masks, which assume that most runs of 64 bytes are unique. In
 * half-empty database pages they are not, chunks grow, and ends forced by length spread a change far behind it. The
 * lowest hash of a range is there whatever the bytes are, and two neighbouring ranges mostly agree on it.
 *
 * Throws USAGE for parameters out of bounds, and UNSUPPORTED where `kernel` asks for WebAssembly that is not there.
 */
export function createChunkCutter(
  parameters: ChunkingParameters,
  options: { kernel?: ChunkCutter['kernel'] } = {},
): ChunkCutter {
  checkParameters(parameters);
  const rule = createCutRule(parameters);
  const kernel = createKernel(parameters.seed, options.kernel);
  return {
    kernel: kernel.name,
    nextCut: (bytes, final) => new CutSearch(bytes, rule, kernel).next(final),
    cutAll(bytes, final) {
      const search = new CutSearch(bytes, rule, kernel);
      const lengths: number[] = [];
      for (let length = search.next(final); length > 0; length = search.next(final)) lengths.push(length);
      return lengths;
    },
  };
}

function checkParameters({ minimumBytes, averageBytes, maximumBytes, seed }: ChunkingParameters): void {
  const sizesFit =
    [minimumBytes, averageBytes, maximumBytes].every(Number.isSafeInteger) &&
    HASHED_BYTES <= minimumBytes &&
    minimumBytes < averageBytes &&
    averageBytes < maximumBytes &&
    maximumBytes <= LARGEST_CHUNK_BYTES;
  if (!sizesFit) {
    throw new SavepointError(
      'USAGE',
      `Chunk sizes ${minimumBytes}, ${averageBytes} and ${maximumBytes} do not fit: give whole numbers of bytes with ` +
        `${HASHED_BYTES} ≤ minimum < average < maximum ≤ ${LARGEST_CHUNK_BYTES}.`,
      { fields: { minimumBytes, averageBytes, maximumBytes } },
    );
  }
  if (seed !== seed >>> 0) {
    const fields = { seed };
    throw new SavepointError('USAGE', `Chunking seed ${seed} is no whole number from 0 to 4294967295.`, {
      fields,
    });
  }
}

const LARGEST_CHUNK_BYTES = 64 * 1024 * 1024;

function createCutRule({ minimumBytes, averageBytes, maximumBytes }: ChunkingParameters): CutRule {
  return {
    minimumBytes,
    deadlineBytes: Math.min(2 * averageBytes - minimumBytes, maximumBytes),
    maximumBytes,
    candidateThreshold: Math.floor(2 ** 38 / averageBytes),
    cutThreshold: Math.floor(2 ** 32 / averageBytes),
  };
}

function createKernel(seed: number, wanted: ChunkCutter['kernel'] | undefined): ChunkingKernel {
  const kernel = wanted === 'javascript' ? undefined : createWebAssemblyKernel(seed);
  if (kernel === undefined && wanted === 'webassembly') {
    throw new SavepointError('UNSUPPORTED', 'This runtime has no WebAssembly. Use the JavaScript kernel.');
  }
  return kernel ?? createJavaScriptKernel(seed);
}
