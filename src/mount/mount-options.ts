// What is mounted, and for whom.
import type { UnreadableFile } from './mount-news.js';

/** Plain data. */
export interface BackgroundMountOptions {
  /** The point; all points of the store where it is missing: `by-name/`, `by-time/` and `latest`, as they come and go. */
  readonly point?: string;
  /** Only this component of the point, whose root is the mount's; else each stands in a directory of its name. */
  readonly component?: string;
  /** Bounds the decoded blocks that are kept: 32 MiB unless set, and no fewer than 16. */
  readonly cacheBytes?: number;
  /**
   * Whether other users may use it, by the permissions that its files have; else only the user of this process may. The
   * directories above a component, which may have kept others out of it, are not part of a point.
   */
  readonly allowOther?: boolean;
}

export interface MountOptions extends BackgroundMountOptions {
  /** Told of each file that is damaged. */
  readonly onUnreadable?: (file: UnreadableFile) => void;
}
