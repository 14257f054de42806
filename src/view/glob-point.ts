// Finds paths in a point by fast-glob's patterns.
import { resolve } from 'node:path/posix';
import type { Options } from 'fast-glob';
import { SavepointError } from '../../store/errors.js';
import type { Session } from '../session.js';
import { openPointFs, type PointFs } from './open-point-fs.js';
import type { OpenViewOptions } from './open-view.js';

/** What fast-glob has options for, besides: see its documentation. */
export interface GlobOptions
  extends Omit<OpenViewOptions, 'cacheBytes'>,
    Omit<Options, 'fs' | 'objectMode' | 'stats'> {
  /** The directory of the point that patterns start from, and that paths are given from: its root unless set. */
  readonly cwd?: string;
}

/**
 * Throws what `openPointFs` throws, USAGE where a pattern is empty, ENOENT or ENOTDIR where `cwd` is no directory, and EIO
 * where the store is damaged.
 */
export async function globPoint(
  session: Session,
  point: string | PointFs,
  patterns: string | readonly string[],
  { component, ...options }: GlobOptions = {},
): Promise<string[]> {
  const all = typeof patterns === 'string' ? [patterns] : [...patterns];
  if (all.length === 0 || all.includes('')) {
    throw new SavepointError('USAGE', "An empty pattern names nothing; '**' finds all files.");
  }
  if (typeof point !== 'string') {
    if (component === undefined) return globIn(point, all, options);
    const text = `The point is open as it is; open it with the component '${component}', or give its name.`;
    throw new SavepointError('USAGE', text, { fields: { component } });
  }
  const fs = await openPointFs(session, point, component === undefined ? {} : { component });
  try {
    return await globIn(fs, all, options);
  } finally {
    fs.unmount();
  }
}

async function globIn(
  fs: PointFs,
  patterns: string[],
  { cwd = '/', ...options }: Omit<GlobOptions, 'component'>,
): Promise<string[]> {
  const { default: glob } = await import('fast-glob');
  const directory = resolve('/', cwd);
  await fs.promises.readdir(directory);
  return glob(patterns, { ...options, fs, cwd: directory });
}
