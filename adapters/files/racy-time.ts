// The racy-time rule: a file as new as the scan may change again without stat showing it, so a cache must not vouch for
// it. Source: git's "racy git" (Documentation/technical/racy-git.txt).
import { readLongWord, WORD } from './status-words.js';

/** The kernel's clock for file times ticks up to every 10 ms, and stands still in between. */
const CLOCK_GRAIN_MS = 20;

/** Whether the file whose status stands at `at` of `words` is too new to be trusted after a scan begun at `startMs`. */
export function distrustFrom(startMs: number): (words: Int32Array, at: number) => boolean {
  const limitSeconds = (startMs - CLOCK_GRAIN_MS) / 1000;
  return (words, at) => {
    const modified = readLongWord(words, at + WORD.modifiedSeconds);
    const changed = readLongWord(words, at + WORD.changedSeconds);
    if (modified < limitSeconds - 1 && changed < limitSeconds - 1) return false;
    return (
      modified + words[at + WORD.modifiedNanoseconds] / 1e9 >= limitSeconds ||
      changed + words[at + WORD.changedNanoseconds] / 1e9 >= limitSeconds
    );
  };
}
