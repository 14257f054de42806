// What an import builds on: the points that are there, so that what they hold is neither read nor stored again.
import type { ObjectId } from '../../store/object-id.js';
import { ObjectReader } from '../../store/object-reader.js';
import type { StoreWrite } from '../../store/store.js';
import type { GitRepository } from '../composition.js';
import { readComponents, type TreeContext } from '../point-tree.js';
import { listPointRefs, type Point, readPoint } from '../points.js';
import type { Session } from '../session.js';
import { isUnreadable } from '../unreadable.js';
import { countAsCopied } from './copy-tree.js';
import type { ImportPlace } from './import-origin.js';
import { type ImportedDirectory, readImported } from './imported-directory.js';
import { type PlannedImport, SOURCE_TAG } from './plan-import.js';
import { RecentIds } from './recent-ids.js';

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
  },
): Promise<Foundation> {
  const reader = new ObjectReader(session.store, parts.write.index);
  const { format } = session.store;
  const context = { source: reader, format };
  const isOwnFormat = parts.repository.objectFormat === format;
  const points = await readLatest(session, reader);
  const missing = parts.planned.filter(({ existing }) => existing === undefined);
  const copied = new RecentIds();
  if (isOwnFormat && missing.some(({ exported }) => exported !== undefined)) {
    const latest = parts.planned.findLast(({ existing }) => existing !== undefined)?.existing ?? points[0];
    if (latest !== undefined) await orNothing(countAsCopied({ source: reader, format, copied }, latest.tree));
  }
  const isForeign = missing.some(({ exported }) => exported === undefined);
  const from = { context, reader, isOwnFormat };
  const before = isForeign ? await findBefore(from, points, parts.place.component) : undefined;
  return { before, latest: points[0]?.commit, copied, commits: new Map() };
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

async function findBefore(
  from: { readonly context: TreeContext; readonly reader: ObjectReader; readonly isOwnFormat: boolean },
  points: readonly Point[],
  component: string,
): Promise<ImportedDirectory | undefined> {
  const point = points.find(({ tags, components }) => SOURCE_TAG in tags && components.includes(component));
  if (point === undefined) return undefined;
  const found = await orNothing(readComponents(from.context, point));
  const ids = found?.get(component)?.ids;
  return ids === undefined ? undefined : orNothing(readImported(from, ids));
}

/** What can't be read is of no use here, and told by who needs it. */
async function orNothing<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    return undefined;
  }
}
