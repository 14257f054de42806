// Looks into a recovery point: its components, and the directories in them with all that is known of each file.
import { SavepointError } from '../store/errors.js';
import type { ObjectFormat, ObjectId } from '../store/object-id.js';
import type { StoredObject } from '../store/object-reader.js';
import { parseTree, TREE_MODES } from '../store/objects/tree.js';
import {
  ATTRIBUTES_NAME,
  attributeTreeName,
  type DirectoryAttributes,
  type DirectoryIds,
  type FileAttributes,
  parseAttributes,
} from './composition.js';
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

/** The names of the users and groups in a directory, as far as the captured host knew them. */
export type OwnerNames = Pick<DirectoryAttributes, 'users' | 'groups'>;

/** A file of a point, or of the live state. */
export interface FileEntry {
  readonly attributes: FileAttributes;
  /** The content of a file, the target of a symbolic link; nothing else has one. */
  readonly id: ObjectId | undefined;
  /** The trees of a directory. */
  readonly directory: DirectoryIds | undefined;
  /** Missing where the entry does not come from a directory's listing. */
  readonly owners?: OwnerNames;
}

/** The names in a directory and what they stand for, and the attributes of a component's root itself. */
export interface DirectoryListing {
  readonly entries: ReadonlyMap<string, FileEntry>;
  readonly self: FileAttributes | undefined;
  readonly owners: OwnerNames;
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
    components.set(entry.name, { record: parseComponentRecord(content, record), ids: { files, attributes } });
  }
  return components;
}

/** What is in a directory, in the order of git's trees where they know it, and behind that the rest. */
export async function readDirectory(context: TreeContext, ids: DirectoryIds): Promise<DirectoryListing> {
  const trees = new Map((await readTree(context, ids.attributes)).map(({ name, id }) => [name, id]));
  const blob = trees.get(ATTRIBUTES_NAME);
  if (blob === undefined) throw incompleteTree(ids.attributes, ATTRIBUTES_NAME);
  const files = new Map((await readTree(context, ids.files)).map(({ name, id }) => [name, id]));
  const entries = new Map<string, FileEntry>();
  let self: FileAttributes | undefined;
  const { users, groups, files: listed } = parseAttributes((await context.source.read(blob)).content);
  const owners = { users, groups };
  for (const attributes of listed) {
    const { name, type } = attributes;
    if (name === '.') {
      self = attributes;
      continue;
    }
    const directory = type === 'directory' ? childIds(name, { files, trees, ids }) : undefined;
    const id = directory === undefined ? files.get(name) : undefined;
    entries.set(name, { attributes, id, directory, owners });
  }
  return { entries, self, owners };
}

function childIds(
  name: string,
  parent: { files: Map<string, ObjectId>; trees: Map<string, ObjectId>; ids: DirectoryIds },
): DirectoryIds {
  const files = parent.files.get(name);
  const attributes = parent.trees.get(attributeTreeName(name));
  if (files === undefined || attributes === undefined) throw incompleteTree(parent.ids.attributes, name);
  return { files, attributes };
}

/** The file at `path`, relative to the component's root; `undefined` where there is none. */
export async function findEntry(
  context: TreeContext,
  component: PointComponent,
  path: string,
): Promise<FileEntry | undefined> {
  const { self, owners } = await readDirectory(context, component.ids);
  if (self === undefined) throw incompleteTree(component.ids.attributes, '.');
  let entry: FileEntry | undefined = { attributes: self, id: undefined, directory: component.ids, owners };
  if (path === '') return entry;
  for (const name of path.split('/')) {
    if (entry?.directory === undefined) return undefined;
    entry = (await readDirectory(context, entry.directory)).entries.get(name);
  }
  return entry;
}

async function readTree(context: TreeContext, id: ObjectId) {
  const { kind, content } = await context.source.read(id);
  if (kind === 'tree') return parseTree(content, context.format);
  throw new SavepointError('OBJECT_CORRUPT', `The object ${id} is a ${kind} where a tree should be.`, {
    fields: { id },
  });
}

function incompleteTree(id: ObjectId, what: string): SavepointError {
  return new SavepointError(
    'OBJECT_CORRUPT',
    `The tree ${id} lacks ${what}, which each recovery point has.`,
    {
      fields: { id, missing: what },
    },
  );
}
