// Plain copies: `cp -a`, which is what writing the files costs at the least, and rsync, which copies what changed.
import { join } from 'node:path';

/** @param {import('./tool.mjs').Place} place */
const copy = (place) => join(place.store, 'copy');

/** @type {Pick<import('./tool.mjs').Tool, 'diskShare' | 'keepsMetadata' | 'storePaths' | 'cachePaths' | 'prepare' | 'restoreFile' | 'diff'>} */
const plainCopy = {
  diskShare: 1.1,
  keepsMetadata: true,
  storePaths: ['copy'],
  cachePaths: [],
  prepare: () => [],
  restoreFile: (place, { path, target }) => ({ argv: ['cp', '-a', join(copy(place), path), target] }),
  diff: () => ({ unsupported: 'keeps no points' }),
};

/** @type {import('./tool.mjs').Tool} */
export const cp = {
  ...plainCopy,
  name: 'cp',
  family: 'cp',
  title: 'cp -a',
  programs: ['cp'],
  versionCommands: [['cp', '--version']],
  save: (place, point) =>
    point === 'first'
      ? { argv: ['cp', '-a', place.tree, copy(place)] }
      : { unsupported: 'saves everything again' },
  restore: (place, _point, target) => ({ argv: ['cp', '-a', `${copy(place)}/.`, target] }),
};

/** @type {import('./tool.mjs').Tool} */
export const rsync = {
  ...plainCopy,
  name: 'rsync',
  family: 'rsync',
  title: 'rsync -aHAX',
  programs: ['rsync'],
  versionCommands: [['rsync', '--version']],
  // One copy brought up to date in place, which is rsync's own strength; it keeps no earlier state. Local copies go
  // without the delta algorithm by default.
  save: (place) => ({ argv: ['rsync', '-aHAX', '--delete', `${place.tree}/`, copy(place)] }),
  restore: (place, _point, target) => ({ argv: ['rsync', '-aHAX', `${copy(place)}/`, target] }),
};
