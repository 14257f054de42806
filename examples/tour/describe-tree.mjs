// What a directory tree holds, as one line of text for each path, to tell exactly what differs between two states of it.
// Made without any of savepoint's own code, so that it can be a witness.
import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';

/**
 * From path, '.' for the root, to type, mode, owner, modification time in nanoseconds, and content.
 * @param {string} directory
 * @returns {Map<string, string>}
 */
export function describeTree(directory) {
  const tree = new Map();
  visit(Buffer.from(directory), Buffer.from('.'), tree);
  return tree;
}

/**
 * The paths at which two descriptions differ, sorted.
 * @param {Map<string, string>} before
 * @param {Map<string, string>} after
 */
export function differingPaths(before, after) {
  const paths = new Set([...before.keys(), ...after.keys()]);
  return [...paths].filter((path) => before.get(path) !== after.get(path)).sort();
}

/**
 * Paths are bytes: a name need not be UTF-8.
 * @param {Buffer} absolutePath
 * @param {Buffer} path
 * @param {Map<string, string>} tree
 */
function visit(absolutePath, path, tree) {
  const status = lstatSync(absolutePath, { bigint: true });
  const { mode, uid, gid, mtimeNs, rdev } = status;
  const common = `${mode.toString(8)} ${uid}:${gid} ${mtimeNs} ${rdev}`;
  tree.set(path.toString('latin1'), `${common} ${describeContent(absolutePath, status)}`);
  if (!status.isDirectory()) return;
  for (const name of readdirSync(absolutePath, { encoding: 'buffer' })) {
    visit(joinBytes(absolutePath, name), path.equals(ROOT) ? name : joinBytes(path, name), tree);
  }
}

const ROOT = Buffer.from('.');
const SLASH = Buffer.from('/');

/**
 * @param {Buffer} directory
 * @param {Buffer} name
 */
function joinBytes(directory, name) {
  return Buffer.concat([directory, SLASH, name]);
}

/**
 * @param {Buffer} absolutePath
 * @param {import('node:fs').BigIntStats} status
 */
function describeContent(absolutePath, status) {
  if (status.isSymbolicLink()) return `-> ${readlinkSync(absolutePath, { encoding: 'latin1' })}`;
  if (!status.isFile()) return '';
  return createHash('sha256').update(readFileSync(absolutePath)).digest('hex');
}
