// What the harness asks of a tool. Every method is pure: it answers the command to run, and runs nothing itself.

/**
 * @typedef {'first' | 'unchanged' | 'changed'} PointName
 *
 * @typedef {object} Place
 * @property {string} tree the directory to save
 * @property {string} store an existing directory of this tool's own, empty at the start of a round
 * @property {Partial<Record<PointName, string>>} points what the tool itself calls the points saved so far
 *
 * @typedef {object} Unsupported
 * @property {string} unsupported why the tool doesn't do this
 *
 * @typedef {import('../process.mjs').Command | Unsupported} Answer
 *
 * @typedef {object} Tool
 * @property {string} name unique, for `results.json`
 * @property {string} family what `--only` selects it by
 * @property {string} title the table's column
 * @property {string[]} programs what must be installed
 * @property {string[][]} versionCommands their first lines name the tool's version
 * @property {string | undefined} [unavailable] why it can't run at all
 * @property {number} diskShare upper estimate of a store's size over the data's
 * @property {boolean} keepsMetadata whether a restore promises modes, owners and times, not contents only
 * @property {(place: Place) => import('../process.mjs').Command[]} prepare makes the empty store; never timed
 * @property {(place: Place, point: PointName) => Answer} save
 * @property {(stdout: string) => string | undefined} [pointId] what the tool calls the point, where not by our name
 * @property {(place: Place, point: PointName, target: string) => Answer} restore puts the tree into the empty directory `target`
 * @property {(place: Place, file: { path: string, target: string }) => Answer} restoreFile puts one file of the first
 *   point, `path` in the tree, somewhere into the empty directory `target`
 * @property {(place: Place) => Answer} diff the first point against the changed one
 * @property {(stdout: string) => number} [changedFiles] how many changed files the output of `diff` shows
 * @property {string[]} storePaths what counts as stored, inside the store directory
 * @property {string[]} cachePaths what can be rebuilt from there; it isn't counted as stored
 */

/**
 * A shell command line that fails where any part of a pipe fails.
 * @param {string} line refers to `values` as $1, $2, …
 * @param {...string} values
 */
export function shell(line, ...values) {
  return ['bash', '-o', 'pipefail', '-c', line, 'bash', ...values];
}
