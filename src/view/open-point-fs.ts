// Opens a point as a read-only file system in the shape of node:fs, for programs that take one.
import type { Point } from '../points.js';
import type { Session } from '../session.js';
import { type ReadOnlyFs, readOnlyFs } from './fs/read-only-fs.js';
import { type OpenViewOptions, openView } from './open-view.js';
import { OpenPoint } from './point-entries.js';

/** A point as `fs`. Whoever opened it unmounts it; until then the store's packs are held. */
export type PointFs = ReadOnlyFs & {
  /** The point that it is of. */
  readonly point: Point;
  /** Lets go of the store: what is read afterwards ends in EIO. Unmounting twice is fine. */
  unmount(): void;
  [Symbol.dispose](): void;
};

/** Throws what `openView` throws. */
export async function openPointFs(
  session: Session,
  text: string,
  options: OpenViewOptions = {},
): Promise<PointFs> {
  // Each call copies what it gives before the next one reads.
  const { view, point } = await openView(session, text, { ...options, isTransient: true });
  const open = new OpenPoint(view);
  const unmount = session.hold(() => open.close());
  return { ...readOnlyFs(open.root()), point, unmount, [Symbol.dispose]: unmount };
}
