// What an open store offers of points as file systems. The code of each is loaded when it is first used.
import type { Volume } from 'memfs';
import type { FileChange } from '../diff-points.js';
import type { Session } from '../session.js';
import type { CommittedVolume, CommitVolumeOptions } from './commit/commit-volume.js';
import type { DiffVolumeOptions } from './commit/diff-volume.js';
import type { PointVolume } from './mount-point.js';
import type { OpenViewOptions } from './open-view.js';

export interface SavepointViews {
  /**
   * A point as a memfs volume, copy-on-write: each component in a directory of its name, or one alone. Unmount it when it is
   * no longer needed; closing the store does so, too.
   */
  mountPoint(point: string, options?: OpenViewOptions): Promise<PointVolume>;
  /**
   * Saves a memfs volume as a new point: one that was mounted from a point of this store by what changed in it, and any
   * other as a whole, as the component that is named. What is written to it meanwhile may be part of the point or not.
   */
  commitVolume(volume: Volume, options?: CommitVolumeOptions): Promise<CommittedVolume>;
  /** What differs between a mounted volume and the point that it was mounted from, told as `diff` does. */
  diffVolume(volume: Volume, options?: DiffVolumeOptions): AsyncGenerator<FileChange>;
}

export function viewsOf(session: Session): SavepointViews {
  return {
    mountPoint: async (point, options = {}) =>
      (await import('./mount-point.js')).mountPoint(session, point, options),
    commitVolume: async (volume, options = {}) =>
      (await import('./commit/commit-volume.js')).commitVolume(session, volume, options),
    async *diffVolume(volume, options = {}) {
      yield* (await import('./commit/diff-volume.js')).diffVolume(session, volume, options);
    },
  };
}
