// What is at a path, without following a symbolic link at its end.
import { readStatus } from '../node/posix-status.js';
import { type FileType, fileType, STATUS_WORDS, WORD } from './status-words.js';

/** The type of the file at `path`; `undefined` where there is none, or it can't be reached. */
export function statPath(path: string): FileType | undefined {
  const words = new Int32Array(STATUS_WORDS);
  return readStatus(path, words, 0) === 0 ? fileType(words[WORD.mode]) : undefined;
}
