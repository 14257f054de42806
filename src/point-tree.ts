// Looks into a recovery point: its components, and the directories in them with all that is known of each file.
import { SavepointError } from '../store/errors.js';
import type { ObjectFormat, ObjectId } from '../store/object-id.js';
import type { StoredObject } from '../store/object-reader.js';
import { compareTrees } from '../store/objects/compare-trees.js';
import { parseTree, TREE_MODES } from '../store/objects/tree.js';
import {
  ATTRIBUTES_NAME,
  compareAttributes,
  type DirectoryIds,
  directoryName,
  parseAttributes,
} from './composition.js';
import {
  type DirectoryListing,
  type FileEntry,
  incompleteTree,
  listingOf,
  type OpenedDirectory,
} from './directory-listing.js';
import {
  type ComponentRecord,
  type PointRecord,
  parseComponentRecord,
  parsePointRecord,
} from './point-record.js';
import type { Point } from './points.js';

/** Where objects are read from: a store, or a store and what only is in memory. */
export interface ObjectSource {
  read(id: ObjectId): Promise<StoredObject>;
}

export interface TreeContext {
  readonly source: ObjectSource;
  readonly format: ObjectFormat;
}

/** A component of a point, and the ids of its two trees. */
export interface PointComponent {
  readonly record: ComponentRecord;
  readonly ids: DirectoryIds;
}

export async function readPointRecord(context: TreeContext, point: Point): Promise<PointRecord> {
  const root = await readTree(context, point.tree);
  const record = root.find(({ name }) => name === 'savepoint.json');
  if (record === undefined) throw incompleteTree(point.tree, 'savepoint.json');
  return parsePointRecord((await context.source.read(record.id)).content, record.id);
}

/** The components of a point, by name. */
export async function readComponents(
  context: TreeContext,
  point: Point,
): Promise<Map<string, PointComponent>> {
  const components = new Map<string, PointComponent>();
  for (const entry of await readTree(context, point.tree)) {
    if (entry.mode !== TREE_MODES.directory) continue;
    const parts = new Map((await readTree(context, entry.id)).map(({ name, id }) => [name, id]));
    const [record, files, attributes] = ['component.json', 'files', 'attrs'].map((name) => parts.get(name));
    if (record === undefined || files === undefined || attributes === undefined) {
      throw incompleteTree(entry.id, 'component.json, files or attrs');
    }
    const { content } = await context.source.read(record);
    const parsed = parseComponentRecord(content, record, entry.name);
    components.set(entry.name, { record: parsed, ids: { files, attributes } });
  }
  return components;
}

/** What is in a directory, in the order of git's trees where they know it, and behind that the rest. */
export async function readDirectory(context: TreeContext, ids: DirectoryIds): Promise<DirectoryListing> {
  const opened = await openDirectory(context, ids);
  const files = parseTree(opened.files, context.format);
  return listingOf(opened, parseAttributes(opened.attributes), files);
}

/**
 * What differs between two directories, as a listing of either: entries that are equal, with all that is below them,
 * are left out, and not decoded.
 */
export async function compareDirectories(
  before: { readonly context: TreeContext; readonly ids: DirectoryIds },
  after: { readonly context: TreeContext; readonly ids: DirectoryIds },
): Promise<{ before: DirectoryListing; after: DirectoryListing }> {
  const { format } = before.context;
  const left = await openDirectory(before.context, before.ids);
  const right = await openDirectory(after.context, after.ids);
  const files = compareTrees(left.files, right.files, format);
  const names = new Set([...files.left, ...files.right].map(({ name }) => name));
  for (const name of changedSubtrees(left.subtrees, right.subtrees)) names.add(name);
  const attributes = compareAttributes(left.attributes, right.attributes, names);
  return {
    before: listingOf(left, attributes.left, files.left),
    after: listingOf(right, attributes.right, files.right),
  };
}

async function openDirectory(context: TreeContext, ids: DirectoryIds): Promise<OpenedDirectory> {
  const subtrees = new Map((await readTree(context, ids.attributes)).map(({ name, id }) => [name, id]));
  const blob = subtrees.get(ATTRIBUTES_NAME);
  if (blob === undefined) throw incompleteTree(ids.attributes, ATTRIBUTES_NAME);
  subtrees.delete(ATTRIBUTES_NAME);
  const files = await readTreeContent(context, ids.files);
  return {
    ids,
    format: context.format,
    files,
    attributes: (await context.source.read(blob)).content,
    subtrees,
  };
}

/** The names of the directories whose attribute trees differ. */
function* changedSubtrees(
  left: ReadonlyMap<string, ObjectId>,
  right: ReadonlyMap<string, ObjectId>,
): Generator<string> {
  for (const [name, id] of left) if (right.get(name) !== id) yield directoryName(name);
  for (const name of right.keys()) if (!left.has(name)) yield directoryName(name);
}

/** The file at `path`, relative to the component's root; `undefined` where there is none. */
export async function findEntry(
  context: TreeContext,
  component: PointComponent,
  path: string,
): Promise<FileEntry | undefined> {
  if (path !== '') return findEntryBelow(context, component.ids, path);
  const { self, owners } = await readDirectory(context, component.ids);
  if (self === undefined) throw incompleteTree(component.ids.attributes, '.');
  return { attributes: self, id: undefined, directory: component.ids, owners };
}

/** The file at `path`, which is not empty, relative to the directory `ids`; `undefined` where there is none. */
export async function findEntryBelow(
  context: TreeContext,
  ids: DirectoryIds,
  path: string,
): Promise<FileEntry | undefined> {
  let directory: DirectoryIds | undefined = ids;
  let entry: FileEntry | undefined;
  for (const name of path.split('/')) {
    if (directory === undefined) return undefined;
    entry = (await readDirectory(context, directory)).entries.get(name);
    directory = entry?.directory;
  }
  return entry;
}

async function readTree(context: TreeContext, id: ObjectId) {
  return parseTree(await readTreeContent(context, id), context.format);
}

async function readTreeContent(context: TreeContext, id: ObjectId): Promise<Uint8Array> {
  const { kind, content } = await context.source.read(id);
  if (kind === 'tree') return content;
  throw new SavepointError('OBJECT_CORRUPT', `The object ${id} is a ${kind} where a tree should be.`, {
    fields: { id },
  });
}
