// What an open store offers of points as file systems. The code of each is loaded when it is first used.
import type { Mount, MountOptions } from '../mount/mount.js';
import type { BackgroundMount } from '../mount/mount-in-background.js';
import type { Session } from '../session.js';
import type { PointVolume } from './mount-point.js';
import type { OpenViewOptions } from './open-view.js';

export interface SavepointViews {
  /**
   * A point as a memfs volume, copy-on-write: each component in a directory of its name, or one alone. Unmount it when it is
   * no longer needed; closing the store does so, too.
   */
  mountPoint(point: string, options?: OpenViewOptions): Promise<PointVolume>;
  /**
   * Mounts a point, or the whole store, on an empty directory of this host, as a read-only file system that any process can use,
   * until it is unmounted: by `unmount`, a program like umount, or when the store is closed. Linux with FUSE. Throws
   * POINT_NOT_FOUND, COMPONENT_NOT_FOUND, PATH_NOT_FOUND where there is no `directory`, TARGET_CONFLICT where it can't be
   * mounted on, UNSUPPORTED or PERMISSION_DENIED where FUSE is not to be had, and OBJECT_CORRUPT and the like.
   */
  mount(directory: string, options?: MountOptions): Promise<Mount>;
  /** As `mount`, from a process of its own, which goes on when this one ends. */
  mountInBackground(
    directory: string,
    options?: Omit<MountOptions, 'onUnreadable'>,
  ): Promise<BackgroundMount>;
}

export function viewsOf(session: Session): SavepointViews {
  return {
    mountPoint: async (point, options = {}) =>
      (await import('./mount-point.js')).mountPoint(session, point, options),
    mount: async (directory, options = {}) =>
      (await import('../mount/mount.js')).mount(session, directory, options),
    mountInBackground: async (directory, options = {}) =>
      (await import('../mount/mount-in-background.js')).mountInBackground(session, directory, options),
  };
}
