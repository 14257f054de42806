// Opens a bundle, from a file or a stream: what it holds and what it builds on are known at once, its objects come later.
import { createReadStream } from 'node:fs';
import { type BundleReading, openBundleReading } from '../../store/bundle/read-bundle.js';
import { SavepointError } from '../../store/errors.js';
import type { ObjectFormat } from '../../store/object-id.js';
import type { Platform } from '../../store/platform.js';
import { createPlatform, nodePath } from '../composition.js';
import { type BundleDescription, parseDescription } from './bundle-description.js';

/** Where a bundle is read from: a file by its path, or its bytes in order, such as `process.stdin`. */
export type BundleSource = string | AsyncIterable<Uint8Array>;

/** A bundle of which only the header is read. It can be used once, and has to be closed. */
export interface OpenBundle extends BundleDescription {
  readonly objectFormat: ObjectFormat;
  readonly reading: BundleReading;
  readonly platform: Platform;
  close(): Promise<void>;
}

/** Throws BUNDLE_CORRUPT where it does not begin as a bundle, BUNDLE_NEWER, PATH_NOT_FOUND, PERMISSION_DENIED. */
export async function openBundle(source: BundleSource): Promise<OpenBundle> {
  const platform = await createPlatform();
  const bytes = typeof source === 'string' ? readFile(source) : source;
  const reading = await openBundleReading(platform, bytes);
  try {
    const description = parseDescription(reading.description, reading.format);
    const close = () => reading.close();
    return { ...description, objectFormat: reading.format, reading, platform, close };
  } catch (error) {
    await reading.close();
    throw error;
  }
}

const PIECE_BYTES = 1 << 20;

async function* readFile(path: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(nodePath(path), { highWaterMark: PIECE_BYTES });
  } catch (error) {
    throw unreadable(path, error);
  }
}

function unreadable(path: string, cause: unknown): unknown {
  const { code } = cause as NodeJS.ErrnoException;
  const detail = { fields: { path }, cause };
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return new SavepointError('PATH_NOT_FOUND', `There is no file ${path}.`, detail);
    case 'EISDIR':
      return new SavepointError('PATH_NOT_FOUND', `${path} is a directory, and no bundle.`, detail);
    case 'EACCES':
    case 'EPERM':
      return new SavepointError('PERMISSION_DENIED', `${path} can't be read: permission denied.`, detail);
    case 'EIO':
      return new SavepointError('STORAGE_FAILED', `${path} can't be read: its disk fails.`, detail);
    default:
      return cause;
  }
}
