// Pins keep points from being removed, by hand or by retention.
import { REMOVED } from '../store/collect/collect-context.js';
import type { ObjectId } from '../store/object-id.js';
import { idsBelow } from '../store/refs/ref-state.js';
import { findPoints, PINS, type Point } from './points.js';
import type { Session } from './session.js';

/** Pins the points that `texts` name; those that are pinned stay so. Throws POINT_NOT_FOUND. */
export function pinPoints(session: Session, texts: readonly string[]): Promise<Point[]> {
  return setPins(session, texts, true);
}

/** Takes the pins of the points that `texts` name away. Throws POINT_NOT_FOUND. */
export function unpinPoints(session: Session, texts: readonly string[]): Promise<Point[]> {
  return setPins(session, texts, false);
}

/** The ids of the points that are pinned. */
export async function listPins(session: Session): Promise<Set<ObjectId>> {
  return idsBelow(await session.store.refs.read(), PINS);
}

async function setPins(session: Session, texts: readonly string[], isPinned: boolean): Promise<Point[]> {
  const points = await findPoints(session, texts);
  const { refs } = await session.store.refs.read();
  await session.store.refs.update(
    points.flatMap(({ id }) => {
      const expected = refs.get(PINS + id)?.id;
      return [
        { name: PINS + id, expected, value: isPinned ? id : undefined },
        // It must not be removed in between.
        { name: REMOVED + id, expected: undefined, value: undefined },
      ];
    }),
  );
  return points;
}
