// What is handed to a restoring thread: files to write, or parts of large ones, with the blocks that hold them.
import type { ObjectId } from '../../store/object-id.js';
import type { FileAttributes } from './attributes.js';

/** A block of a pack. */
export interface BlockPlace {
  readonly packId: string;
  readonly offset: number;
  readonly storedBytes: number;
  readonly rawBytes: number;
}

/** A record in a block. */
export interface RecordPlace {
  readonly id: ObjectId;
  readonly offset: number;
  readonly lengthBytes: number;
}

/** A whole file to create: its path is relative to the staging directory. */
export interface WholeFile extends RecordPlace {
  readonly path: string;
  readonly attributes: FileAttributes;
}

/** A piece of a large file, which exists already. */
export interface FilePart extends RecordPlace {
  readonly path: string;
  readonly position: number;
  /** The data ranges of a sparse file. */
  readonly data: FileAttributes['data'];
}

/** All that is to be written out of one block. */
export interface BlockWork {
  readonly block: BlockPlace;
  readonly files: readonly WholeFile[];
  readonly parts: readonly FilePart[];
}

export interface RestoreRequest {
  /** The descriptor of the staging directory, which the whole process has open. */
  readonly staging: number;
  readonly work: readonly BlockWork[];
}

export interface RestoreReply {
  readonly problems: readonly { readonly path: string; readonly message: string }[];
  readonly bytes: number;
  /** What is not written yet: its packs are gone, as they are when another process merges them. */
  readonly moved: readonly BlockWork[];
}
