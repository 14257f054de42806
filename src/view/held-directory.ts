// Looks into a point without waiting, as `point-tree.ts` does where one can wait.
import { SavepointError } from '../../store/errors.js';
import type { HeldReader } from '../../store/held-reader.js';
import type { ObjectId } from '../../store/object-id.js';
import { parseTree, TREE_MODES, type TreeEntry } from '../../store/objects/tree.js';
import { ATTRIBUTES_NAME, type DirectoryIds, parseAttributes } from '../composition.js';
import { type DirectoryListing, incompleteTree, listingOf } from '../directory-listing.js';
import { parseComponentRecord } from '../point-record.js';
import type { PointComponent } from '../point-tree.js';

/** The components of the point whose tree is `root`, by name. Throws OBJECT_CORRUPT, and what reading objects throws. */
export function readHeldComponents(reader: HeldReader, root: ObjectId): Map<string, PointComponent> {
  const components = new Map<string, PointComponent>();
  for (const { name, mode, id } of readHeldTree(reader, root)) {
    if (mode !== TREE_MODES.directory) continue;
    const parts = new Map(readHeldTree(reader, id).map((entry) => [entry.name, entry.id]));
    const [record, files, attributes] = ['component.json', 'files', 'attrs'].map((part) => parts.get(part));
    if (record === undefined || files === undefined || attributes === undefined) {
      throw incompleteTree(id, 'component.json, files or attrs');
    }
    const { content } = reader.read(record);
    const parsed = parseComponentRecord(content, record, name);
    components.set(name, { record: parsed, ids: { files, attributes } });
  }
  return components;
}

/** What is in a directory. Throws as `readHeldComponents`. */
export function readHeldDirectory(reader: HeldReader, ids: DirectoryIds): DirectoryListing {
  const { format } = reader.source;
  const subtrees = new Map(readHeldTree(reader, ids.attributes).map(({ name, id }) => [name, id]));
  const blob = subtrees.get(ATTRIBUTES_NAME);
  if (blob === undefined) throw incompleteTree(ids.attributes, ATTRIBUTES_NAME);
  subtrees.delete(ATTRIBUTES_NAME);
  const attributes = reader.read(blob).content;
  const files = treeContent(reader, ids.files);
  const opened = { ids, format, files, attributes, subtrees };
  return listingOf(opened, parseAttributes(attributes), parseTree(files, format));
}

/** The entries of a tree. */
export function readHeldTree(reader: HeldReader, id: ObjectId): TreeEntry[] {
  return parseTree(treeContent(reader, id), reader.source.format);
}

function treeContent(reader: HeldReader, id: ObjectId): Uint8Array {
  const { kind, content } = reader.read(id);
  if (kind === 'tree') return content;
  throw new SavepointError('OBJECT_CORRUPT', `The object ${id} is a ${kind} where a tree should be.`, {
    fields: { id },
  });
}
