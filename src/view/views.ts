// What an open store offers of points as file systems. The code of each is loaded when it is first used.
import type { Session } from '../session.js';
import type { PointVolume } from './mount-point.js';
import type { OpenViewOptions } from './open-view.js';

export interface SavepointViews {
  /**
   * A point as a memfs volume, copy-on-write: each component in a directory of its name, or one alone. Unmount it when it is
   * no longer needed; closing the store does so, too.
   */
  mountPoint(point: string, options?: OpenViewOptions): Promise<PointVolume>;
}

export function viewsOf(session: Session): SavepointViews {
  return {
    mountPoint: async (point, options = {}) =>
      (await import('./mount-point.js')).mountPoint(session, point, options),
  };
}
