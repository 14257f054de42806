// The recovery points of a store: listing them, and finding the one that a user means.
import { REMOVED, removedIds } from '../store/collect/collect-context.js';
import { type ErrorCode, SavepointError } from '../store/errors.js';
import type { ObjectId } from '../store/object-id.js';
import type { ObjectReader } from '../store/object-reader.js';
import { parseCommit, parseTag } from '../store/objects/commit-and-tag.js';
import type { RefState } from '../store/refs/ref-log.js';
import { nearestNames } from './nearest-names.js';
import { parseTagMessage, type TagSummary } from './point-record.js';
import type { Session } from './session.js';

export const POINTS = 'points/';
/** The states before rollbacks: they are found by name, and are neither listed nor `latest`. */
export const SAFETY_POINTS = 'safety/';
const FOLDERS = [POINTS, SAFETY_POINTS] as const;
/** A pin is named after the point's id, and keeps the point from being removed. */
export const PINS = 'pins/';

/** A point, as `list` shows it. */
export interface Point extends TagSummary {
  readonly name: string;
  /** The id of the annotated tag: what identifies the point. */
  readonly id: ObjectId;
  readonly commit: ObjectId;
  readonly tree: ObjectId;
  /** Set where the point can't be read: why. Then only `name` and `id` are known, and all else is empty. */
  readonly damaged?: { readonly code: ErrorCode; readonly message: string };
}

/** A point before its tag is read. */
export interface PointRef {
  readonly name: string;
  readonly id: ObjectId;
}

/** The points of a store, oldest first. */
export async function listPointRefs(session: Session): Promise<readonly PointRef[]> {
  return pointRefs(await session.store.refs.read(), POINTS);
}

/** The points of a store and its safety points: all that a store must be able to give back. */
export async function listAllPointRefs(session: Session): Promise<readonly PointRef[]> {
  const state = await session.store.refs.read();
  return pointRefs(state, POINTS, SAFETY_POINTS);
}

/** The points of a store and its safety points, in the order in which they came into it. */
export async function listHistoryRefs(session: Session): Promise<(PointRef & { isSafety: boolean })[]> {
  const state = await session.store.refs.read();
  const orderOf = ({ name, isSafety }: { name: string; isSafety: boolean }) =>
    state.refs.get(`${isSafety ? SAFETY_POINTS : POINTS}${name}`)?.sequence ?? 0;
  const refs = FOLDERS.flatMap((folder) =>
    pointRefs(state, folder).map((ref) => ({ ...ref, isSafety: folder === SAFETY_POINTS })),
  );
  return refs.sort((left, right) => orderOf(left) - orderOf(right));
}

/** The points in each of `folders`, oldest first, without those that are removed. */
export function pointRefs(state: RefState, ...folders: PointFolder[]): readonly PointRef[] {
  const { removed, ...listing } = listingOf(state);
  const isThere = ({ id }: PointRef) => !removed.has(id);
  if (removed.size > 0) return folders.flatMap((folder) => listing[folder].filter(isThere));
  return folders.length === 1 ? listing[folders[0]] : folders.flatMap((folder) => listing[folder]);
}

type PointFolder = (typeof FOLDERS)[number];

type Listing = Readonly<Record<PointFolder, readonly PointRef[]>> & {
  readonly removed: ReadonlySet<ObjectId>;
};

/** A state never changes, and one operation asks for its points several times. */
const listings = new WeakMap<RefState, Listing>();

/** In the order of the state: those that came first are first. */
function listingOf(state: RefState): Listing {
  const known = listings.get(state);
  if (known !== undefined) return known;
  const listing = {
    [POINTS]: [] as PointRef[],
    [SAFETY_POINTS]: [] as PointRef[],
    removed: removedIds(state),
  };
  state.refs.forEach(({ id }, name) => {
    if (name.startsWith(POINTS)) listing[POINTS].push({ name: name.slice(POINTS.length), id });
    else if (name.startsWith(SAFETY_POINTS))
      listing[SAFETY_POINTS].push({ name: name.slice(SAFETY_POINTS.length), id });
  });
  listings.set(state, listing);
  return listing;
}

/** Points that are removed and can still be recovered, safety points among them, oldest first. */
export async function listRemovedRefs(session: Session): Promise<PointRef[]> {
  const { removed, ...listing } = listingOf(await session.store.refs.read());
  return [...listing[POINTS], ...listing[SAFETY_POINTS]].filter(({ id }) => removed.has(id));
}

/** Reads what a point says of itself. Throws what reading objects throws. */
export async function readPoint(
  session: Session,
  reader: Pick<ObjectReader, 'read'>,
  ref: PointRef,
): Promise<Point> {
  const tag = parseTag((await reader.read(ref.id)).content, session.store.format);
  const commit = parseCommit((await reader.read(tag.object)).content, session.store.format);
  return {
    ...parseTagMessage(tag.message, ref.id),
    name: ref.name,
    id: ref.id,
    commit: tag.object,
    tree: commit.tree,
  };
}

/**
 * The point that `text` means: a name, `latest`, `latest~N`, or an unambiguous prefix (4 digits or more) of the id of
 * the point or its commit. Throws POINT_NOT_FOUND, with the nearest names, AMBIGUOUS_NAME, or USAGE for `live`.
 */
export async function findPoint(session: Session, reader: ObjectReader, text: string): Promise<Point> {
  const state = await session.store.refs.read();
  const named = findNamed(state, text);
  if (named !== undefined) return readPoint(session, reader, named);
  const refs = pointRefs(state, POINTS);
  const all = pointRefs(state, POINTS, SAFETY_POINTS);
  const ref = findRelative(refs, text) ?? findByPointId(all, text);
  if (ref !== undefined) return readPoint(session, reader, ref);
  if (/^[0-9a-f]{4,64}$/.test(text)) {
    for (const candidate of all) {
      const point = await readPoint(session, reader, candidate);
      if (point.commit.startsWith(text)) return point;
    }
  }
  requireNotLive(text);
  throw noSuchPoint(refs, text);
}

/** The points that `texts` mean, each once. Throws as `findPoint`. */
export async function findPoints(session: Session, texts: readonly string[]): Promise<Point[]> {
  const reader = await session.store.openReader();
  const points = new Map<ObjectId, Point>();
  for (const text of texts) {
    const point = await findPoint(session, reader, text);
    points.set(point.id, point);
  }
  return [...points.values()];
}

/** The point with exactly this name that is not removed. */
export function findNamed({ refs }: RefState, name: string): PointRef | undefined {
  for (const folder of FOLDERS) {
    const id = refs.get(folder + name)?.id;
    if (id !== undefined && !refs.has(REMOVED + id)) return { name, id };
  }
  return undefined;
}

function findRelative(refs: readonly PointRef[], text: string): PointRef | undefined {
  const match = /^latest(?:~(\d+))?$/.exec(text);
  return match === null ? undefined : refs[refs.length - 1 - Number(match[1] ?? 0)];
}

function findByPointId(refs: readonly PointRef[], text: string): PointRef | undefined {
  if (!/^[0-9a-f]{4,64}$/.test(text)) return undefined;
  const found = refs.filter(({ id }) => id.startsWith(text));
  if (found.length <= 1) return found[0];
  throw new SavepointError(
    'AMBIGUOUS_NAME',
    `'${text}' is the start of the ids of ${found.length} points: ${found.map(({ name }) => name).join(', ')}. Give more digits, or a name.`,
    { fields: { point: text, candidates: found.map(({ name }) => name) } },
  );
}

/** `live` stands for the state now where that can be compared, and no point has that name. Throws USAGE. */
export function requireNotLive(text: string): void {
  if (text !== 'live') return;
  throw new SavepointError(
    'USAGE',
    "'live' is the state now, which is no point: only 'savepoint diff' takes it. Name a point; 'savepoint save' takes one of the state now.",
    { fields: { point: text } },
  );
}

function noSuchPoint(refs: readonly PointRef[], text: string): SavepointError {
  const names = refs.map(({ name }) => name);
  const nearest = nearestNames(text, [...names.reverse(), 'latest']);
  const hint =
    refs.length === 0
      ? "The store has no points yet; 'savepoint save PATH' makes one."
      : nearest.length > 0
        ? `Did you mean ${nearest.join(' or ')}?`
        : "'savepoint list' shows the points there are.";
  return new SavepointError('POINT_NOT_FOUND', `There is no point '${text}'. ${hint}`, {
    fields: { point: text, nearest },
  });
}
