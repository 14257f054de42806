// Compares two states of a component, both given by their trees. Subtrees with equal ids are equal, and are skipped:
// the cost follows the change, not the tree.
import { compareNames } from '../store/names.js';
import type { DirectoryIds, FileAttributes } from './composition.js';
import type { DirectoryListing, FileEntry } from './directory-listing.js';
import { compareDirectories, type PointComponent, readDirectory, type TreeContext } from './point-tree.js';

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
  /** Extended attributes could not be read there: those of the other side are taken for its. */
  readonly withoutXattrs?: boolean;
}

/** A component of a point as one side. */
export function sideOfPoint(context: TreeContext, { record, ids }: PointComponent): DiffSide {
  return { context, ids, withoutXattrs: record.withoutXattrs === true };
}

export interface DiffOptions {
  readonly before: DiffSide;
  readonly after: DiffSide;
  /** Whether a path is to be looked at: it is, or is below, or leads to, what was asked for. */
  readonly includes?: (path: string) => boolean;
  /** One side was looked at no further than `includes` goes, so it does not know which hard links lead out of there. */
  readonly isLimited?: boolean;
}

/** The changes from one state to the other; a directory comes before what is in it. */
export async function* diffTrees(options: DiffOptions): AsyncGenerator<Change> {
  const { before, after } = options;
  if (sameIds(before.ids, after.ids)) return;
  // A generator inside another for each level would pass every change through all of them.
  const open = [await enter(options, { path: '', before: before.ids, after: after.ids })];
  yield* diffRoots(open[0], options);
  for (let directory = open.at(-1); directory !== undefined; directory = open.at(-1)) {
    const name = directory.names.pop();
    if (name === undefined) {
      open.pop();
      continue;
    }
    const path = directory.path === '' ? name : [directory.path, name].join('/'); // flat, as it may be kept
    if (options.includes?.(path) === false) continue;
    const [left, right] = completed(
      options,
      directory.left.entries.get(name),
      directory.right.entries.get(name),
    );
    const kind = changeKind(left, right, options.isLimited === true ? options.includes : undefined);
    if (kind !== undefined) yield { kind, path, before: left, after: right };
    if (sameIds(left?.directory, right?.directory)) continue;
    open.push(await enter(options, { path, before: left?.directory, after: right?.directory }));
  }
}

interface Pair {
  readonly path: string;
  readonly before: DirectoryIds | undefined;
  readonly after: DirectoryIds | undefined;
}

/** A directory that differs, and the names in it that are still to be compared, the last one first. */
interface OpenPair extends Pair {
  readonly names: string[];
  readonly left: Listing;
  readonly right: Listing;
}

async function enter(options: DiffOptions, pair: Pair): Promise<OpenPair> {
  const { before: left, after: right } = await listings(options, pair);
  const names = [...new Set([...left.entries.keys(), ...right.entries.keys()])];
  return { ...pair, left, right, names: names.sort((one, other) => compareNames(other, one)) };
}

function* diffRoots(pair: OpenPair, options: DiffOptions): Generator<Change> {
  const before = pair.left.self;
  const after = pair.right.self;
  const [left, right] = completed(
    options,
    before === undefined ? undefined : { attributes: before, id: undefined, directory: pair.before },
    after === undefined ? undefined : { attributes: after, id: undefined, directory: pair.after },
  );
  const kind = changeKind(left, right);
  if (kind !== undefined) yield { kind, path: '', before: left, after: right };
}

/** Both, with what is known of neither but the other. */
function completed(
  { before, after }: DiffOptions,
  left: FileEntry | undefined,
  right: FileEntry | undefined,
): [FileEntry | undefined, FileEntry | undefined] {
  if (left === undefined || right === undefined || before.withoutXattrs === after.withoutXattrs)
    return [left, right];
  return before.withoutXattrs === true
    ? [withXattrsOf(right, left), right]
    : [left, withXattrsOf(left, right)];
}

function withXattrsOf({ attributes: { xattrs } }: FileEntry, entry: FileEntry): FileEntry {
  return xattrs === undefined ? entry : { ...entry, attributes: { ...entry.attributes, xattrs } };
}

function changeKind(
  before: FileEntry | undefined,
  after: FileEntry | undefined,
  linksWithin?: DiffOptions['includes'],
): ChangeKind | undefined {
  if (before === undefined) return after === undefined ? undefined : 'added';
  if (after === undefined) return 'removed';
  if (before.attributes.type !== after.attributes.type) return 'type';
  if (before.id !== after.id) return 'modified';
  return sameAttributes(before.attributes, after.attributes, linksWithin) ? undefined : 'attributes';
}

/**
 * Whether two files have the same attributes, links included, as far as both are within `linksWithin`; holes are no
 * difference.
 */
export function sameAttributes(
  left: FileAttributes,
  right: FileAttributes,
  linksWithin: (path: string) => boolean = () => true,
): boolean {
  const isKnown = (link: string | undefined) => link === undefined || linksWithin(link);
  return (
    left.mode === right.mode &&
    left.userId === right.userId &&
    left.groupId === right.groupId &&
    left.modifiedSeconds === right.modifiedSeconds &&
    left.modifiedNanoseconds === right.modifiedNanoseconds &&
    (left.link === right.link || !isKnown(left.link) || !isKnown(right.link)) &&
    sameValue(left.device, right.device) &&
    sameValue(left.xattrs, right.xattrs)
  );
}

function sameValue(left: unknown, right: unknown): boolean {
  return left === right || JSON.stringify(left) === JSON.stringify(right);
}

type Listing = Pick<DirectoryListing, 'entries' | 'self'>;

const NOTHING: Listing = { entries: new Map(), self: undefined };

async function listings(
  { before, after }: DiffOptions,
  pair: Pair,
): Promise<{ before: Listing; after: Listing }> {
  const left = pair.before && { context: before.context, ids: pair.before };
  const right = pair.after && { context: after.context, ids: pair.after };
  if (left !== undefined && right !== undefined) return compareDirectories(left, right);
  return {
    before: left === undefined ? NOTHING : await readDirectory(left.context, left.ids),
    after: right === undefined ? NOTHING : await readDirectory(right.context, right.ids),
  };
}

function sameIds(left: DirectoryIds | undefined, right: DirectoryIds | undefined): boolean {
  return left?.files === right?.files && left?.attributes === right?.attributes;
}
