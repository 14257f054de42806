// Edits one per cent of a tree's files in place, and puts back content and times.
// The originals and the list of edits are written before the first edit, so that a run that died can be put back.
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { Random } from './random.mjs';

const SHARE = 0.01;
const LINE = Buffer.from('/* one line more than before */\n');

/**
 * @param {{ tree: string, spare: string }} place
 * @returns {import('./data-set.mjs').Change}
 */
export function changeFiles({ tree, spare }) {
  const originals = join(spare, 'originals');
  const list = join(spare, 'edits.json');
  return {
    apply: () => {
      const edits = chooseFiles(tree).map((path, number) => ({
        path,
        number,
        mtimeMs: statSync(join(tree, path)).mtimeMs,
      }));
      rmSync(originals, { recursive: true, force: true });
      mkdirSync(originals, { recursive: true });
      for (const { path, number } of edits) {
        writeFileSync(join(originals, String(number)), readFileSync(join(tree, path)));
      }
      writeFileSync(list, JSON.stringify(edits));
      let bytes = 0;
      for (const { path } of edits) bytes += edit(join(tree, path));
      return { files: edits.length, bytes };
    },
    revert: () => {
      if (!existsSync(list)) return;
      for (const { path, number, mtimeMs } of JSON.parse(readFileSync(list, 'utf8'))) {
        const file = join(tree, path);
        writeFileSync(file, readFileSync(join(originals, String(number))));
        utimesSync(file, mtimeMs / 1000, mtimeMs / 1000);
      }
      rmSync(list);
    },
  };
}

/** @param {string} file */
function edit(file) {
  const before = readFileSync(file);
  const middle = before.indexOf(10, before.length >> 1) + 1;
  const after = Buffer.concat([before.subarray(0, middle), LINE, before.subarray(middle)]);
  writeFileSync(file, after);
  return after.length;
}

/**
 * One in a hundred of the tree's regular files that are not empty, the same ones every time.
 * @param {string} tree
 */
function chooseFiles(tree) {
  const files = listFiles(tree);
  const random = new Random(100);
  const count = Math.max(1, Math.round(files.length * SHARE));
  for (let chosen = 0; chosen < count; chosen += 1) {
    const other = chosen + random.below(files.length - chosen);
    [files[chosen], files[other]] = [files[other], files[chosen]];
  }
  return files.slice(0, count);
}

/**
 * The tree's regular files that are not empty, as sorted paths relative to it.
 * @param {string} tree
 */
export function listFiles(tree) {
  return readdirSync(tree, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(tree.length + 1))
    .filter((path) => statSync(join(tree, path)).size > 0)
    .sort();
}
