// Keeps the times of directories in which a restore changes names: where the point says nothing else of a directory, it
// is to look as it did before.
import type { FileTime } from '../node/posix-call-contract.js';
import { isPosixError } from '../node/posix-error.js';
import { setTimes } from '../node/posix-ownership.js';
import type { Target } from '../node/posix-place.js';
import { readDescriptorStatus } from '../node/posix-status.js';
import { readLongWord, STATUS_WORDS, WORD } from './status-words.js';

export class DirectoryTimes {
  private readonly times = new Map<string, FileTime>();

  /** Notes when the open directory at `path` was modified, the first time that it is asked to. */
  note(path: string, descriptor: number): void {
    if (this.times.has(path)) return;
    const time = modifiedAt(descriptor);
    if (time !== undefined) this.times.set(path, time);
  }

  /** Gives all directories but those at `settled` their times back, as far as they are still there and we may. */
  giveBack(settled: ReadonlySet<string>, find: (path: string) => Target): void {
    for (const [path, time] of this.times) {
      if (settled.has(path)) continue;
      try {
        setTimes(find(path), time);
      } catch (error) {
        if (!isPosixError(error, 'ENOENT', 'ENOTDIR', 'ELOOP', 'EPERM', 'EACCES', 'EROFS')) throw error;
      }
    }
  }
}

function modifiedAt(descriptor: number): FileTime | undefined {
  const words = new Int32Array(STATUS_WORDS);
  if (readDescriptorStatus(descriptor, words, 0) !== 0) return undefined;
  return { seconds: readLongWord(words, WORD.modifiedSeconds), nanoseconds: words[WORD.modifiedNanoseconds] };
}
