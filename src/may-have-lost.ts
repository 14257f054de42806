// Whether a store may lack what its points need, so that nothing may be taken for stored on anybody's word.
import type { ObjectIndex } from '../store/index/object-index.js';
import type { PointRef } from './points.js';

/** Where a pack, or the index that would tell of one, is lost. */
export function mayHaveLost(index: ObjectIndex, points: readonly PointRef[]): boolean {
  const isIndexLost = points.length > 0 && index.state.segments.length === 0;
  return isIndexLost || index.state.unindexedPacks.length > 0 || index.hasLost();
}
