// Compares two states of a component, both given by their trees. Subtrees with equal ids are equal, and are skipped:
// the cost follows the change, not the tree.
import { compareNames } from '../store/names.js';
import type { DirectoryIds, FileAttributes } from './composition.js';
import { type FileEntry, readDirectory, type TreeContext } from './point-tree.js';

export type ChangeKind =
  /** Only the second state has it. */
  | 'added'
  /** Only the first state has it. */
  | 'removed'
  /** The content differs. */
  | 'modified'
  /** The content is equal, and something else differs: mode, owner, time, extended attributes, links. */
  | 'attributes'
  /** It is of another type. */
  | 'type';

export interface Change {
  readonly kind: ChangeKind;
  /** Relative to the component's root; '' for the root itself. */
  readonly path: string;
  readonly before: FileEntry | undefined;
  readonly after: FileEntry | undefined;
}

/** One side of a comparison; `ids` is missing where there is nothing on this side. */
export interface DiffSide {
  readonly context: TreeContext;
  readonly ids: DirectoryIds | undefined;
}

export interface DiffOptions {
  readonly before: DiffSide;
  readonly after: DiffSide;
  /** Whether a path is to be looked at: it is, or is below, or leads to, what was asked for. */
  readonly includes?: (path: string) => boolean;
}

/** The changes from one state to the other; a directory comes before what is in it. */
export async function* diffTrees(options: DiffOptions): AsyncGenerator<Change> {
  const { before, after } = options;
  if (sameIds(before.ids, after.ids)) return;
  yield* diffDirectories(options, { path: '', before: before.ids, after: after.ids });
}

interface Pair {
  readonly path: string;
  readonly before: DirectoryIds | undefined;
  readonly after: DirectoryIds | undefined;
}

async function* diffDirectories(options: DiffOptions, pair: Pair): AsyncGenerator<Change> {
  const before = await listing(options.before.context, pair.before);
  const after = await listing(options.after.context, pair.after);
  if (pair.path === '') yield* diffRoots(before.self, after.self, pair);
  const names = [...new Set([...before.entries.keys(), ...after.entries.keys()])].sort(compareNames);
  for (const name of names) {
    const path = pair.path === '' ? name : [pair.path, name].join('/'); // flat, as it may be kept
    if (options.includes?.(path) === false) continue;
    const left = before.entries.get(name);
    const right = after.entries.get(name);
    const kind = changeKind(left, right);
    if (kind !== undefined) yield { kind, path, before: left, after: right };
    if (sameIds(left?.directory, right?.directory)) continue;
    yield* diffDirectories(options, { path, before: left?.directory, after: right?.directory });
  }
}

function* diffRoots(
  before: FileAttributes | undefined,
  after: FileAttributes | undefined,
  pair: Pair,
): Generator<Change> {
  const left =
    before === undefined ? undefined : { attributes: before, id: undefined, directory: pair.before };
  const right = after === undefined ? undefined : { attributes: after, id: undefined, directory: pair.after };
  const kind = changeKind(left, right);
  if (kind !== undefined) yield { kind, path: '', before: left, after: right };
}

function changeKind(before: FileEntry | undefined, after: FileEntry | undefined): ChangeKind | undefined {
  if (before === undefined) return after === undefined ? undefined : 'added';
  if (after === undefined) return 'removed';
  if (before.attributes.type !== after.attributes.type) return 'type';
  if (before.id !== after.id) return 'modified';
  return sameAttributes(before.attributes, after.attributes) ? undefined : 'attributes';
}

/** Whether two files have the same attributes, holes and links included. */
export function sameAttributes(left: FileAttributes, right: FileAttributes): boolean {
  return (
    left.mode === right.mode &&
    left.userId === right.userId &&
    left.groupId === right.groupId &&
    left.modifiedSeconds === right.modifiedSeconds &&
    left.modifiedNanoseconds === right.modifiedNanoseconds &&
    left.link === right.link &&
    sameValue(left.device, right.device) &&
    sameValue(left.xattrs, right.xattrs)
  );
}

function sameValue(left: unknown, right: unknown): boolean {
  return left === right || JSON.stringify(left) === JSON.stringify(right);
}

const NOTHING = { entries: new Map<string, FileEntry>(), self: undefined };

async function listing(context: TreeContext, ids: DirectoryIds | undefined) {
  return ids === undefined ? NOTHING : readDirectory(context, ids);
}

function sameIds(left: DirectoryIds | undefined, right: DirectoryIds | undefined): boolean {
  return left?.files === right?.files && left?.attributes === right?.attributes;
}
