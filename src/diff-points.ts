// Compares two points, or a point with the live state, and describes each file that differs. The cost follows what
// differs: subtrees with equal ids are skipped, and sizes come from the index, not from contents.
import { checkAborted, isSavepointError } from '../store/errors.js';
import { compareNames } from '../store/names.js';
import { hashObject } from '../store/objects/object-header.js';
import { withinScope } from './capture-scope.js';
import { hasXattrCalls, isInside, OBSERVED_NAME } from './composition.js';
import { type Change, type ChangeKind, type DiffSide, diffTrees } from './diff.js';
import { type DiffedComponent, type DiffQuery, type OpenDiff, openDiff } from './diff-query.js';
import type { FileEntry } from './directory-listing.js';
import { type FileState, readFileState } from './file-state.js';
import { isDocumentOf, livePathOf } from './live-path.js';
import type { ComponentRecord } from './point-record.js';
import type { PairedChange } from './renames/detect-renames.js';
import type { Session } from './session.js';
import { isSharedPath } from './shared-path.js';

export type { DiffQuery } from './diff-query.js';
export type { FileState } from './file-state.js';

/** `renamed` and `copied` files are only told of where that was asked for; else they are `added`, and renamed ones `removed` too. */
export type FileChangeKind = ChangeKind | 'renamed' | 'copied';

/** What differs about one file. */
export interface FileChange {
  readonly kind: FileChangeKind;
  readonly component: string;
  /** Relative to the component's root; '' for the root itself. */
  readonly path: string;
  /** Where the file is, or was, on the host; of a document of state, `component:path`. */
  readonly livePath: string;
  /** Of a renamed or copied file: the path that it comes from, whose state `before` is. */
  readonly oldPath?: string;
  readonly oldLivePath?: string;
  /** Percent of the content that is kept: 100 where it is equal. */
  readonly similarity?: number;
  /** Set for a directory with other attributes that something was renamed away from, which changes its time. */
  readonly hasLost?: true;
  /** Set for a document of a state adapter: whether it can be put back, or is only recorded. */
  readonly document?: 'state' | 'observed';
  /** Missing where the first state doesn't have the file. */
  readonly before?: FileState;
  readonly after?: FileState;
  /** The side that is the live state: its content stands at `livePath`, and not in the store. */
  readonly live?: 'before' | 'after';
}

/**
 * The changes from one state to the other, component by component; a directory comes before what is in it. Throws
 * USAGE where both are `live`, POINT_NOT_FOUND, COMPONENT_NOT_FOUND, PATH_NOT_FOUND, and what reading objects throws.
 */
export async function* diffPoints(session: Session, query: DiffQuery): AsyncGenerator<FileChange> {
  yield* diffOpened(session, await openDiff(session, query), query);
}

type DiffMeans = Pick<DiffQuery, 'renames' | 'signal'>;

/** As `diffPoints`, of what is open already. */
export async function* diffOpened(
  session: Session,
  diff: OpenDiff,
  query: DiffMeans,
): AsyncGenerator<FileChange> {
  for (const name of [...diff.selection.keys()].sort(compareNames)) {
    for await (const change of diffComponent(session, { diff, query }, name)) {
      yield change;
    }
  }
}

/** A component that is compared. */
interface Compared {
  readonly name: string;
  readonly diff: OpenDiff;
  readonly before: DiffedComponent | undefined;
  readonly after: DiffedComponent | undefined;
  readonly record: ComponentRecord;
}

async function* diffComponent(
  session: Session,
  { diff, query }: { readonly diff: OpenDiff; readonly query: DiffMeans },
  name: string,
): AsyncGenerator<FileChange> {
  const [before, after] = [diff.before.get(name), diff.after.get(name)];
  const { record } = (after ?? before) as DiffedComponent;
  const compared = { name, diff, before, after, record };
  const changes = changesIn(compared);
  const paired: AsyncIterable<PairedChange> =
    query.renames === undefined || before === undefined || after === undefined
      ? changes
      : await pairChanges(session, changes, { compared, query });
  for await (const change of paired) {
    checkAborted(query.signal);
    yield await describeChange(session, compared, change);
  }
}

/** What was asked for of the changes of a component, as far as they are known. */
async function* changesIn({ name, diff, before, after, record }: Compared): AsyncGenerator<Change> {
  const some = (after ?? before) as DiffedComponent;
  const scope = diff.selection.get(name) ?? [];
  const only = before?.record.only ?? after?.record.only;
  const changes = diffTrees({
    before: sideIn(before, { some, isLive: diff.live === 'before' }),
    after: sideIn(after, { some, isLive: diff.live === 'after' }),
    ...(scope.includes('') ? {} : { includes: withinScope(scope), isLimited: diff.live !== undefined }),
  });
  for await (const change of changes) {
    const { kind, path } = change;
    // The directories around files that were saved by name are no part of what was saved.
    const isAround = isSharedPath(path, only) && (path === '' || kind === 'attributes');
    if (isAround || !scope.some((wanted) => isWithin(path, wanted))) continue;
    if (!isUnknown(diff, change, livePathOf(record, path))) yield change;
  }
}

function sideIn(
  side: DiffedComponent | undefined,
  { some, isLive }: { readonly some: DiffedComponent; readonly isLive: boolean },
): DiffSide {
  const withoutXattrs = isLive ? !hasXattrCalls() : side?.record.withoutXattrs === true;
  return { context: side?.context ?? some.context, ids: side?.ids, withoutXattrs };
}

async function pairChanges(
  session: Session,
  changes: AsyncGenerator<Change>,
  { compared, query }: { readonly compared: Compared; readonly query: DiffMeans },
): Promise<AsyncIterable<PairedChange>> {
  const { name, diff, record } = compared;
  const [before, after] = [compared.before, compared.after] as [DiffedComponent, DiffedComponent];
  const { detectRenames } = await import('./renames/detect-renames.js');
  const { contentsOf, walkFiles } = await import('./renames/read-contents.js');
  const { platform, format } = session.store;
  return detectRenames(changes, query.renames ?? {}, {
    component: name,
    emptyId: hashObject(platform, format, { kind: 'blob', content: new Uint8Array() }),
    before: contentsOf(session, before, { isLive: diff.live === 'before' }),
    after: contentsOf(session, after, { isLive: diff.live === 'after' }),
    allBefore: () => walkFiles(before.context, before.ids),
    // Documents are named for what they say.
    isMovable: (path) => !isDocumentOf(record, path),
    signal: query.signal,
  });
}

async function describeChange(
  session: Session,
  { name, diff, before, after, record }: Compared,
  change: PairedChange,
): Promise<FileChange> {
  const { kind, path, source } = change;
  const isDocument = isDocumentOf(record, path);
  if (isDocument && diff.live !== undefined)
    await keepLive(session, diff, { name, entry: change[diff.live] });
  const left = await stateOf(before, change.before, source?.path ?? path);
  const right = await stateOf(after, change.after, path);
  return {
    ...{ kind: source?.kind ?? kind, component: name, path, livePath: livePathOf(record, path) },
    ...(source === undefined
      ? {}
      : {
          oldPath: source.path,
          oldLivePath: livePathOf(record, source.path),
          similarity: source.similarity,
        }),
    ...(change.hasLost === true ? { hasLost: true } : {}),
    ...(isDocument ? { document: path.startsWith(`${OBSERVED_NAME}/`) ? 'observed' : 'state' } : {}),
    ...(left === undefined ? {} : { before: left }),
    ...(right === undefined ? {} : { after: right }),
    ...(diff.live === undefined ? {} : { live: diff.live }),
  };
}

/** The content of a document that is live stands nowhere else: it is kept for whoever asks what differs. */
async function keepLive(
  { liveDocuments }: Session,
  diff: OpenDiff,
  { name, entry }: { readonly name: string; readonly entry: FileEntry | undefined },
): Promise<void> {
  if (diff.live === undefined || entry?.id === undefined) return;
  const context = diff[diff.live].get(name)?.context;
  if (context === undefined) return;
  try {
    liveDocuments.set(entry.id, (await context.source.read(entry.id)).content);
  } catch (error) {
    // The content of a file that is a document was not kept.
    if (!isSavepointError(error, 'OBJECT_MISSING')) throw error;
  }
}

function isWithin(path: string, wanted: string): boolean {
  return wanted === '' || isInside(path, wanted);
}

/** Whether a file only seems to be missing from the live state, as it could not be read. */
function isUnknown({ live, unread }: OpenDiff, change: Change, livePath: string): boolean {
  if (live === undefined || change[live] !== undefined) return false;
  return unread.some((path) => isInside(livePath, path));
}

async function stateOf(
  component: DiffedComponent | undefined,
  entry: FileEntry | undefined,
  path: string,
): Promise<FileState | undefined> {
  return component && entry && readFileState(component.context, entry, path);
}
