// Swaps a single file for its prepared successor by renaming, so that gigabytes change in an instant.
// `spare/after` waits while the tree is in its original state, `spare/before` while it is changed.
import { existsSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';

/**
 * @param {{ tree: string, spare: string }} place
 * @param {string} name of the file in the tree
 * @returns {import('./data-set.mjs').Change}
 */
export function changeBySwap({ tree, spare }, name) {
  const file = join(tree, name);
  const before = join(spare, 'before');
  const after = join(spare, 'after');
  return {
    apply: () => {
      renameSync(file, before);
      renameSync(after, file);
      return { files: 1, bytes: statSync(file).size };
    },
    revert: () => {
      if (!existsSync(before)) return;
      if (existsSync(file)) renameSync(file, after);
      renameSync(before, file);
    },
  };
}
