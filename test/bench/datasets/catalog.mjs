// The data sets, and their cache: a set is built once, in a directory that is renamed into place when complete.
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { measureSize } from '../size.mjs';
import { dataPlace } from './data-set.mjs';
import { dump } from './dump.mjs';
import { single } from './single.mjs';
import { source } from './source.mjs';
import { tiny } from './tiny.mjs';

/** @type {import('./data-set.mjs').DataSet[]} */
export const dataSets = [source, tiny, dump, single];

/**
 * @typedef {object} ReadySet
 * @property {import('./data-set.mjs').DataSet} set
 * @property {string} tree
 * @property {import('./data-set.mjs').Change} change
 * @property {number} files
 * @property {number} bytes the sum of the files' lengths
 * @property {number} diskBytes
 */

/**
 * The set in its original state, built where it isn't cached.
 * @param {{ set: import('./data-set.mjs').DataSet, dataDirectory: string, small: boolean, report: (text: string) => void }} options
 * @returns {Promise<ReadySet>}
 */
export async function prepareDataSet({ set, dataDirectory, small, report }) {
  const place = dataPlace({ dataDirectory, small, name: set.name });
  if (!isReady(place.ready, set.version)) {
    const draft = dataPlace({ dataDirectory, small, name: `${set.name}.draft` });
    for (const directory of [draft.directory, place.directory])
      rmSync(directory, { recursive: true, force: true });
    mkdirSync(draft.tree, { recursive: true });
    mkdirSync(draft.spare);
    await set.build(draft, report);
    writeFileSync(
      join(draft.directory, 'ready.json'),
      JSON.stringify({ version: set.version, ...measureSize(draft.tree) }),
    );
    renameSync(draft.directory, place.directory);
  }
  const change = set.change(place);
  change.revert();
  return { set, tree: place.tree, change, ...JSON.parse(readFileSync(place.ready, 'utf8')) };
}

/**
 * How many bytes of disk building the sets that aren't cached takes.
 * @param {{ sets: import('./data-set.mjs').DataSet[], dataDirectory: string, small: boolean }} options
 */
export function bytesToBuild({ sets, dataDirectory, small }) {
  return sets
    .filter((set) => !isReady(dataPlace({ dataDirectory, small, name: set.name }).ready, set.version))
    .reduce((sum, set) => sum + set.treeBytes(small) * set.copies, 0);
}

/**
 * @param {string} ready
 * @param {number} version
 */
function isReady(ready, version) {
  return existsSync(ready) && JSON.parse(readFileSync(ready, 'utf8')).version === version;
}
