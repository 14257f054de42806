// The words of the command line. Node decodes them as UTF-8 and loses every byte that is none; the kernel has kept them.
import { readFileSync } from 'node:fs';
import { decodeBytes } from './encode-bytes.js';

/** What Node puts in the place of a byte that is not UTF-8. */
const LOST = '\ufffd';

/** `words`, with names that are not UTF-8 as the library takes them, where they can be found out. */
export function readWords(words: readonly string[]): readonly string[] {
  if (!words.some((word) => word.includes(LOST))) return words;
  const given = rawWords().slice(-words.length);
  return words.map((word, index) =>
    word.includes(LOST) && given[index] !== undefined ? decodeBytes(given[index]) : word,
  );
}

function rawWords(): Buffer[] {
  try {
    const bytes = readFileSync('/proc/self/cmdline');
    const words: Buffer[] = [];
    for (let start = 0, end = bytes.indexOf(0); end >= 0; start = end + 1, end = bytes.indexOf(0, start)) {
      words.push(bytes.subarray(start, end));
    }
    return words;
  } catch (error) {
    // Without /proc the words stay as Node has them.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
