// git with a repository beside the tree, in its default settings but one: automatic garbage collection is off, since
// it would run in the background of the next tool's measurement. So objects stay loose, as right after `git commit`.
import { join } from 'node:path';
import { shell } from './tool.mjs';

/** @type {import('./tool.mjs').Tool} */
export const git = {
  name: 'git',
  family: 'git',
  title: 'git',
  programs: ['git'],
  versionCommands: [['git', '--version']],
  diskShare: 0.9,
  keepsMetadata: false,
  storePaths: ['repository'],
  cachePaths: [],
  prepare: (place) => [command(place, ['git', 'init', '--quiet'])],
  save: (place, point) => {
    // What someone runs to learn that nothing changed: there is nothing to commit.
    if (point === 'unchanged') return command(place, shell('git add -A && git status'));
    // `--force`, so that files which the tree's own .gitignore names are saved as by the other tools.
    const line = point === 'first' ? 'git add -A --force' : 'git add -A';
    return command(place, shell(`${line} && git commit --quiet -m "$1" && git tag "$1"`, point));
  },
  // A checkout into another directory, with an index of its own, so that the saved tree's index stays as it is.
  restore: (place, point, target) => checkout(place, target, ['checkout', '--force', point, '--', '.']),
  restoreFile: (place, { path, target }) => ({
    ...command(place, ['git', 'cat-file', 'blob', `first:${path}`]),
    output: join(target, 'file'),
  }),
  diff: (place) => command(place, ['git', 'diff', '--stat', 'first', 'changed']),
  changedFiles: (stdout) => Number(/^ (\d+) files? changed/m.exec(stdout)?.[1]),
};

/** @param {import('./tool.mjs').Place} place */
const repository = (place) => join(place.store, 'repository');

/**
 * @param {import('./tool.mjs').Place} place
 * @param {string[]} argv
 * @returns {import('../process.mjs').Command}
 */
function command(place, argv) {
  const identity = { NAME: 'Benchmark', EMAIL: 'benchmark@example.org' };
  const settings = { 'gc.auto': '0', 'maintenance.auto': 'false', 'safe.directory': '*' };
  /** @type {Record<string, string>} */
  const env = {
    GIT_DIR: repository(place),
    GIT_WORK_TREE: place.tree,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_PAGER: 'cat',
    GIT_CONFIG_COUNT: String(Object.keys(settings).length),
  };
  for (const [key, value] of Object.entries(identity)) {
    env[`GIT_AUTHOR_${key}`] = value;
    env[`GIT_COMMITTER_${key}`] = value;
  }
  for (const [number, [key, value]] of Object.entries(settings).entries()) {
    env[`GIT_CONFIG_KEY_${number}`] = key;
    env[`GIT_CONFIG_VALUE_${number}`] = value;
  }
  return { argv, cwd: place.tree, env };
}

/**
 * @param {import('./tool.mjs').Place} place
 * @param {string} target
 * @param {string[]} words
 */
function checkout(place, target, words) {
  const plain = command(place, ['git', ...words]);
  const index = join(place.store, 'restore.index');
  return { ...plain, cwd: target, env: { ...plain.env, GIT_WORK_TREE: target, GIT_INDEX_FILE: index } };
}
