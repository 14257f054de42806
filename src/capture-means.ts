// What it takes to capture a component, whatever kind it is of.
import type { ChunkCutter } from '../store/chunking/chunk-cutter.js';
import type { ObjectFormat, ObjectId } from '../store/object-id.js';
import type { Platform } from '../store/platform.js';
import type { ComponentDefinition } from './components.js';
import type { CaptureCounts, CapturePool, captureTree, DirectoryIds, FileStatCaches } from './composition.js';
import type { StateAdapters } from './state/state-adapters.js';
import type { DocumentSource } from './state/state-reader.js';

export interface CaptureMeans {
  readonly findCache: (
    definition: Pick<ComponentDefinition, 'origin' | 'only'>,
  ) => ReturnType<FileStatCaches['find']>;
  readonly adapters: StateAdapters;
  /** The documents of the last point that has a component; none where this is missing. */
  readonly findPrevious?: (component: string) => Promise<PreviousDocuments | undefined>;
  readonly pool: CapturePool;
  readonly metadata: Parameters<typeof captureTree>[0]['metadata'];
  /** Large documents are left to the pool, which stores them; where it only finds out ids, nobody could read them. */
  readonly storesDocuments?: boolean;
  /** Hears how large a document is whose content is left to the pool. */
  readonly onDocument?: (id: ObjectId, sizeBytes: number) => void;
  readonly platform: Platform;
  readonly cutter: ChunkCutter;
  readonly format: ObjectFormat;
  /** Never captured. */
  readonly storeLocation: string;
  /** Relative paths to which the capture is limited further; all where this is missing. */
  readonly scope?: readonly string[];
  readonly onProgress?: (counts: CaptureCounts) => void;
  readonly signal?: AbortSignal;
}

export interface PreviousDocuments {
  readonly context: DocumentSource;
  readonly ids: DirectoryIds;
}
