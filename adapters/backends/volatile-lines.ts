// A file of lines that others read while it is written. Cheap, and not durable: who writes it has something better to do, so
// what can't be written is not, and nobody is told but by the answer.
import {
  closeSync,
  constants,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { systemCode } from './storage-error.js';

/** As the other files of a store. */
const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;

/** Nothing is held open between calls. `path` has to be in a folder that is there, or can be made in one that is. */
export class VolatileLines {
  constructor(private readonly path: string) {}

  /** Puts a new file with these lines in the place of the one before, whole. Answers whether that could be done. */
  replace(lines: readonly string[]): boolean {
    const next = `${this.path}.next`;
    const isDone = attempt(() => {
      attempt(() => mkdirSync(dirname(this.path), { mode: FOLDER_MODE }));
      attempt(() => unlinkSync(next));
      const descriptor = openSync(next, 'wx', FILE_MODE);
      const isWhole = writeWhole(descriptor, lines);
      if (isWhole) renameSync(next, this.path);
      return isWhole;
    });
    // There is little room, and none to waste.
    if (isDone !== true) attempt(() => unlinkSync(next));
    return isDone === true;
  }

  /**
   * Adds a line to the file, and answers how long that is now; `undefined` where there is no file, or no room: then the file
   * may end in a part of the line, and wants to be replaced.
   */
  append(line: string): number | undefined {
    return attempt(() => {
      const descriptor = openSync(this.path, constants.O_WRONLY | constants.O_APPEND | constants.O_NOFOLLOW);
      const before = attempt(() => fstatSync(descriptor).size);
      const isWhole = writeWhole(descriptor, [line]);
      return isWhole && before !== undefined ? before + Buffer.byteLength(line) + 1 : undefined;
    });
  }

  /** Removes the files beside it whose names start with `prefix`. */
  removeOthers(prefix: string): void {
    const folder = dirname(this.path);
    for (const name of attempt(() => readdirSync(folder)) ?? []) {
      if (name.startsWith(prefix) && name !== basename(this.path))
        attempt(() => unlinkSync(join(folder, name)));
    }
  }
}

/** Writes all of `lines`, and closes the file. */
function writeWhole(descriptor: number, lines: readonly string[]): boolean {
  const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
  try {
    return attempt(() => writeSync(descriptor, bytes)) === bytes.length;
  } finally {
    closeSync(descriptor);
  }
}

/** What `action` answers; `undefined` where the system refuses it. */
function attempt<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return undefined;
  }
}
