// A directory of a point, out of the objects that it is made of: names, attributes, and where their contents are.
import { SavepointError } from '../store/errors.js';
import type { ObjectFormat, ObjectId } from '../store/object-id.js';
import { parseTree, type TreeEntry } from '../store/objects/tree.js';
import {
  attributeTreeName,
  type DirectoryAttributes,
  type DirectoryIds,
  type FileAttributes,
} from './composition.js';

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

/** The objects that a directory is made of. */
export interface OpenedDirectory {
  readonly ids: DirectoryIds;
  readonly format: ObjectFormat;
  /** The content of the tree of contents, and of the attribute blob. */
  readonly files: Uint8Array;
  readonly attributes: Uint8Array;
  /** The attribute trees of subdirectories, by the names that they have in the tree. */
  readonly subtrees: ReadonlyMap<string, ObjectId>;
}

/** The listing of the files in `listed`; what `files` does not have of them is looked up in the whole tree. */
export function listingOf(
  opened: OpenedDirectory,
  { users, groups, files: listed }: DirectoryAttributes,
  files: readonly TreeEntry[],
): DirectoryListing {
  const known = new Map(files.map(({ name, id }) => [name, id]));
  let whole: ReadonlyMap<string, ObjectId> | undefined;
  const findId = (name: string) => {
    const id = known.get(name);
    if (id !== undefined) return id;
    whole ??= new Map(parseTree(opened.files, opened.format).map((entry) => [entry.name, entry.id]));
    return whole.get(name);
  };
  const entries = new Map<string, FileEntry>();
  const owners = { users, groups };
  let self: FileAttributes | undefined;
  for (const attributes of listed) {
    const { name, type } = attributes;
    if (name === '.') self = attributes;
    else if (type === 'directory') {
      const directory = childIds(opened, name, findId(name));
      entries.set(name, { attributes, id: undefined, directory, owners });
    } else {
      const id = type === 'file' || type === 'symlink' ? findId(name) : undefined;
      entries.set(name, { attributes, id, directory: undefined, owners });
    }
  }
  return { entries, self, owners };
}

function childIds(opened: OpenedDirectory, name: string, files: ObjectId | undefined): DirectoryIds {
  const attributes = opened.subtrees.get(attributeTreeName(name));
  if (files === undefined || attributes === undefined) throw incompleteTree(opened.ids.attributes, name);
  return { files, attributes };
}

export function incompleteTree(id: ObjectId, what: string): SavepointError {
  return new SavepointError(
    'OBJECT_CORRUPT',
    `The tree ${id} lacks ${what}, which each recovery point has.`,
    {
      fields: { id, missing: what },
    },
  );
}
