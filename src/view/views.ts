// What an open store offers of points as file systems. The code of each is loaded when it is first used.
import type { Session } from '../session.js';
import type { PointServer, ServeOptions } from '../webdav/serve-webdav.js';
import type { PointVolume } from './mount-point.js';
import type { OpenViewOptions } from './open-view.js';

export interface SavepointViews {
  /**
   * A point as a memfs volume, copy-on-write: each component in a directory of its name, or one alone. Unmount it when it is
   * no longer needed; closing the store does so, too.
   */
  mountPoint(point: string, options?: OpenViewOptions): Promise<PointVolume>;
  /**
   * Serves a point, or all points as they come and go, as read-only WebDAV over HTTP: to programs of this user on this
   * machine, or to whoever has one of the `credentials`. Throws POINT_NOT_FOUND, USAGE where others could reach it without
   * having to say who they are, ADDRESS_UNAVAILABLE, and UNSUPPORTED. See src/webdav/README.md.
   */
  serveWebdav(options?: ServeOptions): Promise<PointServer>;
}

export function viewsOf(session: Session): SavepointViews {
  return {
    mountPoint: async (point, options = {}) =>
      (await import('./mount-point.js')).mountPoint(session, point, options),
    serveWebdav: async (options = {}) =>
      (await import('../webdav/serve-webdav.js')).serveWebdav(session, options),
  };
}
