// What an import builds on: the points that are there, so that what they hold is neither read nor stored again.
import { findMissing } from '../../store/collect/find-missing.js';
import { isSavepointError } from '../../store/errors.js';
import { type ObjectFormat, type ObjectId, parseObjectId } from '../../store/object-id.js';
import { ObjectReader } from '../../store/object-reader.js';
import type { StoreWrite } from '../../store/store.js';
import type { GitRepository } from '../composition.js';
import { readComponents } from '../point-tree.js';
import { listPointRefs, type Point, readPoint } from '../points.js';
import type { Session } from '../session.js';
import { isUnreadable } from '../unreadable.js';
import { countAsCopied } from './copy-tree.js';
import type { ImportPlace } from './import-origin.js';
import { type ImportedDirectory, readImported } from './imported-directory.js';
import { pairTrees } from './pair-trees.js';
import { IMPORT_TRIGGER, type PlannedImport, SOURCE_TAG } from './plan-import.js';
import { RecentIds } from './recent-ids.js';
import { resolveTag } from './resolve-tag.js';

export interface Foundation {
  /** The files of the tag before. */
  before: ImportedDirectory | undefined;
  /** The commit of the latest point. */
  latest: ObjectId | undefined;
  readonly copied: RecentIds;
  /** The commits of points by those of the repository. */
  readonly commits: Map<ObjectId, ObjectId>;
}

/** How far back the last import is looked for. */
const MOST_POINTS = 20;

export async function findFoundation(
  session: Session,
  parts: {
    readonly write: StoreWrite;
    readonly repository: GitRepository;
    readonly place: ImportPlace;
    readonly planned: readonly PlannedImport[];
    readonly signal?: AbortSignal | undefined;
  },
): Promise<Foundation> {
  const reader = new ObjectReader(session.store, parts.write.index);
  const { format } = session.store;
  const { repository, signal } = parts;
  const isWhole = (point: Point) => isThere(session, point, signal);
  const means: Means = { reader, format, repository, isWhole };
  const points = await readLatest(session, reader);
  const missing = parts.planned.filter(({ existing }) => existing === undefined);
  const isExported = missing.some(({ exported }) => exported !== undefined);
  const isForeign = missing.some(({ exported }) => exported === undefined);
  return {
    before: isForeign ? await findBefore(means, points, parts.place.component) : undefined,
    latest: points[0]?.commit,
    copied: isExported ? await findCopied(means, points, parts.planned) : new RecentIds(),
    commits: new Map(),
  };
}

interface Means {
  readonly reader: ObjectReader;
  readonly format: ObjectFormat;
  readonly repository: GitRepository;
  /** Whether the store has all of a point. What it has lost is to be read and stored again. */
  readonly isWhole: (point: Point) => Promise<boolean>;
}

async function isThere({ store }: Session, { id }: Point, signal: AbortSignal | undefined): Promise<boolean> {
  try {
    return (await findMissing(store, [id], signal)) === undefined;
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    return false;
  }
}

/** Newest first, those that can be read. */
async function readLatest(session: Session, reader: ObjectReader): Promise<Point[]> {
  const points: Point[] = [];
  for (const ref of (await listPointRefs(session)).slice(-MOST_POINTS).reverse()) {
    const point = await orNothing(readPoint(session, reader, ref));
    if (point !== undefined) points.push(point);
  }
  return points;
}

/** What the last exported point holds that is here already. */
async function findCopied(
  { reader, format, repository, isWhole }: Means,
  points: readonly Point[],
  planned: readonly PlannedImport[],
): Promise<RecentIds> {
  const copied = new RecentIds();
  const known = planned.findLast(
    ({ existing, exported }) => existing !== undefined && exported !== undefined,
  );
  const point = known?.existing ?? points[0];
  if (point === undefined || !(await isWhole(point))) return copied;
  const { tree } = point;
  if (repository.objectFormat === format) {
    await orNothing(countAsCopied({ source: reader, format, copied }, tree));
  } else if (known !== undefined) {
    const onPair = (gitId: ObjectId, id: ObjectId) => copied.set(gitId, id);
    const pairing = { repository, source: reader, format, isEscaped: true, onPair };
    await orNothing(pairTrees(pairing, known.tag.tree, tree));
  }
  return copied;
}

/** The files of the last point that was made of a tag. */
async function findBefore(
  means: Means,
  points: readonly Point[],
  component: string,
): Promise<ImportedDirectory | undefined> {
  const { reader, format, repository } = means;
  const point = points.find(
    ({ tags, components, trigger }) =>
      SOURCE_TAG in tags && trigger === IMPORT_TRIGGER && components.includes(component),
  );
  if (point === undefined || !(await means.isWhole(point))) return undefined;
  const context = { source: reader, format };
  const ids = (await orNothing(readComponents(context, point)))?.get(component)?.ids;
  if (ids === undefined) return undefined;
  const pairs =
    repository.objectFormat === format
      ? undefined
      : await pairFiles(means, point.tags[SOURCE_TAG], ids.files);
  const findGitId = (id: ObjectId) => (pairs === undefined ? id : pairs.get(id));
  return orNothing(readImported({ context, reader, findGitId }, ids));
}

/** The repository's ids by those of the store, of all files that the object `made` of the repository became. */
async function pairFiles(
  { reader, format, repository }: Means,
  made: string,
  files: ObjectId,
): Promise<ReadonlyMap<ObjectId, ObjectId>> {
  const pairs = new Map<ObjectId, ObjectId>();
  const onPair = (gitId: ObjectId, id: ObjectId) => void pairs.set(id, gitId);
  const pairing = { repository, source: reader, format, isEscaped: false, onPair };
  const pair = async () => {
    const tag = await resolveTag(repository, {
      name: made,
      id: parseObjectId(made, repository.objectFormat),
    });
    if (tag !== undefined) await pairTrees(pairing, tag.tree, files);
  };
  await orNothing(pair());
  return pairs;
}

/** What can't be read, or is no longer in the repository, is of no use here, and told by who needs it. */
async function orNothing<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (!isUnreadable(error) && !isSavepointError(error, 'REPOSITORY_CORRUPT', 'INVALID_NAME')) throw error;
    return undefined;
  }
}
