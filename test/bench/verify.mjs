// Whether what a tool did is right: a fast wrong restore is worth nothing. Contents and symlink targets are compared
// byte by byte; modes, owners, times, ACLs and xattrs where the tool promises to keep them.
import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { CommandError, run } from './process.mjs';

/** The root itself isn't compared: the target directory was there before the restore. */
const ROOT_ENTRY = ' ./';

/** A tool's result that isn't what it has to be. */
export class WrongResult extends Error {
  /** @param {string} message */
  constructor(message) {
    super(message);
    this.name = 'WrongResult';
  }
}

/**
 * Throws `WrongResult` unless the tree restored below `target` has the contents of `tree`. Answers the lines in which
 * rsync names differences of metadata.
 * @param {{ tree: string, target: string, metadata: boolean, signal: AbortSignal }} options
 * @returns {Promise<string[]>}
 */
export async function verifyTree({ tree, target, metadata, signal }) {
  const restored = findRestored(tree, target);
  try {
    await run({ argv: ['diff', '-rq', '--no-dereference', tree, restored] }, { signal });
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    throw new WrongResult(`the restored tree differs (${error.message})`);
  }
  if (!metadata) return [];
  const listed = await run(
    { argv: ['rsync', '-aHAXni', '--delete', `${tree}/`, `${restored}/`] },
    { signal },
  );
  return listed.split('\n').filter((line) => line !== '' && !line.endsWith(ROOT_ENTRY));
}

/**
 * Throws `WrongResult` unless the only file below `target` has the content of `original`.
 * @param {{ original: string, target: string }} options
 */
export function verifyFile({ original, target }) {
  const files = readdirSync(target, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  if (files.length !== 1) throw new WrongResult(`${files.length} files came back instead of one`);
  const [{ parentPath, name }] = files;
  if (readFileSync(join(parentPath, name)).equals(readFileSync(original))) return;
  throw new WrongResult('the restored file differs from the saved one');
}

/**
 * Throws `WrongResult` unless a difference names as many changed files as there are.
 * @param {{ found: number, expected: number }} options
 */
export function verifyChangedFiles({ found, expected }) {
  if (found !== expected)
    throw new WrongResult(`the difference shows ${found} changed files instead of ${expected}`);
}

/**
 * The restored tree: tools put it right into the target, or below the tree's name or its whole path.
 * @param {string} tree
 * @param {string} target
 */
function findRestored(tree, target) {
  const [sample] = readdirSync(tree);
  const candidates = [target, join(target, basename(tree)), join(target, tree)];
  const found = candidates.find(
    (path) => lstatSync(join(path, sample), { throwIfNoEntry: false }) !== undefined,
  );
  if (found === undefined) throw new WrongResult(`nothing like ${sample} came back`);
  return found;
}
