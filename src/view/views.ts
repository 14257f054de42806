// What an open store offers of points as file systems. The code of each is loaded when it is first used.
import type { Session } from '../session.js';
import type { GlobOptions } from './glob-point.js';
import type { PointVolume } from './mount-point.js';
import type { PointFs } from './open-point-fs.js';
import type { OpenViewOptions } from './open-view.js';

export interface SavepointViews {
  /**
   * A point as a memfs volume, copy-on-write: each component in a directory of its name, or one alone. Unmount it when it is
   * no longer needed; closing the store does so, too.
   */
  mountPoint(point: string, options?: OpenViewOptions): Promise<PointVolume>;
  /**
   * A point as a read-only file system in the shape of node:fs, for programs that take one: with callbacks, synchronous, and
   * with promises. Each component stands in a directory of its name, or one alone is the root. Unmount it when it is no
   * longer needed; closing the store does so, too. Throws POINT_NOT_FOUND, COMPONENT_NOT_FOUND, OBJECT_CORRUPT.
   */
  openPointFs(point: string, options?: OpenViewOptions): Promise<PointFs>;
  /**
   * Paths of a point, named or open, that match patterns, as fast-glob finds them in a directory, in no order: `etc/ssh/*.conf`,
   * from the component's name on, or with `component` from its root on. `options` are fast-glob's. Throws as `openPointFs`,
   * ENOENT where the directory `cwd` is missing, and EIO where the store is damaged.
   */
  glob(
    point: string | PointFs,
    patterns: string | readonly string[],
    options?: GlobOptions,
  ): Promise<string[]>;
}

export function viewsOf(session: Session): SavepointViews {
  return {
    mountPoint: async (point, options = {}) =>
      (await import('./mount-point.js')).mountPoint(session, point, options),
    openPointFs: async (point, options = {}) =>
      (await import('./open-point-fs.js')).openPointFs(session, point, options),
    glob: async (point, patterns, options = {}) =>
      (await import('./glob-point.js')).globPoint(session, point, patterns, options),
  };
}
