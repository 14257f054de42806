// What an open store offers of points as file systems. The code of each is loaded when it is first used.
import type { Volume } from 'memfs';
import type { FileChange } from '../diff-points.js';
import type { Mount } from '../mount/mount.js';
import type { BackgroundMount } from '../mount/mount-in-background.js';
import type { BackgroundMountOptions, MountOptions } from '../mount/mount-options.js';
import type { Session } from '../session.js';
import type { PointServer, ServeOptions } from '../webdav/serve-webdav.js';
import type { CommittedVolume, CommitVolumeOptions } from './commit/commit-volume.js';
import type { DiffVolumeOptions } from './commit/diff-volume.js';
import type { GitVolume } from './git/mount-git.js';
import type { GitFs, OpenGitOptions } from './git/open-git.js';
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
   * Saves a memfs volume as a new point: one that was mounted from a point of this store by what changed in it, and any
   * other as a whole, as the component that is named. What is written to it meanwhile may be part of the point or not.
   */
  commitVolume(volume: Volume, options?: CommitVolumeOptions): Promise<CommittedVolume>;
  /** What differs between a mounted volume and the point that it was mounted from, told as `diff` does. */
  diffVolume(volume: Volume, options?: DiffVolumeOptions): AsyncGenerator<FileChange>;
  /**
   * Mounts a point, or the whole store, on an empty directory of this host, as a read-only file system that any process can use,
   * until it is unmounted: by `unmount`, a program like umount, or when the store is closed. Linux with FUSE. Throws
   * POINT_NOT_FOUND, COMPONENT_NOT_FOUND, PATH_NOT_FOUND where there is no `directory`, TARGET_CONFLICT where it can't be
   * mounted on, UNSUPPORTED or PERMISSION_DENIED where FUSE is not to be had, and OBJECT_CORRUPT and the like.
   */
  mount(directory: string, options?: MountOptions): Promise<Mount>;
  /** As `mount`, from a process of its own, which goes on when this one ends. */
  mountInBackground(directory: string, options?: BackgroundMountOptions): Promise<BackgroundMount>;
  /**
   * A point as a read-only file system in the shape of node:fs, for programs that take one: with callbacks, synchronous, and
   * with promises. Each component stands in a directory of its name, or one alone is the root. Unmount it when it is no
   * longer needed; closing the store does so, too. Throws POINT_NOT_FOUND, COMPONENT_NOT_FOUND, OBJECT_CORRUPT.
   */
  openPointFs(point: string, options?: OpenViewOptions): Promise<PointFs>;
  /**
   * Paths of a point, named or open, that match patterns, as fast-glob finds them in a directory, in no order: `etc/ssh/*.conf`,
   * from the component's name on, or with `component` from its root on. `options` are fast-glob's. Throws as `openPointFs`,
   * USAGE where a pattern is empty, ENOENT where the directory `cwd` is missing, and EIO where the store is damaged.
   */
  glob(
    point: string | PointFs,
    patterns: string | readonly string[],
    options?: GlobOptions,
  ): Promise<string[]>;
  /**
   * A store of sha1 ids as a git repository, as a read-only `fs` for isomorphic-git: `git.log({ fs, dir: '/' })`. Its tags are
   * the points, its branch `points` is the latest, and below `files` of a component stands what was saved. Ids are those of the
   * store. Unmount it when it is no longer needed. Throws UNSUPPORTED where ids are sha256.
   */
  openGitFs(options?: OpenGitOptions): Promise<GitFs>;
  /** As `openGitFs`, in a memfs volume: so git checks out, adds and commits there, all of it in memory. */
  mountGit(options?: OpenGitOptions): Promise<GitVolume>;
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
    commitVolume: async (volume, options = {}) =>
      (await import('./commit/commit-volume.js')).commitVolume(session, volume, options),
    async *diffVolume(volume, options = {}) {
      yield* (await import('./commit/diff-volume.js')).diffVolume(session, volume, options);
    },
    mount: async (directory, options = {}) =>
      (await import('../mount/mount.js')).mount(session, directory, options),
    mountInBackground: async (directory, options = {}) =>
      (await import('../mount/mount-in-background.js')).mountInBackground(session, directory, options),
    openPointFs: async (point, options = {}) =>
      (await import('./open-point-fs.js')).openPointFs(session, point, options),
    glob: async (point, patterns, options = {}) =>
      (await import('./glob-point.js')).globPoint(session, point, patterns, options),
    openGitFs: async (options = {}) => (await import('./git/open-git.js')).openGitFs(session, options),
    mountGit: async (options = {}) => (await import('./git/mount-git.js')).mountGit(session, options),
    serveWebdav: async (options = {}) =>
      (await import('../webdav/serve-webdav.js')).serveWebdav(session, options),
  };
}
