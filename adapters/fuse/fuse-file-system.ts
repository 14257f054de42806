// What is served through FUSE: a tree that is only read, of nodes with numbers. The root has number 1, and a number never
// comes to mean another file. All but `prepare` answer at once; they throw a FuseError, or what reading objects throws.

export interface FuseAttributes {
  /** The inode number as two 32-bit words; names of one file have the same. */
  readonly inodeLow: number;
  readonly inodeHigh: number;
  /** Type and permission bits. */
  readonly mode: number;
  readonly userId: number;
  readonly groupId: number;
  readonly linkCount: number;
  readonly sizeBytes: number;
  /** Bytes that hold data: less than the size where there are holes. */
  readonly allocatedBytes: number;
  readonly deviceNumber: number;
  readonly modifiedSeconds: number;
  readonly modifiedNanoseconds: number;
}

/** A name in a directory. */
export interface FuseChild {
  readonly node: number;
  readonly name: string;
  readonly mode: number;
  readonly inodeLow: number;
  readonly inodeHigh: number;
  /** The place behind it. */
  readonly next: number;
}

export interface ReadRange {
  readonly offset: number;
  readonly lengthBytes: number;
}

export interface FuseFileSystem {
  /** Whether nothing of it ever changes: then the kernel opens directories without asking. */
  readonly isConstant: boolean;
  /** Called before each request about `node`; what is returned, if anything, is waited for first. */
  prepare(node: number): Promise<void> | undefined;
  /** How long the kernel may take for granted what it knows of a node, in seconds. */
  validSeconds(node: number): number;
  /** The node that `name` stands for; `undefined` where there is none. */
  find(directory: number, name: string): number | undefined;
  attributes(node: number): FuseAttributes;
  /** The first child at or behind a place in a directory, which begins at 0; `undefined` behind the last one. */
  childAt(directory: number, place: number): FuseChild | undefined;
  /** The directory that a directory is in; the root is in itself. */
  parent(directory: number): number;
  /** A part of a file's content, or less at its end. Good until the next call. */
  read(file: number, range: ReadRange): Uint8Array;
  /**
   * Files that are likely to be read after `file`, whole, as far as their contents are at hand: where a directory is read from
   * front to back. Contents are good until the next call, the iterator's own included.
   */
  following(file: number): Iterable<{ readonly node: number; readonly content: Uint8Array }>;
  readLink(link: number): Uint8Array;
  /** Where data (or else, with `hole`, no data) begins, from `offset`; `undefined` behind the end. */
  seek(file: number, offset: number, what: 'data' | 'hole'): number | undefined;
  xattrNames(node: number): readonly string[];
  xattr(node: number, name: string): Uint8Array | undefined;
  /** Called where an answer could not be given; the kernel is told EIO. */
  failed(node: number, error: unknown): void;
}

/** An answer that is an errno: part of the protocol, and nothing that an operator sees. */
export class FuseError extends Error {
  constructor(readonly errno: number) {
    super(`errno ${errno}`);
  }
}
