// Saves a volume as a new point. The cost follows what changed in it: what nobody looked at is told by the ids that it has
// in the store. Published as every point is: data packs, metadata packs, index, ref, so that a crash leaves garbage at worst.
import type { Volume } from 'memfs';
import { checkAborted, SavepointError } from '../../../store/errors.js';
import type { ObjectId } from '../../../store/object-id.js';
import type { ObjectWriter } from '../../../store/object-writer.js';
import type { FinishedPack } from '../../../store/pack/pack-writer.js';
import { beginWrite, type StoreWrite } from '../../../store/store.js';
import { addPointTree, type WrittenComponent } from '../../add-point-tree.js';
import { readOwnerNames } from '../../composition.js';
import { logDone } from '../../log-operation.js';
import { mayHaveLost } from '../../may-have-lost.js';
import type { PointProblem } from '../../point-record.js';
import { readPointRecord } from '../../point-tree.js';
import { listAllPointRefs, type Point } from '../../points.js';
import { checkNewName, publishPoint } from '../../publish-point.js';
import { requireIdle } from '../../rollback/begin-operation.js';
import type { Session } from '../../session.js';
import { type PointTexts, summarizePoint } from '../../summarize-point.js';
import { unlessUnwritable } from '../../unless-unwritable.js';
import { originOf } from '../mount-point.js';
import { countFiles } from './count-files.js';
import { type ReadComponent, readComponents } from './open-volume.js';
import type { VolumeScope } from './volume-components.js';
import { type VolumeSink, writeVolume } from './write-volume.js';

export interface CommitVolumeOptions extends VolumeScope, PointTexts {
  /** Read all of a volume that was mounted from another store, which is refused otherwise. */
  readonly readAll?: boolean;
  readonly signal?: AbortSignal;
}

export interface CommittedVolume {
  readonly point: Point;
  readonly components: readonly CommittedComponent[];
  /** Content that the store did not have before, in bytes, and what it takes there. */
  readonly newBytes: number;
  readonly storedBytes: number;
  readonly seconds: number;
}

export interface CommittedComponent {
  readonly name: string;
  /** The id of the component's tree of contents: what `git write-tree` gives for the same files. */
  readonly tree: ObjectId;
  readonly files: number;
  readonly directories: number;
  readonly bytes: number;
}

/**
 * Throws USAGE, INVALID_NAME, NAME_TAKEN, PATH_NOT_FOUND, TARGET_CONFLICT, LOCKED, ABORTED, STORAGE_FULL, …, and what
 * reading objects throws; then there is no point.
 */
export async function commitVolume(
  session: Session,
  volume: Volume,
  options: CommitVolumeOptions = {},
): Promise<CommittedVolume> {
  const started = { at: new Date(), ms: performance.now() };
  requireOwn(session, volume, options);
  await checkNewName(session, options.name);
  await requireIdle(session);
  const write = await beginWrite(session.store);
  try {
    const { point, components, newBytes, storedBytes } = await commitInto(session, volume, {
      ...{ write, options, createdAt: started.at },
    });
    await logCommit(session, point, started.at);
    return { point, components, newBytes, storedBytes, seconds: (performance.now() - started.ms) / 1000 };
  } finally {
    await write.end();
  }
}

function requireOwn(session: Session, volume: Volume, { readAll }: CommitVolumeOptions): void {
  const origin = originOf(volume);
  if (origin === undefined || origin.storeId === session.store.settings.id || readAll === true) return;
  throw new SavepointError(
    'USAGE',
    `The volume was mounted from the point '${origin.point.name}' of another store. Commit it there, or with { readAll: true }, which reads all of it.`,
    { fields: { point: origin.point.name, store: session.location } },
  );
}

interface Commit {
  readonly write: StoreWrite;
  readonly options: CommitVolumeOptions;
  readonly createdAt: Date;
}

async function commitInto(session: Session, volume: Volume, commit: Commit) {
  const { write, options, createdAt } = commit;
  const [data, metadata] = [write.createWriter('data'), write.createWriter('metadata')];
  try {
    const problems = await knownProblems(session, volume);
    const reuses = await hasOrigin(session, volume, write);
    checkAborted(options.signal);
    const read = readComponents(volume, options, { reuses });
    const sink = sinkInto(session, { data, metadata, signal: options.signal });
    const components: WrittenComponent[] = [];
    for (const component of read)
      components.push(await writeComponent(volume, component, { sink, createdAt }));
    const records = components.map(({ record }) => record);
    const names = new Set(records.map(({ name }) => name));
    const left = problems.filter(({ component }) => names.has(component));
    const complete = left.length === 0;
    const summary = summarizePoint(records, { createdAt, texts: options, from: ' from a volume', complete });
    const { format } = session.store;
    const tree = await addPointTree(metadata, { format, components, summary, problems: left });
    const dataPacks = await data.finish();
    await requireIdle(session);
    const { point, packs } = await publishPoint(session, {
      ...{ write, metadata, dataPacks, tree, summary, name: options.name },
      ...{ isSafetyPoint: false, isPinned: options.pin ?? false },
    });
    return {
      point,
      components: components.map(committed),
      newBytes: data.counts.newBytes + metadata.counts.newBytes,
      storedBytes: bytesOf([...dataPacks, ...packs]),
    };
  } catch (error) {
    await data.abort();
    await metadata.abort();
    throw error;
  }
}

/** Whether all that the volume was mounted from is in the store, and stays there: its point is, and nothing is lost. */
async function hasOrigin(session: Session, volume: Volume, { index }: StoreWrite): Promise<boolean> {
  const origin = originOf(volume);
  if (origin?.storeId !== session.store.settings.id) return false;
  const points = await listAllPointRefs(session);
  return points.some(({ id }) => id === origin.point.id) && !mayHaveLost(index, points);
}

/** What was no part of the point that the volume was mounted from is no part of it either. */
async function knownProblems(session: Session, volume: Volume): Promise<readonly PointProblem[]> {
  const origin = originOf(volume);
  if (origin === undefined || origin.point.complete) return [];
  const { reader } = origin.view;
  const source = { read: async (id: ObjectId) => reader.read(id) };
  return (await readPointRecord({ source, format: session.store.format }, origin.point)).problems;
}

function sinkInto(
  { store: { format } }: Session,
  means: {
    readonly data: ObjectWriter;
    readonly metadata: ObjectWriter;
    readonly signal: AbortSignal | undefined;
  },
): VolumeSink {
  return {
    ...{ format, owners: readOwnerNames(), signal: means.signal },
    addMetadata: (kind, content) => means.metadata.add(kind, content),
    addContent: ({ read }) => means.data.add('blob', read()),
  };
}

async function writeComponent(
  volume: Volume,
  { files, record, isKnown }: ReadComponent,
  { sink, createdAt }: { readonly sink: VolumeSink; readonly createdAt: Date },
): Promise<WrittenComponent> {
  const ids = await writeVolume(files, sink);
  const counts = countFiles(files, originOf(volume)?.view, isKnown ? record : undefined);
  // What is as it was is as consistent as it was, and of that time.
  if (isKnown && files.isSame) return { ids, record };
  const changed = { capturedAt: createdAt.toISOString(), consistency: 'crash' } as const;
  return { ids, record: { ...record, ...counts, ...changed } };
}

function committed({ record, ids }: WrittenComponent): CommittedComponent {
  const { name, files, directories, bytes } = record;
  return { name, tree: ids.files, files, directories, bytes };
}

function bytesOf(packs: readonly FinishedPack[]): number {
  return packs.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}

async function logCommit(session: Session, point: Point, startedAt: Date): Promise<void> {
  await unlessUnwritable(() =>
    logDone(session, {
      ...{ kind: 'save', startedAt, command: ['commitVolume'], components: point.components },
      ...{ outcome: point.complete ? 'done' : 'incomplete', after: { name: point.name, id: point.id } },
    }),
  );
}
