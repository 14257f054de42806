// What a data set is: a directory that is saved (`tree`), and a change of one per cent that can be put back.
// Invariant: outside a run the tree is in its original state; a run that died is healed by `change.revert`.
import { join } from 'node:path';

/**
 * @typedef {object} Change
 * @property {() => ChangedState} apply brings the tree into its changed state
 * @property {() => void} revert brings the original state back; does nothing where nothing is changed
 *
 * @typedef {object} ChangedState
 * @property {number} files how many files differ from the original state
 * @property {number} bytes how many bytes these files hold
 *
 * @typedef {object} DataSet
 * @property {string} name
 * @property {string} title what the table calls it
 * @property {number} version goes up when the builder makes other bytes, so that cached data is rebuilt
 * @property {(place: DataPlace, report: (text: string) => void) => Promise<void>} build fills `tree` and `spare`
 * @property {(place: DataPlace) => Change} change
 * @property {string[]} measures what makes sense here
 * @property {(small: boolean) => number} treeBytes about how much disk the tree takes
 * @property {number} copies how many times that the built set takes, spare copy included
 *
 * @typedef {object} DataPlace
 * @property {string} tree the directory that is saved
 * @property {string} spare what the change needs besides
 * @property {boolean} small whether to build a few megabytes only, to check the harness itself
 */

/**
 * @param {{ dataDirectory: string, small: boolean, name: string }} options
 * @returns {DataPlace & { directory: string, ready: string }}
 */
export function dataPlace({ dataDirectory, small, name }) {
  const directory = join(dataDirectory, small ? 'small' : 'full', name);
  return {
    directory,
    ready: join(directory, 'ready.json'),
    tree: join(directory, 'tree'),
    spare: join(directory, 'spare'),
    small,
  };
}
