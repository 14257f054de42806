// A tree of nodes that is read when it is looked at, without waiting: one point, or all points of a store. Nodes are plain
// values, made anew when a directory is no longer kept: what two of them have in common is `file`.
import type { ObjectId } from '../../store/object-id.js';
import type { DirectoryIds, FileAttributes, StoredFileType } from '../composition.js';
import type { OwnerNames } from '../directory-listing.js';
import type { ComponentRecord } from '../point-record.js';

/** All calls throw what reading objects throws. */
export interface TreeView {
  readonly root: ViewNode;
  /** The node at `path`, slash-separated, from the root; `undefined` where there is none. No link is followed. */
  find(path: string): ViewNode | undefined;
  /** What is in a directory, in a fixed order. */
  list(directory: ViewNode): Children;
  /** Bytes of a file's content, or of a link's target; 0 for all others. */
  sizeBytes(node: ViewNode): number;
  /** A part of a file's content, or of a link's target. May be a view of what is kept: not to be written to. */
  read(node: ViewNode, range: { readonly offset: number; readonly lengthBytes: number }): Uint8Array;
  /** The whole content of a file, where nothing has to be decoded for it. */
  readKept(node: ViewNode): Uint8Array | undefined;
  /** How many names a file has; of a directory, 2 and one for each directory in it. */
  linkCount(node: ViewNode): number;
  /** What the point that a node is part of says of its components, by the paths of their roots in the tree. */
  componentsOf(node: ViewNode): ReadonlyMap<string, ComponentRecord>;
}

/** One name in a view, and the file that it stands for. */
export interface ViewNode {
  /** From the view's root, slash-separated; '' for the root itself. */
  readonly path: string;
  /** The same for all names of one hard-linked file, and for no other file of the view. */
  readonly file: string;
  readonly type: StoredFileType;
  readonly attributes: ViewAttributes;
  /** The content of a file, or the target of a symbolic link; nothing else has one. */
  readonly id: ObjectId | undefined;
  /** The trees of a directory; the view's own root has none. */
  readonly directory: DirectoryIds | undefined;
  /** The names of the users and groups, as far as the captured host knew them. */
  readonly owners: OwnerNames | undefined;
  /** The component that it is part of; the view's own root is part of none. */
  readonly component: string | undefined;
}

export type ViewAttributes = Omit<FileAttributes, 'name' | 'type'>;

export type Children = ReadonlyMap<string, ViewNode>;
