// Takes a recovery point: captures each component, builds the point's commit and tag, and publishes in the order that
// leaves garbage at worst and never half a point: data packs, metadata packs, index, ref.
import { ObjectReader } from '../store/object-reader.js';
import type { ObjectWriter } from '../store/object-writer.js';
import { beginWrite, type StoreWrite } from '../store/store.js';
import { addPointTree, type WrittenComponent } from './add-point-tree.js';
import { type CapturedComponent, type CaptureSummary, captureComponent } from './capture-component.js';
import { captureTogether, oneByOne } from './capture-together.js';
import type { ComponentDefinition } from './components.js';
import { type CapturePool, createCapturePool, FileStatCaches, hasXattrCalls } from './composition.js';
import { logDone } from './log-operation.js';
import { mayHaveLost } from './may-have-lost.js';
import type { PointProblem, PointRecord } from './point-record.js';
import { listAllPointRefs, type Point } from './points.js';
import { checkNewName, publishPoint } from './publish-point.js';
import type { Session } from './session.js';
import { previousFinder } from './state/find-previous.js';
import { type PointTexts, summarizePoint } from './summarize-point.js';
import { unlessUnwritable } from './unless-unwritable.js';

export interface SaveOptions extends PointTexts {
  /** Decode and compare every block before it is published, not one in sixteen. */
  readonly paranoid?: boolean;
  /** The words of the command line, for the operation log. */
  readonly command?: readonly string[];
  readonly onProgress?: (progress: SaveProgress) => void;
  readonly signal?: AbortSignal;
}

export interface SaveProgress {
  readonly component: string;
  readonly files: number;
  readonly bytes: number;
}

export interface SaveResult {
  readonly point: Point;
  readonly components: readonly CaptureSummary[];
  /** Files that are not part of the point, or not as they were. */
  readonly problems: readonly PointProblem[];
  /** Content that the store did not have before, in bytes, and what it takes there. */
  readonly newBytes: number;
  readonly storedBytes: number;
  /** Set where extended attributes can't be read here: they are not in the point. */
  readonly withoutXattrs?: true;
  readonly seconds: number;
}

/** What only our own code says of a save. */
export interface InnerSaveOptions extends SaveOptions {
  /** Keep the point among the safety points: those of rollbacks. */
  readonly isSafetyPoint?: boolean;
  /** It is of some files only, as nothing else will ever be: what was seen of them is not kept for the next save. */
  readonly isPartial?: boolean;
  /** What the point says of the configuration that it is taken by. */
  readonly configuration?: PointRecord['configuration'];
  /** Called when everything is captured and nothing is published; what it throws ends the save without a point. */
  readonly beforePublishing?: () => Promise<void>;
}

/** Saves `definitions` as one point. Throws NAME_TAKEN, INVALID_NAME, STORAGE_FULL, …; then there is no point. */
export async function save(
  session: Session,
  definitions: readonly ComponentDefinition[],
  options: InnerSaveOptions = {},
): Promise<SaveResult> {
  await checkNewName(session, options.name);
  const write = await beginWrite(session.store, { paranoid: options.paranoid ?? false });
  try {
    return await saveInto(session, definitions, { write, options });
  } finally {
    await write.end();
  }
}

async function saveInto(
  session: Session,
  definitions: readonly ComponentDefinition[],
  { write, options }: { write: StoreWrite; options: InnerSaveOptions },
): Promise<SaveResult> {
  const started = performance.now();
  const createdAt = new Date();
  const pool = createCapturePool({ write, directory: session.threads ? session.location : undefined });
  const metadata = write.createWriter('metadata');
  try {
    const captured = await captureAll(session, definitions, { write, pool, metadata, options });
    const problems = captured.flatMap(({ problems }) => problems);
    const complete = problems.length === 0;
    const summaries = captured.map(({ summary }) => summary);
    const summary = summarizePoint(summaries, { createdAt, texts: options, complete });
    const { format } = session.store;
    const tree = await addPointTree(metadata, {
      format,
      components: captured.map(written),
      summary,
      problems,
      ...(options.configuration === undefined ? {} : { configuration: options.configuration }),
    });
    const data = await pool.finish();
    await options.beforePublishing?.();
    const point = await publishPoint(session, {
      write,
      metadata,
      dataPacks: data.packs,
      tree,
      summary,
      name: options.name,
      isSafetyPoint: options.isSafetyPoint ?? false,
      isPinned: options.pin ?? false,
    });
    await finishUp(session, { captured, point: point.point, createdAt, options });
    return {
      point: point.point,
      components: summaries,
      problems,
      newBytes: data.newBytes + metadata.counts.newBytes,
      storedBytes: [...data.packs, ...point.packs].reduce((sum, pack) => sum + pack.sizeBytes, 0),
      ...(hasXattrCalls() ? {} : { withoutXattrs: true }),
      seconds: (performance.now() - started) / 1000,
    };
  } catch (error) {
    await pool.abort();
    await metadata.abort();
    throw error;
  }
}

async function captureAll(
  session: Session,
  definitions: readonly ComponentDefinition[],
  means: { write: StoreWrite; pool: CapturePool; metadata: ObjectWriter; options: SaveOptions },
): Promise<CapturedComponent[]> {
  const points = await listAllPointRefs(session);
  const caches = new FileStatCaches(session.store);
  // Where a pack, or the index that would tell of one, is lost, so may be what caches vouch for.
  const { index } = means.write;
  const isLost = mayHaveLost(index, points);
  if (isLost) await caches.dropAll();
  const { onProgress, signal } = means.options;
  const metadata = oneByOne(means.metadata);
  const reader = new ObjectReader(session.store, index);
  const findPrevious = isLost ? undefined : previousFinder(session, { reader, points });
  return captureTogether(definitions, (definition) =>
    captureComponent(definition, {
      findCache: (key) => caches.find(cacheKey(key), (id) => points.some((point) => point.id === id)),
      adapters: session.adapters,
      ...(findPrevious === undefined ? {} : { findPrevious }),
      ...{ pool: means.pool, metadata, storesDocuments: true },
      platform: session.store.platform,
      cutter: session.store.createCutter(),
      format: session.store.format,
      storeLocation: session.location,
      ...(signal === undefined ? {} : { signal }),
      ...(onProgress === undefined
        ? {}
        : { onProgress: (counts) => onProgress({ component: definition.name, ...counts }) }),
    }),
  );
}

function cacheKey(definition: Pick<ComponentDefinition, 'origin' | 'only'>) {
  return { root: definition.origin, only: definition.only };
}

function written({ record, summary }: CapturedComponent): WrittenComponent {
  return { record, ids: { files: summary.tree, attributes: summary.attributes } };
}

/** The point is there: what fails from here on, for want of space or a disk that fails, does not make it undone. */
async function finishUp(
  session: Session,
  saved: {
    readonly captured: readonly CapturedComponent[];
    readonly point: Point;
    readonly createdAt: Date;
    readonly options: InnerSaveOptions;
  },
): Promise<void> {
  const { captured, point, createdAt, options } = saved;
  await unlessUnwritable(async () => {
    if (options.isSafetyPoint !== true) {
      await logDone(session, {
        ...{ kind: 'save', startedAt: createdAt, command: options.command ?? ['save'] },
        components: point.components,
        outcome: point.complete ? 'done' : 'incomplete',
        after: { name: point.name, id: point.id },
      });
    }
    if (options.isPartial !== true) await keepStatCaches(session, captured, point.id);
  });
}

async function keepStatCaches(
  session: Session,
  captured: readonly CapturedComponent[],
  pointId: string,
): Promise<void> {
  const caches = new FileStatCaches(session.store);
  for (const { definition, rows } of captured) await caches.write(cacheKey(definition), pointId, rows);
}
