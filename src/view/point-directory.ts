// Under which names the points of a store stand in a tree. A value: what another state of the store has is another one.
import type { Point } from '../points.js';

export interface PointDirectory {
  /** By their names, in which `~` stands for `/`; no name of a point has one. Oldest first. */
  readonly byName: ReadonlyMap<string, Point>;
  /** The names above, by when the points were made: `2026-01-31-235959`, in UTC. */
  readonly byTime: ReadonlyMap<string, string>;
  /** The name of the newest one. */
  readonly latest: string | undefined;
}

/** `points` are oldest first. Damaged ones have no time. */
export function pointDirectory(points: readonly Point[]): PointDirectory {
  const byName = new Map<string, Point>();
  const byTime = new Map<string, string>();
  for (const point of points) {
    const name = point.name.replaceAll('/', '~');
    byName.set(name, point);
    if (point.createdAt === '') continue;
    const time = point.createdAt.slice(0, 19).replace('T', '-').replaceAll(':', '');
    // The first one of a second has it for itself; by the id, the names of others do not change as points come and go.
    byTime.set(byTime.has(time) ? `${time}-${point.id.slice(0, 12)}` : time, name);
  }
  return { byName, byTime, latest: [...byName.keys()].at(-1) };
}
