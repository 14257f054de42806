// Puts the points of a bundle into a store: what is missing or in the way is said before anything is written, and a point
// is there, whole and durable, or not at all.
import { type ReceivedBundle, receiveBundle } from '../../store/bundle/receive-bundle.js';
import { findMissing } from '../../store/collect/find-missing.js';
import { isSavepointError } from '../../store/errors.js';
import { beginWrite } from '../../store/store.js';
import { logDone } from '../log-operation.js';
import { requireIdle } from '../rollback/begin-operation.js';
import type { Session } from '../session.js';
import { unlessUnwritable } from '../unless-unwritable.js';
import type { BundleProgress } from './create-bundle.js';
import { type BundleSource, type OpenBundle, openBundle } from './open-bundle.js';
import { type ArrivingPoint, planArrival } from './plan-arrival.js';
import { readAll } from './read-all.js';
import { requireFormat } from './require-format.js';
import type { RestoredPoint } from './restored-point.js';

export interface RestoreBundleOptions {
  /** New names of points, by those that the bundle gives them. */
  readonly rename?: Readonly<Record<string, string>>;
  /** The words of the command line, for the operation log. */
  readonly command?: readonly string[];
  readonly onProgress?: (progress: BundleProgress) => void;
  readonly signal?: AbortSignal;
}

export interface RestoredBundle {
  /** By the names that they have here. */
  readonly points: readonly RestoredPoint[];
  readonly objects: number;
  /** Objects that the store did not have, and what they take in it. */
  readonly newObjects: number;
  readonly storedBytes: number;
}

const MOST_ATTEMPTS = 8;

/**
 * Takes all points of a bundle in. Throws BUNDLE_BASE_MISSING and NAME_TAKEN before anything is written; BUNDLE_CORRUPT,
 * BUNDLE_NEWER, BUNDLE_MISMATCH, LOCKED, STORAGE_FULL, …: then no point has come. A crash leaves garbage at worst.
 */
export async function restoreBundle(
  session: Session,
  source: BundleSource | OpenBundle,
  options: RestoreBundleOptions = {},
): Promise<RestoredBundle> {
  const bundle = isOpen(source) ? source : await openBundle(source);
  try {
    requireFormat(session, bundle);
    await requireIdle(session);
    return await restoreOpen(session, bundle, options);
  } finally {
    await bundle.close();
  }
}

function isOpen(source: BundleSource | OpenBundle): source is OpenBundle {
  return typeof source !== 'string' && 'reading' in source;
}

async function restoreOpen(
  session: Session,
  bundle: OpenBundle,
  options: RestoreBundleOptions,
): Promise<RestoredBundle> {
  const startedAt = new Date();
  const { rename = {}, signal, onProgress } = options;
  const listen = { onProgress: (bytes: number) => onProgress?.({ bytes }), signal };
  const planned = await planArrival(session, bundle, rename);
  const ids = bundle.points.map(({ id }) => id);
  // A point that is there may have lost something, which the bundle has.
  const isThere = planned.every(({ outcome }) => outcome === 'present');
  if (isThere && (await findMissing(session.store, ids, signal)) === undefined) {
    const { objects } = await readAll(bundle.reading, listen);
    return resultOf({ objects, newObjects: 0, storedBytes: 0 }, planned);
  }
  // From here on garbage collection waits: what the points build on stays, if it is there when this looks again.
  const write = await beginWrite(session.store);
  try {
    await planArrival(session, bundle, rename);
    const received = await receiveBundle(write, bundle.reading, {
      points: ids,
      onProgress: listen.onProgress,
      ...(signal === undefined ? {} : { signal }),
    });
    await requireIdle(session);
    const points = await publish(session, bundle, rename);
    await write.tidy();
    await log(session, { points, startedAt, options });
    return resultOf(received, points);
  } finally {
    await write.end();
  }
}

function resultOf(received: ReceivedBundle, points: readonly ArrivingPoint[]): RestoredBundle {
  const { objects, newObjects, storedBytes } = received;
  return { points: points.map(({ changes: _, ...point }) => point), objects, newObjects, storedBytes };
}

/** One after the other, as the latest one is the one whose ref was made last. Others may make refs meanwhile. */
async function publish(
  session: Session,
  bundle: OpenBundle,
  rename: Readonly<Record<string, string>>,
): Promise<ArrivingPoint[]> {
  const outcomes = new Map<string, ArrivingPoint>();
  for (let attempt = 1; ; attempt++) {
    const planned = await planArrival(session, bundle, rename);
    try {
      for (const point of planned) {
        if (point.changes.length > 0) await session.store.refs.update(point.changes);
        if (point.changes.length > 0 || !outcomes.has(point.id)) outcomes.set(point.id, point);
      }
      return [...outcomes.values()];
    } catch (error) {
      if (attempt === MOST_ATTEMPTS || !isSavepointError(error, 'REF_MOVED')) throw error;
    }
  }
}

async function log(
  session: Session,
  done: {
    readonly points: readonly ArrivingPoint[];
    readonly startedAt: Date;
    readonly options: RestoreBundleOptions;
  },
): Promise<void> {
  const { points, startedAt, options } = done;
  const last = points.at(-1);
  await unlessUnwritable(() =>
    logDone(session, {
      ...{ kind: 'bundle-restore', startedAt, command: options.command ?? ['bundle', 'restore'] },
      components: [...new Set(points.flatMap(({ components }) => components))],
      outcome: 'done',
      ...(last === undefined ? {} : { after: { name: last.name, id: last.id } }),
      message: `took in ${points.map(({ name }) => name).join(', ')}`,
    }),
  );
}
