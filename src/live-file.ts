// The content of a live file, for what compares it with a point. No symbolic link is followed, and no more is read
// than was asked for.
import { readlinkSync, readSync } from 'node:fs';
import { isSavepointError, SavepointError } from '../store/errors.js';
import {
  closeDescriptor,
  nodePath,
  openForReading,
  readLongWord,
  readStatus,
  STATUS_WORDS,
  WORD,
} from './composition.js';

/** Larger files are not read by keys: they are no configuration. */
export const MOST_KEYED_BYTES = 8 << 20;

/** The size in bytes of the file at `path`; `undefined` where there is none, or it can't be reached. */
export function findLiveSize(path: string): number | undefined {
  const words = new Int32Array(STATUS_WORDS);
  return readStatus(path, words, 0) === 0 ? readLongWord(words, WORD.size) : undefined;
}

/**
 * The bytes of the file at `path`, or the target of the symbolic link there; `undefined` where they are more than
 * `mostBytes`. Throws PATH_NOT_FOUND or PERMISSION_DENIED.
 */
export function readLiveFile(
  path: string,
  options: { type: 'file' | 'symlink'; mostBytes: number },
): Uint8Array | undefined {
  try {
    if (options.type === 'symlink') return readlinkSync(nodePath(path), { encoding: 'buffer' });
    return readBytes(path, options.mostBytes);
  } catch (error) {
    throw toLiveError(error, path);
  }
}

function readBytes(path: string, mostBytes: number): Uint8Array | undefined {
  const descriptor = openForReading(path);
  try {
    const target = Buffer.allocUnsafe(Math.min(mostBytes, findLiveSize(path) ?? 0) + 1);
    return readAll(descriptor, target, mostBytes);
  } finally {
    closeDescriptor(descriptor);
  }
}

/** The file may grow while it is read: `target` then becomes larger, up to `mostBytes` and one. */
function readAll(descriptor: number, target: Buffer, mostBytes: number): Uint8Array | undefined {
  let filled = 0;
  for (;;) {
    const got = readSync(descriptor, target, filled, target.length - filled, null);
    if (got === 0) return target.subarray(0, filled);
    filled += got;
    if (filled > mostBytes) return undefined;
    if (filled < target.length) continue;
    const larger = Buffer.allocUnsafe(Math.min(mostBytes, target.length * 2) + 1);
    target.copy(larger);
    target = larger;
  }
}

/** What the system says where there is nothing, or another kind of file. */
const SAYS_OTHER = ['ENOENT', 'ENOTDIR', 'EISDIR', 'EINVAL', 'ELOOP', 'ENXIO'];

/** What `error`, of a call on the live file at `path`, means to whoever asked for it. */
export function toLiveError(error: unknown, path: string): unknown {
  const code = isSavepointError(error) ? error.fields['errno'] : (error as NodeJS.ErrnoException).code;
  if (code === 'EACCES' || code === 'EPERM') {
    return new SavepointError(
      'PERMISSION_DENIED',
      `${path} can't be read; repeat as its owner, or as root.`,
      {
        fields: { path },
        cause: error,
      },
    );
  }
  if (!SAYS_OTHER.includes(String(code))) return error;
  return new SavepointError(
    'PATH_NOT_FOUND',
    `${path} is no longer what it was when it was compared; compare again.`,
    {
      fields: { path },
      cause: error,
    },
  );
}
