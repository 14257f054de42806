// One file of a tree that is read when it is looked at, whatever it comes from: a point, or the store as a repository.
// File systems are made of these. All calls answer at once, and throw what reading objects throws.

export interface ByteRange {
  readonly offset: number;
  readonly lengthBytes: number;
}

export interface LazyEntry {
  /** Absolute in its file system, for messages. */
  readonly path: string;
  /** The same for all names of one hard-linked file, and for no other file of the tree. */
  readonly file: string;
  /** Type and permission bits, as `stat` has them. */
  readonly mode: number;
  readonly userId: number;
  readonly groupId: number;
  readonly modified: ModifiedTime;
  /** The number of a device node, as `stat` has it; 0 for all others. */
  readonly deviceNumber: number;
  linkCount(): number;
  /** Bytes of a file's content, or of a link's target; 0 for all others. */
  sizeBytes(): number;
  /** A part of a file's content. May be a view of what is kept: not to be written to. */
  read(range: ByteRange): Uint8Array;
  /** Where a symbolic link leads. */
  target(): string;
  /** What is in a directory. */
  children(): LazyChildEntries;
}

/** The names in a directory, in a fixed order, and what they stand for. */
export interface LazyChildEntries {
  get(name: string): LazyEntry | undefined;
  keys(): Iterable<string>;
}

export interface ModifiedTime {
  readonly seconds: number;
  readonly nanoseconds: number;
}
