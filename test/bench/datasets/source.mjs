// The Linux 6.1 source as Debian packages it: a real tree of 78,579 files. In small mode, a made-up tree.
import { existsSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensurePackage } from '../packages.mjs';
import { run } from '../process.mjs';
import { changeFiles } from './change-files.mjs';
import { makeWords, Random } from './random.mjs';

const PACKAGE = 'linux-source-6.1';
const ARCHIVE = `/usr/src/${PACKAGE}.tar.xz`;
const SMALL_FILES = 300;

/** @type {import('./data-set.mjs').DataSet} */
export const source = {
  name: 'source',
  title: 'Linux 6.1 source',
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
  treeBytes: (small) => (small ? 8e6 : 1.6e9),
  copies: 1,
  change: changeFiles,
  build: async (place, report) => {
    if (place.small) {
      makeSmallTree(place.tree);
      return;
    }
    if (!existsSync(ARCHIVE)) {
      report(`installing the Debian package ${PACKAGE}`);
      await ensurePackage({ file: ARCHIVE, name: PACKAGE });
    }
    report(`unpacking ${ARCHIVE}`);
    await run({ argv: ['tar', '-xJf', ARCHIVE, '--strip-components=1', '-C', place.tree] });
  },
};

/** @param {string} tree */
function makeSmallTree(tree) {
  const random = new Random(3);
  const words = makeWords(random, 800).map((word) => Buffer.from(word).toString());
  const word = () => words[random.skewedBelow(words.length)];
  for (let number = 0; number < SMALL_FILES; number += 1) {
    const directory = join(tree, `part-${number % 7}`, `unit-${number % 30}`);
    mkdirSync(directory, { recursive: true });
    const lines = Array.from(
      { length: 20 + random.below(500) },
      () => `\t${word()} = ${word()}(${word()}, ${random.below(1e6)});`,
    );
    const file = join(directory, `${words[number]}-${number}.c`);
    writeFileSync(file, `${lines.join('\n')}\n`, { mode: number % 10 === 0 ? 0o755 : 0o644 });
    utimesSync(file, 1_700_000_000 + number, 1_700_000_000 + number);
  }
}
