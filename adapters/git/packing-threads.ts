// Packs blocks of a store for git, in as many threads as there are processors, or in this one.
import { availableParallelism } from 'node:os';
import type { Platform } from '../../store/platform.js';
import { ThreadPool } from '../node/thread-pool.js';
import {
  type BlockRequest,
  type PackedObjects,
  type PackedPiece,
  type PackingFormats,
  type PackingRequest,
  type PieceRequest,
  packBlock,
  packPiece,
} from './pack-block.js';

export interface PackingThreads {
  /** So many requests keep all threads busy. Blocks that are given with them are used up. */
  readonly mostOutstanding: number;
  packBlock(request: BlockRequest): Promise<PackedObjects>;
  packPiece(request: PieceRequest): Promise<PackedPiece>;
  end(): Promise<void>;
}

/** Each takes some 30 MB. */
const MOST_THREADS = 4;
const OUTSTANDING_EACH = 3;

/** Threads are worth it from `requests` on that take them longer than their start; `inThread` has none at all. */
export function createPackingThreads(options: {
  readonly platform: Platform;
  readonly formats: PackingFormats;
  readonly requests: number;
  readonly inThread: boolean;
}): PackingThreads {
  const { platform, formats, requests } = options;
  if (options.inThread || requests < 4) {
    return {
      mostOutstanding: 1,
      packBlock: async (request) => packBlock(platform, formats, request),
      packPiece: async (request) => packPiece(platform, formats.from, request),
      end: async () => undefined,
    };
  }
  const size = Math.max(1, Math.min(MOST_THREADS, availableParallelism(), requests));
  const pool = new ThreadPool<PackingRequest>({
    script: new URL('./packing-worker.js', import.meta.url),
    ...{ size, startWith: () => formats, mostOutstanding: OUTSTANDING_EACH },
  });
  return {
    mostOutstanding: size * OUTSTANDING_EACH,
    packBlock: async (request) => (await pool.send(request, [bufferOf(request)])) as PackedObjects,
    packPiece: async (request) => (await pool.send(request, [bufferOf(request)])) as PackedPiece,
    end: () => pool.terminate(),
  };
}

function bufferOf({ block }: PackingRequest): ArrayBuffer {
  return block.stored.buffer as ArrayBuffer;
}
