// What the journal keeps of a change to a component's files: plain data, enough for another process to take back its
// preparation, or, once it is decided, to carry it out to the end. Written before what it speaks of is done.
import type { FileTime } from '../node/posix-call-contract.js';
import type { FileAttributes } from './attributes.js';
import type { RestoreProblem } from './restore-step.js';
import { readLongWord, WORD } from './status-words.js';

/** Which file it is, and in which state: what rename keeps, and nothing that it changes. */
export interface FileIdentity {
  readonly inode: string;
  readonly sizeBytes: number;
  readonly modifiedSeconds: number;
  readonly modifiedNanoseconds: number;
}

/** A mount of the component on which something changes, before anything is made there. */
export interface ChangePlace {
  /** Relative to the component's root; '' for the root's own mount. */
  readonly mount: string;
  /** The name of the staging directory, in the mount's root. */
  readonly staging: string;
  /** When the mount's root was modified: making the staging directory changes that. */
  readonly rootTime: { readonly seconds: number; readonly nanoseconds: number };
}

/** One thing to do; paths are relative to the mount. Each can be done any number of times, and tells whether it is done. */
export type ChangeStep =
  | {
      /** Gives what stands at `staged` in the staging directory its name; what had that name goes there instead. */
      readonly do: 'put';
      readonly path: string;
      readonly staged: string;
      readonly inode: string;
      /** What stands at `path` now; missing where nothing does. */
      readonly before?: FileIdentity;
    }
  | {
      /** Moves a file into the staging directory. A directory is removed, if by then it is empty. */
      readonly do: 'remove';
      readonly path: string;
      readonly isDirectory: boolean;
      readonly trash: string;
      readonly before?: FileIdentity;
    }
  /** Makes `path` a hard link to what is at `to` by then. */
  | { readonly do: 'link'; readonly path: string; readonly to: string; readonly staged: string }
  | { readonly do: 'attributes'; readonly path: string; readonly attributes: FileAttributes }
  /** Sets a directory's time: what happens in a directory changes it. */
  | {
      readonly do: 'time';
      readonly path: string;
      readonly modified: FileTime & { readonly seconds: number };
    };

/** A change of a component's files on one mount, ready to be carried out. */
export interface PreparedChange extends ChangePlace {
  /** In the order in which they are done. */
  readonly steps: readonly ChangeStep[];
}

/** Where the root of a component is made anew as a whole, before anything is made there. */
export interface SwapPlace {
  /** The name of the staging directory, in the directory that the root stands in. */
  readonly staging: string;
  /** When that directory was modified: making the staging directory changes that. */
  readonly parentTime: { readonly seconds: number; readonly nanoseconds: number };
}

/** A tree that is staged as a whole, ready to be exchanged for a component's root. Paths are relative to the root. */
export interface PreparedSwap extends SwapPlace {
  /** The inode of the root that stands there now, and of the staged one. */
  readonly before: string;
  readonly inode: string;
  /** When the staged root was modified. */
  readonly rootTime: ChangePlace['rootTime'];
  /** What is made, replaced or removed, with what stands there now. */
  readonly steps: readonly { readonly path: string; readonly before?: FileIdentity }[];
  /**
   * The inodes of everything else that is there now: of files, which both trees share, and of directories. One that is
   * removed may give its number to something else, so they are told apart. See InodeCollector.
   */
  readonly shared: string;
  readonly directories: string;
  /** Directories that were to go and hold files that the change does not know: they stay. */
  readonly kept: readonly string[];
  /** Attributes that could not be given. */
  readonly problems: readonly RestoreProblem[];
}

/** The identity of the file whose status is at `at` of `words`. */
export function identityAt(words: Int32Array, at: number): FileIdentity {
  return {
    inode: inodeAt(words, at),
    sizeBytes: readLongWord(words, at + WORD.size),
    modifiedSeconds: readLongWord(words, at + WORD.modifiedSeconds),
    modifiedNanoseconds: words[at + WORD.modifiedNanoseconds],
  };
}

/** The number of an inode has 64 bits: it is kept as hexadecimal digits. */
export function inodeAt(words: Int32Array, at: number): string {
  const [low, high] = [words[at + WORD.inode] >>> 0, words[at + WORD.inode + 1] >>> 0];
  return (BigInt(high) * 2n ** 32n + BigInt(low)).toString(16);
}

export function sameIdentity(left: FileIdentity | undefined, right: FileIdentity | undefined): boolean {
  if (left === undefined || right === undefined) return left === right;
  return (
    left.inode === right.inode &&
    left.sizeBytes === right.sizeBytes &&
    left.modifiedSeconds === right.modifiedSeconds &&
    left.modifiedNanoseconds === right.modifiedNanoseconds
  );
}
