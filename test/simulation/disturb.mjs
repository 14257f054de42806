// A process that goes on changing a tree until it is killed, while a test saves or restores it.
import {
  appendFileSync,
  closeSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';

const [kind, root, elsewhere] = process.argv.slice(2);

/** Says of a whole version that it is one: every line has its number. */
const version = (number, lines) => `version ${number} of ${lines} lines\n`.repeat(lines);

const KINDS = {
  /** Files grow, shrink, vanish, come back, are replaced whole, and become directories. */
  files(round) {
    const path = (name) => join(root, `${name}-${round % 5}`);
    const replacement = join(root, 'unfinished');
    writeFileSync(replacement, version(round, 1 + (round % 4000)));
    renameSync(replacement, path('replaced'));
    appendFileSync(path('growing'), `line ${round}\n`);
    appendFileSync(path('large'), Buffer.alloc(200_000, round));
    const shrinking = openSync(path('shrinking'), 'a');
    if (round % 7 === 0) writeSync(shrinking, Buffer.alloc(3_000_000, 1));
    ftruncateSync(shrinking, 100_000 * (7 - (round % 7)));
    closeSync(shrinking);
    if (round % 50 < 5) rmSync(path('large'), { force: true });
    rmSync(path('vanishing'), { recursive: true, force: true });
    if (round % 3 === 1) mkdirSync(path('vanishing'));
    if (round % 3 === 2) writeFileSync(path('vanishing'), 'a file for now');
  },
  /** The directory and a symbolic link to somewhere else take turns under one name. */
  links() {
    const aside = `${root}-aside`;
    try {
      renameSync(root, aside);
      symlinkSync(elsewhere, root);
      unlinkSync(root);
      renameSync(aside, root);
    } catch (error) {
      // The restore was in between.
      if (!['ENOENT', 'EEXIST', 'ENOTDIR', 'EISDIR', 'EPERM', 'ENOTEMPTY'].includes(error.code)) throw error;
      rmSync(aside, { recursive: true, force: true });
    }
  },
};

process.send({ ready: true });
for (let round = 0; ; round++) {
  KINDS[kind](round);
  if (round % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
}
