// What goes between a process and the one that it starts to serve a mount.
import type { Point } from '../points.js';
import type { MountProblem } from './mount-news.js';
import type { BackgroundMountOptions } from './mount-options.js';

export interface BackgroundStart {
  readonly store: string;
  readonly directory: string;
  readonly options: BackgroundMountOptions;
}

/** How it went. */
export type BackgroundNews =
  | { readonly mounted: { readonly point: Point | undefined; readonly directory: string } }
  | { readonly problem: MountProblem };
