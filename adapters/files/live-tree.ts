// Looks at a tree in which others may be at work, through open directories: what has gone meanwhile is no failure.
import { closeDescriptor } from '../node/posix-directory.js';
import { isPosixError, posixError } from '../node/posix-error.js';
import { keepsAsItIs, readInodeFlags } from '../node/posix-flags.js';
import type { Place } from '../node/posix-place.js';
import { readDescriptorStatus, readStatus } from '../node/posix-status.js';
import type { FileAttributes } from './attributes.js';
import { readExtraAttributesOf } from './extra-attributes.js';
import { attributesAt } from './finish-directory.js';
import { type ListedDirectory, listDirectory } from './list-directory.js';
import { joinPath } from './node-path.js';
import { OpenFolders } from './open-folders.js';
import { openForReading } from './read-stable.js';
import { STATUS_WORDS, WORD } from './status-words.js';
import { obstacles } from './swap-obstacle.js';

/** A name in a tree, and where its status stands. The path is relative to the root. */
export interface Found {
  readonly path: string;
  readonly words: Int32Array;
  readonly at: number;
}

export interface LiveDirectory {
  readonly listed: ListedDirectory;
  readonly attributes: FileAttributes;
  /** See `readInodeFlags`. */
  readonly flags: number;
}

const GONE = ['ENOENT', 'ENOTDIR', 'ELOOP'];

export class LiveTree {
  /** That of the root itself. */
  readonly status = new Int32Array(STATUS_WORDS);
  private readonly folders: OpenFolders;
  private readonly words = new Int32Array(STATUS_WORDS);

  /** `descriptor` is that of the directory `root`, of which nothing has been read yet. */
  constructor(
    private readonly root: string,
    descriptor: number,
  ) {
    this.folders = new OpenFolders(descriptor);
    readDescriptorStatus(descriptor, this.status, 0);
  }

  close(): void {
    this.folders.close();
  }

  /** What a directory is, and what is in it; `undefined` where it is gone. Each can be looked at once. */
  look(path: string): LiveDirectory | undefined {
    try {
      const directory = this.folders.descriptorOf(path);
      readDescriptorStatus(directory, this.words, 0);
      const flags = readInodeFlags(directory);
      if (keepsAsItIs(flags)) throw obstacles.flags(this.at(path));
      const attributes = { ...attributesAt('.', this.words, 0), ...readExtraAttributesOf(directory) };
      const listed = listDirectory(directory, () => true);
      for (const { name, errno } of listed.failed)
        throw posixError({ syscall: 'statx', errno, path: joinPath(this.at(path), name) });
      return { listed, attributes, flags };
    } catch (error) {
      if (!isPosixError(error, ...GONE)) throw error;
      return undefined;
    }
  }

  /** Where `path` is; good until the next call. */
  placeOf(path: string): Place {
    return this.folders.placeOf(path);
  }

  /** Whether it is still the same file. */
  isStill(file: Found): boolean {
    try {
      const errno = readStatus(this.folders.placeOf(file.path), this.words, 0);
      return errno === 0 && sameInode(file, { path: file.path, words: this.words, at: 0 });
    } catch (error) {
      if (isPosixError(error, ...GONE)) return false;
      throw error;
    }
  }

  /** Throws UNSUPPORTED where a regular file may not be replaced, by root neither. */
  requireChangeable(path: string): void {
    try {
      const descriptor = openForReading(this.folders.placeOf(path));
      try {
        if (keepsAsItIs(readInodeFlags(descriptor))) throw obstacles.flags(this.at(path));
      } finally {
        closeDescriptor(descriptor);
      }
    } catch (error) {
      // Where it has become something else, that is a conflict, which whoever compares it with the plan finds.
      if (!isPosixError(error, ...GONE, 'EACCES', 'ENXIO')) throw error;
    }
  }

  private at(path: string): string {
    return joinPath(this.root, path);
  }
}

export function sameInode(left: Found, right: Found): boolean {
  return [WORD.inode, WORD.inode + 1].every(
    (word) => left.words[left.at + word] === right.words[right.at + word],
  );
}
