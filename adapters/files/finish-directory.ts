// Turns a directory whose files all have their ids into its two trees: contents as git has them, and attributes.

import { encodeName } from '../../store/names.js';
import type { ObjectFormat, ObjectId, ObjectKind } from '../../store/object-id.js';
import { hashObject } from '../../store/objects/object-header.js';
import { encodeTree, TREE_MODES, type TreeEntry, type TreeMode } from '../../store/objects/tree.js';
import type { Platform } from '../../store/platform.js';
import {
  ATTRIBUTES_NAME,
  attributeTreeName,
  type ExtraAttributes,
  encodeAttributes,
  type FileAttributes,
  type StoredFileType,
} from './attributes.js';
import type { OpenDirectory } from './open-directory.js';
import type { OwnerNames } from './owner-names.js';
import type { DirectoryIds } from './stat-cache.js';
import { fileType, permissionBits, readLongWord, STATUS_WORDS, WORD } from './status-words.js';

/** A directory that stands in a component's root without being one of the host. */
export interface Graft {
  readonly name: string;
  readonly ids: DirectoryIds;
}

export interface Grafting {
  readonly grafts: readonly Graft[];
  readonly platform: Platform;
  /** The id that the root's tree of contents would have without them; set when it is finished. */
  ownFiles?: ObjectId;
}

/** Where trees, attributes and link targets go. */
export interface MetadataSink {
  add(kind: ObjectKind, content: Uint8Array): Promise<ObjectId>;
}

export interface FinishContext {
  readonly metadata: MetadataSink;
  readonly format: ObjectFormat;
  readonly owners: OwnerNames;
  /** The status of the component's root itself, which no other directory tells of. */
  readonly root: { readonly words: Int32Array; extras: ExtraAttributes | undefined };
  /** Where this is there, the component is some paths in its root, and the root's own attributes none of its business. */
  readonly grafting: Grafting | undefined;
}

/** The trees of a directory; both are stored. */
export async function finishDirectory(
  directory: OpenDirectory,
  context: FinishContext,
): Promise<DirectoryIds> {
  for (const [index, target] of directory.linkTargets) {
    directory.setId(index, await context.metadata.add('blob', encodeName(target)));
  }
  const files: TreeEntry[] = [];
  const attributes: FileAttributes[] = [];
  const attributeTrees: TreeEntry[] = [];
  if (directory.place === undefined) attributes.push(rootAttributes(context));
  if (directory.place === undefined) graft(context, { files, attributes, attributeTrees });
  directory.seen.names.forEach((name, index) => {
    if (directory.omitted.has(index)) return;
    const at = index * STATUS_WORDS;
    const entry = treeEntry(directory, index);
    if (entry !== undefined) files.push(entry);
    attributes.push({ ...attributesAt(name, directory.seen.words, at), ...directory.extras.get(index) });
    const child = directory.children.get(index);
    if (child !== undefined) {
      attributeTrees.push({
        mode: TREE_MODES.directory,
        name: attributeTreeName(name),
        id: child.attributes,
      });
    }
  });
  const blob = await context.metadata.add(
    'blob',
    encodeAttributes({ files: attributes, ...usedOwners(attributes, context.owners) }),
  );
  attributeTrees.push({ mode: TREE_MODES.file, name: ATTRIBUTES_NAME, id: blob });
  return {
    files: await context.metadata.add('tree', encodeTree(files, context.format)),
    attributes: await context.metadata.add('tree', encodeTree(attributeTrees, context.format)),
  };
}

function rootAttributes({ root, grafting }: FinishContext): FileAttributes {
  if (grafting !== undefined) return plainDirectory('.');
  return { ...attributesAt('.', root.words, 0), ...root.extras };
}

function graft(
  { grafting, format }: FinishContext,
  into: { files: TreeEntry[]; attributes: FileAttributes[]; attributeTrees: TreeEntry[] },
): void {
  if (grafting === undefined) return;
  const content = encodeTree(into.files, format);
  grafting.ownFiles = hashObject(grafting.platform, format, { kind: 'tree', content });
  for (const { name, ids } of grafting.grafts) {
    into.files.push({ mode: TREE_MODES.directory, name, id: ids.files });
    into.attributes.push(plainDirectory(name));
    into.attributeTrees.push({
      mode: TREE_MODES.directory,
      name: attributeTreeName(name),
      id: ids.attributes,
    });
  }
}

/** A directory of root's whose attributes say nothing. */
export function plainDirectory(name: string): FileAttributes {
  return {
    ...{ name, type: 'directory', mode: 0o755, userId: 0, groupId: 0 },
    ...{ modifiedSeconds: 0, modifiedNanoseconds: 0 },
  };
}

/** What git's tree says of an entry; nothing for devices and FIFOs, which git doesn't know. */
function treeEntry(directory: OpenDirectory, index: number): TreeEntry | undefined {
  const name = directory.seen.names[index];
  const child = directory.children.get(index);
  if (child !== undefined) return { mode: TREE_MODES.directory, name, id: child.files };
  const mode = treeMode(directory.seen.words[index * STATUS_WORDS + WORD.mode]);
  const id = directory.idOf(index);
  return mode === undefined || id === '' ? undefined : { mode, name, id };
}

function treeMode(mode: number): TreeMode | undefined {
  const type = fileType(mode);
  if (type === 'symlink') return TREE_MODES.symlink;
  if (type !== 'file') return undefined;
  return (mode & 0o100) === 0 ? TREE_MODES.file : TREE_MODES.executable;
}

/** What the status at `at` of `words` says of a file. */
export function attributesAt(name: string, words: Int32Array, at: number): FileAttributes {
  const mode = words[at + WORD.mode];
  return {
    name,
    type: fileType(mode) as StoredFileType,
    mode: permissionBits(mode),
    userId: words[at + WORD.userId] >>> 0,
    groupId: words[at + WORD.groupId] >>> 0,
    modifiedSeconds: readLongWord(words, at + WORD.modifiedSeconds),
    modifiedNanoseconds: words[at + WORD.modifiedNanoseconds],
  };
}

function usedOwners(attributes: readonly FileAttributes[], owners: OwnerNames): OwnerNames {
  const users = new Map<number, string>();
  const groups = new Map<number, string>();
  for (const { userId, groupId } of attributes) {
    const user = owners.users.get(userId);
    const group = owners.groups.get(groupId);
    if (user !== undefined) users.set(userId, user);
    if (group !== undefined) groups.set(groupId, group);
  }
  return { users, groups };
}
