// Which points an export adds to a repository, which are there, and which go: from the points of the store and the refs of the
// repository, before anything is written.
import { SavepointError } from '../../store/errors.js';
import type { ObjectId } from '../../store/object-id.js';
import { listAllPointRefs, listPointRefs, type PointRef } from '../points.js';
import type { Session } from '../session.js';
import type { ExportedPoint, ExportRecord } from './export-record.js';
import { BRANCH, pointNameOf, TAGS, tagNameOf } from './tag-name.js';

/** What is there before. */
export interface ExportTarget {
  readonly directory: string;
  readonly refs: ReadonlyMap<string, ObjectId | undefined>;
  readonly record: ExportRecord | undefined;
}

export interface PlannedPoint extends PointRef {
  /** The whole name of its tag. */
  readonly ref: string;
}

export interface KeptPoint extends PlannedPoint {
  readonly exported: ExportedPoint;
}

export interface ExportPlan {
  /** All points that the repository has in the end, oldest first. */
  readonly points: readonly (PlannedPoint | KeptPoint)[];
  /** Those of them that were asked for. */
  readonly selected: ReadonlySet<ObjectId>;
  /** Tags of points that the store has no longer, or whose names others have now. */
  readonly removed: readonly ExportedPoint[];
  /** All points that the store has. */
  readonly inStore: readonly ObjectId[];
  /** The point that the branch leads to: the latest that is no safety point, if there is one. */
  readonly latest: ObjectId | undefined;
}

/**
 * `named` are the points to be exported, all where they are missing; then the tags of those that are gone go, too. Throws
 * TARGET_CONFLICT where refs of others stand in the way.
 */
export async function planExport(
  session: Session,
  target: ExportTarget,
  named: readonly PointRef[] | undefined,
): Promise<ExportPlan> {
  const all = await listAllPointRefs(session);
  const listed = await listPointRefs(session);
  const selected = named ?? listed;
  const byId = new Map(all.map((point) => [point.id, point]));
  const ours = (target.record?.points ?? []).filter(({ ref, tag }) => target.refs.get(ref) === tag);
  const wanted = new Set(selected.map(({ name }) => name));
  const isRemoved = ({ point, ref }: ExportedPoint) =>
    !byId.has(point) && (named === undefined || wanted.has(nameOfRef(ref)));
  const kept = ours.filter((point) => !isRemoved(point));
  const points = namePoints({ kept, byId, selected, order: all });
  requireNoConflict(target, ours, points);
  const isListed = new Set(listed.map(({ id }) => id));
  const last = points.findLast(({ id }) => isListed.has(id)) ?? points.at(-1);
  return {
    ...{ points, selected: new Set(selected.map(({ id }) => id)), latest: last?.id },
    ...{ removed: ours.filter(isRemoved), inStore: all.map(({ id }) => id) },
  };
}

/** Points of the store in its order; before them those that only the repository has. */
function namePoints(what: {
  readonly kept: readonly ExportedPoint[];
  readonly byId: ReadonlyMap<ObjectId, PointRef>;
  readonly selected: readonly PointRef[];
  readonly order: readonly PointRef[];
}): (PlannedPoint | KeptPoint)[] {
  const { kept, byId, selected, order } = what;
  const found = new Map<ObjectId, PointRef & { readonly exported?: ExportedPoint }>();
  for (const { name, id } of selected) found.set(id, { name, id });
  for (const exported of kept) {
    const { point, ref } = exported;
    found.set(point, { name: byId.get(point)?.name ?? nameOfRef(ref), id: point, exported });
  }
  const names = new Set([...found.values()].map(({ name }) => name));
  const numbers = new Map(order.map(({ id }, number) => [id, number]));
  const numberOf = ({ id }: PointRef) => numbers.get(id) ?? -1;
  return [...found.values()]
    .sort((left, right) => numberOf(left) - numberOf(right))
    .map((point) => ({ ...point, ref: TAGS + tagNameOf(point.name, names) }));
}

export function isKept(point: PlannedPoint | KeptPoint): point is KeptPoint {
  return 'exported' in point;
}

/** The name of the tag that is the ref `ref`. */
export function tagOf(ref: string): string {
  return ref.slice(TAGS.length);
}

function nameOfRef(ref: string): string {
  return pointNameOf(tagOf(ref));
}

/** Tags that others have made under the very names are looked at later, as they may be the same. */
function requireNoConflict(
  { directory, refs, record }: ExportTarget,
  ours: readonly ExportedPoint[],
  points: readonly PlannedPoint[],
): void {
  const head = refs.get(BRANCH);
  if (refs.has(BRANCH) && (head === undefined || record?.heads.includes(head) !== true))
    throw refInTheWay(directory, BRANCH);
  const own = new Set(ours.map(({ ref }) => ref));
  const foreign = [...refs.keys()].filter((ref) => ref.startsWith(TAGS) && !own.has(ref));
  if (foreign.length === 0) return;
  const parents = new Set(foreign.flatMap(parentsOf));
  for (const { ref } of points) {
    const above = parentsOf(ref).find((parent) => refs.has(parent) && !own.has(parent));
    if (above !== undefined || parents.has(ref)) throw refInTheWay(directory, above ?? ref);
  }
}

/** `refs/tags/a/b/c` has `refs/tags/a/b` and `refs/tags/a`. */
function parentsOf(ref: string): string[] {
  const parents: string[] = [];
  for (let at = ref.indexOf('/', TAGS.length); at >= 0; at = ref.indexOf('/', at + 1))
    parents.push(ref.slice(0, at));
  return parents;
}

export function refInTheWay(directory: string, ref: string): SavepointError {
  return new SavepointError(
    'TARGET_CONFLICT',
    `${ref} of ${directory} is not what an export has made, and stands in the way. Nothing was changed; rename or remove it, or export into another directory.`,
    { fields: { path: directory, ref } },
  );
}
