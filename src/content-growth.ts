// How much of a large file is new: files that are kept in chunks share those whose content is equal. Of points nothing is
// read but the lists of chunks; a live file is read once, window by window.
import { readSync } from 'node:fs';
import { checkAborted } from '../store/errors.js';
import { LARGE_OBJECT_BYTES, LargeObject } from '../store/large-object.js';
import { hashObject } from '../store/objects/object-header.js';
import type { RecipeChunk } from '../store/pack/record.js';
import { closeDescriptor, openForReading } from './composition.js';
import type { FileChange } from './diff-points.js';
import { toLiveError } from './live-file.js';
import type { Session } from './session.js';

/** How much a file holds, and how much of it is new. */
export interface ContentGrowth {
  readonly beforeBytes: number;
  readonly afterBytes: number;
  /** What is in no chunk of before; missing where a side is too small to have chunks. */
  readonly newBytes?: number;
}

export interface ContentGrowthOptions {
  /** Whether a live file may be read for it. */
  readonly readLive?: boolean;
  readonly signal?: AbortSignal;
}

const WINDOW_BYTES = 8 << 20;

/**
 * `undefined` where a side is no file, or both are equal. Throws PATH_NOT_FOUND or PERMISSION_DENIED where a live file
 * can't be read any more, and what reading objects throws.
 */
export async function contentGrowth(
  session: Session,
  change: FileChange,
  options: ContentGrowthOptions = {},
): Promise<ContentGrowth | undefined> {
  const { before, after } = change;
  if (before?.type !== 'file' || after?.type !== 'file' || before.id === after.id) return undefined;
  const sizes = { beforeBytes: before.sizeBytes ?? 0, afterBytes: after.sizeBytes ?? 0 };
  if (Math.min(sizes.beforeBytes, sizes.afterBytes) <= LARGE_OBJECT_BYTES) return sizes;
  if (change.live !== undefined && options.readLive !== true) return sizes;
  const left = await chunksOf(session, { change, side: 'before', signal: options.signal });
  const right = await chunksOf(session, { change, side: 'after', signal: options.signal });
  if (left === undefined || right === undefined) return sizes;
  const known = new Set(left.map(({ id }) => id));
  const newBytes = right.reduce((sum, { id, lengthBytes }) => sum + (known.has(id) ? 0 : lengthBytes), 0);
  return { ...sizes, newBytes };
}

interface WantedChunks {
  readonly change: FileChange;
  readonly side: 'before' | 'after';
  readonly signal: AbortSignal | undefined;
}

async function chunksOf(
  session: Session,
  { change, side, signal }: WantedChunks,
): Promise<readonly RecipeChunk[] | undefined> {
  const id = change[side]?.id;
  if (id === undefined || (change.live === side && change.document !== undefined)) return undefined;
  if (change.live !== side) return (await session.contents.findRecipe(id))?.chunks;
  const path = side === 'before' ? (change.oldLivePath ?? change.livePath) : change.livePath;
  try {
    return await cutLiveFile(session, { path, sizeBytes: change[side]?.sizeBytes ?? 0, signal });
  } catch (error) {
    throw toLiveError(error, path);
  }
}

/** The chunks of a live file; `undefined` where it has become shorter. */
async function cutLiveFile(
  { store }: Session,
  file: { readonly path: string; readonly sizeBytes: number; readonly signal: AbortSignal | undefined },
): Promise<RecipeChunk[] | undefined> {
  const { platform, format } = store;
  const chunks: RecipeChunk[] = [];
  const addChunk = async (content: Uint8Array) => {
    chunks.push({
      id: hashObject(platform, format, { kind: 'blob', content }),
      lengthBytes: content.length,
    });
  };
  const { sizeBytes } = file;
  const cutter = store.createCutter();
  const large = new LargeObject({ platform, format, cutter, kind: 'blob', sizeBytes, addChunk });
  const descriptor = openForReading(file.path);
  try {
    const window = Buffer.allocUnsafe(WINDOW_BYTES);
    let [read, kept] = [0, 0];
    while (read < sizeBytes) {
      checkAborted(file.signal);
      const got = readSync(descriptor, window, kept, Math.min(WINDOW_BYTES - kept, sizeBytes - read), read);
      if (got === 0) return undefined;
      [read, kept] = [read + got, kept + got];
      const used = await large.take(window.subarray(0, kept), read === sizeBytes);
      window.copyWithin(0, used, kept);
      kept -= used;
    }
    return chunks;
  } finally {
    closeDescriptor(descriptor);
  }
}
