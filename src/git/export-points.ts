// Exports points into a bare git repository: objects first, as one pack of what it lacks; then, in one instant, the refs. A
// point that is there stays as it is; the commits of new ones follow those that they followed in the store.
import { join } from 'node:path';
import { SavepointError } from '../../store/errors.js';
import type { ObjectFormat, ObjectId } from '../../store/object-id.js';
import {
  type BareRepository,
  openBareRepository,
  type RefChange,
  readOwnFile,
  readPresentObjects,
  readRefs,
  updateRefs,
  writeOwnFile,
} from '../composition.js';
import { findPoints } from '../points.js';
import type { Session } from '../session.js';
import {
  type ExportedPoint,
  type ExportRecord,
  encodeExportRecord,
  parseExportRecord,
  RECORD_FILE,
  reachablePoints,
} from './export-record.js';
import { IdMap } from './id-map.js';
import {
  type ExportPlan,
  type ExportTarget,
  isKept,
  type KeptPoint,
  planExport,
  tagOf,
} from './plan-export.js';
import { BRANCH } from './tag-name.js';
import { type GitExportProgress, writeObjects } from './write-objects.js';
import { treesOf, writePoints } from './write-points.js';

export interface GitExportOptions {
  /** The points to be exported; all where this is missing, and then tags of points that are gone are removed. */
  readonly points?: readonly string[];
  /** How a repository that is made names its objects: as the store does where this is missing. */
  readonly objectFormat?: ObjectFormat;
  /**
   * Signs the tags that are new: the file of an OpenSSH key (of a public one, its agent signs), or what GnuPG knows a key by. Tags that
   * are there stay as they are.
   */
  readonly signingKey?: string;
  readonly onProgress?: (progress: GitExportProgress) => void;
  readonly signal?: AbortSignal;
}

/** A point as the repository has it. */
export interface GitPoint {
  readonly name: string;
  /** Its id in the store. */
  readonly id: ObjectId;
  /** The name of its tag, which is that of the point nearly always. */
  readonly tag: string;
  /** The ids of the tag object and of the commit in the repository. */
  readonly tagId: ObjectId;
  readonly commit: ObjectId;
  readonly outcome: 'added' | 'present';
}

export interface GitExport {
  /** Absolute. */
  readonly directory: string;
  /** Whether the repository was made. */
  readonly created: boolean;
  readonly objectFormat: ObjectFormat;
  /** Those that were asked for, oldest first. */
  readonly points: readonly GitPoint[];
  /** Tags that were removed, as the store no longer has their points. */
  readonly removed: readonly string[];
  /** What the branch `points` leads to; missing where the repository has no point. */
  readonly head?: ObjectId;
  /** What was written: one pack, or nothing. */
  readonly objects: number;
  readonly bytes: number;
  readonly pack?: string;
}

const MAP_FILE = 'ids';

/**
 * Exports points into the repository in `directory`, which is made where there is nothing. Throws POINT_NOT_FOUND,
 * TARGET_CONFLICT, LOCKED, STORAGE_FULL, PROGRAM_FAILED where a tag can't be signed, …; then the refs of the repository are as they were.
 */
export async function exportPoints(
  session: Session,
  directory: string,
  options: GitExportOptions = {},
): Promise<GitExport> {
  const { objectFormat = session.store.format } = options;
  const named = options.points === undefined ? undefined : await findPoints(session, options.points);
  const wanted = { format: objectFormat, isDemanded: options.objectFormat !== undefined };
  const repository = await openBareRepository(directory, wanted);
  const target = readTarget(session, repository);
  const plan = await planExport(session, target, named);
  const map = readMap(session, repository);
  const added: ExportedPoint[] = [];
  const written = await writeObjects(
    session,
    {
      ...{ repository, map: map.ids, present: readPresentObjects(repository) },
      ...{ trees: await treesOf(session, plan, map.isWhole) },
      ...{ onProgress: options.onProgress, signal: options.signal },
    },
    async (sink) => {
      const { signingKey: key, signal } = options;
      added.push(...(await writePoints(session, { sink, plan, target, key, signal })));
    },
  );
  if (!map.isWhole || map.ids.count !== map.countBefore)
    await writeOwnFile(repository, MAP_FILE, map.ids.encode(session.store.platform));
  const points = placePoints(plan, added);
  const head = points.find(({ id }) => id === plan.latest)?.exported.commit;
  await changeRefs(session, repository, { plan, target, points, head });
  const isNew = new Set(added.map(({ point }) => point));
  return {
    ...{ directory: repository.directory, created: repository.created, objectFormat: repository.format },
    points: points
      .filter(({ id }) => plan.selected.has(id))
      .map((point) => describe(point, isNew.has(point.id) ? 'added' : 'present')),
    removed: plan.removed.map(({ ref }) => tagOf(ref)),
    ...(head === undefined ? {} : { head }),
    ...written,
  };
}

function readTarget(session: Session, repository: BareRepository): ExportTarget {
  const { directory } = repository;
  const bytes = readOwnFile(repository, RECORD_FILE);
  const record =
    bytes === undefined ? undefined : parseExportRecord(bytes, join(directory, 'savepoint', RECORD_FILE));
  if (record !== undefined && record.store !== session.store.settings.id) throw otherStore(directory);
  return { directory, refs: readRefs(repository), record };
}

/** `isWhole` says that it has all that exports have found out so far. */
function readMap(
  session: Session,
  repository: BareRepository,
): { readonly ids: IdMap; readonly isWhole: boolean; readonly countBefore: number } {
  const formats = { from: session.store.format, to: repository.format };
  const bytes = readOwnFile(repository, MAP_FILE);
  const known = bytes === undefined ? undefined : IdMap.decode(session.store.platform, formats, bytes);
  const ids = known ?? new IdMap(formats);
  return { ids, isWhole: known !== undefined, countBefore: ids.count };
}

function placePoints(plan: ExportPlan, added: readonly ExportedPoint[]): KeptPoint[] {
  const byId = new Map(added.map((exported) => [exported.point, exported]));
  return plan.points.flatMap((point) => {
    const exported = isKept(point) ? point.exported : byId.get(point.id);
    return exported === undefined ? [] : [{ ...point, exported }];
  });
}

async function changeRefs(
  session: Session,
  repository: BareRepository,
  what: {
    readonly plan: ExportPlan;
    readonly target: ExportTarget;
    readonly points: readonly KeptPoint[];
    readonly head: ObjectId | undefined;
  },
): Promise<void> {
  const { plan, target, points, head } = what;
  const values = new Map<string, RefChange['value']>();
  for (const { ref } of plan.removed) values.set(ref, undefined);
  for (const { ref, exported } of points) if (ref !== exported.ref) values.set(exported.ref, undefined);
  for (const { ref, exported } of points) values.set(ref, { id: exported.tag, peeled: exported.commit });
  if (head !== undefined || target.refs.has(BRANCH))
    values.set(BRANCH, head === undefined ? undefined : { id: head });
  const changes = [...values]
    .map(([name, value]) => ({ name, value, expected: target.refs.get(name) }))
    .filter(({ value, expected }) => value?.id !== expected);
  if (changes.length === 0 && target.record !== undefined) return;
  const record = recordOf(session, {
    ...what,
    points: points.map(({ ref, exported }) => ({ ...exported, ref })),
  });
  await updateRefs(repository, {
    ...{ changes, head: BRANCH },
    prepare: () => writeOwnFile(repository, RECORD_FILE, encodeExportRecord(record)),
  });
}

/** It holds good before the refs change and after: an export may be cut short in between. */
function recordOf(
  session: Session,
  what: {
    readonly target: ExportTarget;
    readonly points: readonly ExportedPoint[];
    readonly head: ObjectId | undefined;
  },
): ExportRecord {
  const { target, points } = what;
  const former = target.record?.points ?? [];
  const heads = [target.refs.get(BRANCH), what.head].filter((head) => head !== undefined);
  const live = [...points, ...former.filter(({ ref, tag }) => target.refs.get(ref) === tag)];
  const roots = new Set([...live.map(({ commit }) => commit), ...heads]);
  const unique = new Map([...former, ...points].map((point) => [`${point.ref} ${point.tag}`, point]));
  return {
    ...{ store: session.store.settings.id, storeFormat: session.store.format },
    ...{ heads: [...new Set(heads)], points: reachablePoints([...unique.values()], roots) },
  };
}

function describe({ name, id, ref, exported }: KeptPoint, outcome: GitPoint['outcome']): GitPoint {
  return { name, id, tag: tagOf(ref), tagId: exported.tag, commit: exported.commit, outcome };
}

function otherStore(directory: string): SavepointError {
  return new SavepointError(
    'TARGET_CONFLICT',
    `${directory} has the points of another store. Nothing was exported; name another directory.`,
    { fields: { path: directory } },
  );
}
