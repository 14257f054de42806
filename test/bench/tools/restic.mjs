// restic in its default settings: repository version 2, automatic (zstd) compression, encryption that can't be off.
import { join } from 'node:path';

/** @type {import('./tool.mjs').Tool} */
export const restic = {
  name: 'restic',
  family: 'restic',
  title: 'restic',
  programs: ['restic'],
  versionCommands: [['restic', 'version']],
  diskShare: 0.8,
  keepsMetadata: true,
  storePaths: ['repository'],
  cachePaths: ['cache'],
  // `init` tunes its key derivation once per repository, so it isn't part of the first save.
  prepare: (place) => [command(place, ['init'])],
  // With `.` the snapshot's root is the tree itself; the parent is found by path, so unchanged files aren't read.
  save: (place, point) => command(place, ['backup', '--tag', point, '.']),
  pointId: (stdout) => /snapshot ([0-9a-f]+) saved/.exec(stdout)?.[1],
  restore: (place, point, target) =>
    command(place, ['restore', String(place.points[point]), '--target', target]),
  // `dump` goes straight to the file; `restore --include` walks the whole snapshot and is slower.
  restoreFile: (place, { path, target }) => ({
    ...command(place, ['dump', String(place.points.first), `/${path}`]),
    output: join(target, 'file'),
  }),
  diff: (place) => command(place, ['diff', String(place.points.first), String(place.points.changed)]),
  changedFiles: (stdout) => Number(/^Files:.* (\d+) changed$/m.exec(stdout)?.[1]),
};

/**
 * @param {import('./tool.mjs').Place} place
 * @param {string[]} words
 * @returns {import('../process.mjs').Command}
 */
function command(place, words) {
  return {
    argv: ['restic', ...words],
    cwd: place.tree,
    env: {
      RESTIC_REPOSITORY: join(place.store, 'repository'),
      RESTIC_CACHE_DIR: join(place.store, 'cache'),
      RESTIC_PASSWORD: 'benchmark',
    },
  };
}
