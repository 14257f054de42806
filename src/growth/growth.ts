// Which paths and which points made a store grow: each object counts where it came in first, in the order of the points that
// there are. What it takes is the share of its block; a large file takes what its new chunks take.
import { type ErrorCode, SavepointError } from '../../store/errors.js';
import { openSoundIndex } from '../../store/index/open-sound-index.js';
import { ObjectReader } from '../../store/object-reader.js';
import { listPoints } from '../list.js';
import { listHistoryRefs, type Point, readPoint } from '../points.js';
import type { Session } from '../session.js';
import { isUnreadable } from '../unreadable.js';
import { GrowthRows, type GrowthSelection, type PathGrowth } from './growth-rows.js';
import { ObjectLedger } from './object-ledger.js';
import { type AddedByPoint, GrowthWalk } from './walk-growth.js';

export type { GrowthSelection, PathGrowth } from './growth-rows.js';

export interface GrowthOptions extends GrowthSelection {
  readonly signal?: AbortSignal;
}

export interface StoreGrowth {
  /** What each point has added, oldest first. */
  readonly points: readonly PointGrowth[];
  /** What each path has added, most first. A directory has all that is in it. */
  readonly paths: readonly PathGrowth[];
  /** How many paths there are without the limit. */
  readonly pathCount: number;
  /** What all points have added together. */
  readonly storedBytes: number;
  /** What the packs take: besides, there are their tables, and objects of points that were removed, until they are collected. */
  readonly packBytes: number;
  /** Points that can't be read, or not all of them; what could be read counts. */
  readonly problems: readonly GrowthProblem[];
}

export interface PointGrowth {
  readonly point: string;
  readonly id: string;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  /** Set for the state before a rollback. */
  readonly safety?: true;
  /** What it has added to the packs, compressed: contents, and the trees, attributes and records in `metadataBytes`. */
  readonly storedBytes: number;
  readonly metadataBytes: number;
  /** The same before compression. */
  readonly rawBytes: number;
  /** Files whose content is not that of the point before. */
  readonly versions: number;
}

export interface GrowthProblem {
  readonly point: string;
  readonly code: ErrorCode;
  readonly message: string;
}

/**
 * What all points have added to the store. Throws COMPONENT_NOT_FOUND or PATH_NOT_FOUND for a path that no point has,
 * ABORTED, and what the storage throws.
 */
export async function readGrowth(session: Session, options: GrowthOptions = {}): Promise<StoreGrowth> {
  const { index } = await openSoundIndex(session.store);
  const reader = new ObjectReader(session.store, index);
  const ledger = new ObjectLedger(session.store, index, reader);
  const walk = new GrowthWalk({ source: reader, format: session.store.format }, ledger, options.signal);
  const points: PointGrowth[] = [];
  const problems: GrowthProblem[] = [];
  for (const { point, isSafety } of await listHistory(session, reader, problems)) {
    const added = { storedBytes: 0, metadataBytes: 0, rawBytes: 0, versions: 0 };
    try {
      await walk.enter(point, points.length, added);
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      problems.push({ point: point.name, code: error.code, message: error.message });
    }
    points.push(describePoint(point, added, isSafety));
  }
  const rows = new GrowthRows(walk.components(), points, options);
  return {
    ...{ points, ...rows.select(), problems },
    storedBytes: points.reduce((sum, { storedBytes }) => sum + storedBytes, 0),
    packBytes: [...index.state.packs.values()].reduce((sum, sizeBytes) => sum + sizeBytes, 0),
  };
}

interface HistoryPoint {
  readonly point: Point;
  readonly isSafety: boolean;
}

/** The points that can be read, in the order in which they came. */
async function listHistory(
  session: Session,
  reader: ObjectReader,
  problems: GrowthProblem[],
): Promise<HistoryPoint[]> {
  const listed = new Map((await listPoints(session)).map((point) => [point.id, point]));
  const history: HistoryPoint[] = [];
  for (const ref of await listHistoryRefs(session)) {
    try {
      const point = listed.get(ref.id) ?? (await readPoint(session, reader, ref));
      if (point.damaged !== undefined) throw new SavepointError(point.damaged.code, point.damaged.message);
      history.push({ point, isSafety: ref.isSafety });
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      problems.push({ point: ref.name, code: error.code, message: error.message });
    }
  }
  return history;
}

function describePoint({ name, id, createdAt }: Point, added: AddedByPoint, isSafety: boolean): PointGrowth {
  return {
    ...{ point: name, id, createdAt },
    ...(isSafety ? { safety: true } : {}),
    storedBytes: Math.round(added.storedBytes),
    metadataBytes: Math.round(added.metadataBytes),
    rawBytes: added.rawBytes,
    versions: added.versions,
  };
}
