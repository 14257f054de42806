// 200,000 tiny files in one directory, as session stores and mail spools have them.
import { closeSync, futimesSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { changeFiles } from './change-files.mjs';
import { makeWords, Random } from './random.mjs';

const FULL_FILES = 200_000;
const SMALL_FILES = 1000;
const BLOCK_BYTES = 4096;

/** @type {import('./data-set.mjs').DataSet} */
export const tiny = {
  name: 'tiny',
  title: '200,000 tiny files',
  version: 1,
  measures: [
    'first-save',
    'unchanged-save',
    'changed-save',
    'stored-size',
    'stored-growth',
    'restore',
    'one-file',
    'diff',
    'memory',
  ],
  treeBytes: (small) => (small ? SMALL_FILES : FULL_FILES) * BLOCK_BYTES,
  copies: 1,
  change: changeFiles,
  build: async (place, report) => {
    const count = place.small ? SMALL_FILES : FULL_FILES;
    report(`writing ${count} files`);
    const random = new Random(4);
    const words = makeWords(random, 2000).map((word) => Buffer.from(word).toString());
    for (let number = 0; number < count; number += 1) {
      const token = (random.next() * 0x100000 + (random.next() >>> 12)).toString(16).padStart(13, '0');
      const file = openSync(join(place.tree, `session-${token}.json`), 'w', 0o600);
      writeSync(file, session({ token, number, random, words }));
      futimesSync(file, 1_700_000_000 + number, 1_700_000_000 + number);
      closeSync(file);
    }
  },
};

/** @param {{ token: string, number: number, random: Random, words: string[] }} options */
function session({ token, number, random, words }) {
  const notes = Array.from({ length: random.below(40) }, () => words[random.skewedBelow(words.length)]);
  return `${JSON.stringify({ token, user: random.below(50_000), expires: 1_700_000_000 + number * 7, notes: notes.join(' ') })}\n`;
}
