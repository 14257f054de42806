// The one way to durable files: written under a temporary name, synced, then linked or renamed into place, with every
// folder on the way synced. Nothing is visible under the target's name before its content is on the disk.
import {
  closeSync,
  existsSync,
  fsync,
  linkSync,
  openSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { assert } from '../../store/errors.js';
import { makeDirectories } from '../node/make-directories.js';
import { renameNoReplace } from '../node/posix-entry.js';
import { isPosixError, saysUnsupported } from '../node/posix-error.js';
import { systemCode } from './storage-error.js';
import { createTemporaryName } from './temporary-name.js';

/** Node takes no more than 2 GiB in one call. */
const MOST_BYTES_AT_ONCE = 1 << 30;
/** A store holds copies of files that only their owner may read. */
const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;

const NO_HARD_LINKS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'];

/** Looked up at each call, as tests replace it. */
const syncDescriptor = (descriptor: number) => promisify(fsync)(descriptor);

/** A folder for durable files, and the place beside them for what is unfinished: both on one file system. */
export class DurableFolder {
  private readonly settled = new Set<string>();

  constructor(
    readonly root: string,
    readonly temporaryFolder: string,
  ) {}

  /** Opens a new file that nobody sees. */
  async begin(): Promise<UnfinishedFile> {
    const path = join(this.temporaryFolder, createTemporaryName());
    try {
      return new UnfinishedFile(this, path, openSync(path, 'wx', FILE_MODE));
    } catch (error) {
      if (systemCode(error) !== 'ENOENT') throw error;
    }
    this.settled.delete(this.temporaryFolder);
    await this.settle(this.temporaryFolder);
    return new UnfinishedFile(this, path, openSync(path, 'wx', FILE_MODE));
  }

  /**
   * Makes `folder` (the root, or one below it) exist after a crash too. Folders that are there already are synced as
   * well, the first time: the process that made them may not have come so far.
   */
  async settle(folder: string): Promise<void> {
    if (this.settled.has(folder) && existsSync(folder)) return;
    const firstCreated = makeDirectories(folder, FOLDER_MODE);
    const reachesAbove = firstCreated !== undefined && !firstCreated.startsWith(`${this.root}/`);
    const top = reachesAbove ? dirname(firstCreated) : this.root;
    for (let child = folder; child !== top; child = dirname(child)) await syncFolder(dirname(child));
    this.settled.add(folder);
  }
}

/** A file in the making. Every failure, and every way of publishing, ends it. */
export class UnfinishedFile {
  private descriptor: number | undefined;
  private isThere = true;

  constructor(
    private readonly folder: DurableFolder,
    readonly path: string,
    descriptor: number,
  ) {
    this.descriptor = descriptor;
  }

  /** Appends `bytes`. */
  write(bytes: Uint8Array): void {
    assert(this.descriptor !== undefined, 'an unfinished file is written to after its end');
    try {
      for (let written = 0; written < bytes.length; ) {
        const wanted = Math.min(bytes.length - written, MOST_BYTES_AT_ONCE);
        written += writeSync(this.descriptor, bytes, written, wanted);
      }
    } catch (error) {
      this.discard();
      throw error;
    }
  }

  /** Puts the file in the place of `target`, if there is one: after a crash that is the old or the new file. */
  async replace(target: string): Promise<void> {
    try {
      await this.sync(target);
      renameSync(this.path, target);
      this.isThere = false;
      await syncFolder(dirname(target));
    } finally {
      this.discard();
    }
  }

  /**
   * Gives the file the name `target`, durably, unless that is taken: then answers false and stays, synced, at `path`
   * until `discard`. Atomic between processes. Should no more than the folder's sync fail, the new file stays visible,
   * as others may have built upon it already.
   */
  async create(target: string): Promise<boolean> {
    try {
      await this.sync(target);
      if (!this.take(target)) return false;
      await syncFolder(dirname(target));
    } catch (error) {
      this.discard();
      throw error;
    }
    this.discard();
    return true;
  }

  /** Closes the file and removes it from `path`; what can't be removed is left for `removeAbandonedWrites`. */
  discard(): void {
    const { descriptor, isThere } = this;
    this.descriptor = undefined;
    this.isThere = false;
    if (descriptor !== undefined) ignoreSystemErrors(() => closeSync(descriptor));
    if (isThere) ignoreSystemErrors(() => unlinkSync(this.path));
  }

  private async sync(target: string): Promise<void> {
    const descriptor = this.descriptor;
    assert(descriptor !== undefined, 'an unfinished file is published after its end');
    await syncDescriptor(descriptor);
    this.descriptor = undefined;
    closeSync(descriptor);
    await this.folder.settle(dirname(target));
  }

  private take(target: string): boolean {
    try {
      linkSync(this.path, target);
      return true;
    } catch (error) {
      // A network file system may repeat a request whose answer got lost, and find its own link.
      if (systemCode(error) === 'EEXIST') return statSync(this.path).nlink > 1;
      if (!NO_HARD_LINKS.includes(systemCode(error) ?? '')) throw error;
    }
    return this.takeWithoutLink(target);
  }

  /**
   * For file systems without hard links (FAT, some of FUSE). Where they have no renameat2 either, still one process
   * wins, and no half file is ever seen; but until the rename, and for good after a crash right before it, an empty file
   * has the name.
   */
  private takeWithoutLink(target: string): boolean {
    const renamed = this.takeByRename(target);
    if (renamed !== undefined) return renamed;
    try {
      closeSync(openSync(target, 'wx', FILE_MODE));
    } catch (error) {
      if (systemCode(error) === 'EEXIST') return false;
      throw error;
    }
    try {
      renameSync(this.path, target);
    } catch (error) {
      unlinkSync(target);
      throw error;
    }
    this.isThere = false;
    return true;
  }

  /** `undefined` where the file system, or this machine, has no renameat2. */
  private takeByRename(target: string): boolean | undefined {
    try {
      renameNoReplace({ from: this.path, to: target });
    } catch (error) {
      if (isPosixError(error, 'EEXIST')) return false;
      if (saysUnsupported(error)) return undefined;
      throw error;
    }
    this.isThere = false;
    return true;
  }
}

/** Makes what was made, renamed or removed in the folder last. */
export async function syncFolder(path: string): Promise<void> {
  const descriptor = openSync(path, 'r');
  try {
    await syncDescriptor(descriptor);
  } catch (error) {
    // Some network file systems have no sync of folders.
    if (!['EINVAL', 'ENOTSUP', 'EOPNOTSUPP'].includes(systemCode(error) ?? '')) throw error;
  } finally {
    closeSync(descriptor);
  }
}

function ignoreSystemErrors(tidyUp: () => void): void {
  try {
    tidyUp();
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
  }
}
