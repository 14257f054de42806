// borg without encryption, since the others it is compared with here don't encrypt, and with zstd at level 3.
import { join } from 'node:path';

/** @type {import('./tool.mjs').Tool} */
export const borg = {
  name: 'borg',
  family: 'borg',
  title: 'borg (zstd,3)',
  programs: ['borg'],
  versionCommands: [['borg', '--version']],
  diskShare: 0.8,
  keepsMetadata: true,
  storePaths: ['repository'],
  cachePaths: ['base'],
  prepare: (place) => [command(place, ['init', '--encryption', 'none'])],
  // The default, lz4, stores much more: level 3 of zstd is what Savepoint and restic use.
  save: (place, point) => command(place, ['create', '--compression', 'zstd,3', `::${point}`, '.']),
  restore: (place, point, target) => ({ ...command(place, ['extract', `::${point}`]), cwd: target }),
  restoreFile: (place, { path, target }) => ({
    ...command(place, ['extract', '::first', path]),
    cwd: target,
  }),
  diff: (place) => command(place, ['diff', '::first', 'changed']),
  changedFiles: (stdout) => stdout.split('\n').filter((line) => /^ *[+-]?[\d.]+ k?B /.test(line)).length,
};

/**
 * @param {import('./tool.mjs').Place} place
 * @param {string[]} words
 * @returns {import('../process.mjs').Command}
 */
function command(place, words) {
  return {
    argv: ['borg', ...words],
    cwd: place.tree,
    env: {
      BORG_REPO: join(place.store, 'repository'),
      BORG_BASE_DIR: join(place.store, 'base'),
      BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK: 'yes',
    },
  };
}
