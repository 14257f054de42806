// What SQLite keeps beside the files of databases: it belongs to the file that stands there, and must not be found by another one.
import { openDirectory } from '../node/posix-directory.js';
import { readNames } from '../node/posix-names.js';
import { readStatus } from '../node/posix-status.js';
import {
  CONTENT_SIDECARS,
  databaseOfSidecar,
  isDatabaseFile,
  isSidecarFile,
  SIDECARS,
} from '../sqlite/database-files.js';
import type { FileAttributes } from './attributes.js';
import { attributesAt } from './finish-directory.js';
import { fileType, STATUS_WORDS, WORD } from './status-words.js';
import { isTrueOfFile, withOpened } from './with-opened.js';

/** A file that belongs to the database beside it. */
export interface SidecarFile {
  /** What the name of the database's file is followed by. */
  readonly suffix: string;
  readonly attributes: FileAttributes;
  /** Whether something of the database would be lost with it. */
  readonly hasContent: boolean;
}

/** Looks for them, file by file; those of one directory are best asked for in a row. */
export class SidecarFinder {
  private directory: string | undefined;
  private names: ReadonlySet<string> = new Set();

  /** Those of the file at an absolute path, be it there or not; none where neither it nor they are of SQLite. */
  at(path: string): SidecarFile[] {
    const slash = path.lastIndexOf('/');
    this.enter(path.slice(0, slash) || '/');
    const name = path.slice(slash + 1);
    const found = SIDECARS.filter((suffix) => this.names.has(name + suffix));
    if (found.length === 0) return [];
    const isDatabase = isTrueOfFile(path, isDatabaseFile);
    return found.flatMap((suffix) => {
      const words = new Int32Array(STATUS_WORDS);
      const isFile = readStatus(path + suffix, words, 0) === 0 && fileType(words[WORD.mode]) === 'file';
      const isSidecar = isDatabase || isTrueOfFile(path + suffix, (open) => isSidecarFile(suffix, open));
      if (!isFile || !isSidecar) return [];
      const hasContent = CONTENT_SIDECARS.includes(suffix);
      return { suffix, attributes: attributesAt(name + suffix, words, 0), hasContent };
    });
  }

  private enter(directory: string): void {
    if (directory === this.directory) return;
    this.directory = directory;
    const names = withOpened(() => openDirectory(directory), readNames) ?? [];
    this.names = new Set(names.filter((name) => databaseOfSidecar(name) !== undefined));
  }
}
