// GNU tar through zstd, at levels 1 and 3 with two threads. Every save writes everything again, and finding one file
// reads up to it, so there is nothing to measure for unchanged and changed saves and for differences.
import { join } from 'node:path';
import { shell } from './tool.mjs';

const AGAIN = 'saves everything again';

/**
 * @param {number} level
 * @returns {import('./tool.mjs').Tool}
 */
function tarWith(level) {
  return {
    name: `tar-${level}`,
    family: 'tar',
    title: `tar, zstd -${level}`,
    programs: ['tar', 'zstd'],
    versionCommands: [
      ['tar', '--version'],
      ['zstd', '--version'],
    ],
    diskShare: 0.8,
    keepsMetadata: true,
    storePaths: ['archive.tar.zst'],
    cachePaths: [],
    prepare: () => [],
    save: (place, point) =>
      point === 'first'
        ? { argv: shell(`tar -C "$1" -cf - . | zstd -q -${level} -T2 -o "$2"`, place.tree, archive(place)) }
        : { unsupported: AGAIN },
    restore: (place, _point, target) => ({
      argv: shell('zstd -dcq "$1" | tar -C "$2" -xf -', archive(place), target),
    }),
    // tar has no index: it would read on to the archive's end but for --occurrence.
    restoreFile: (place, { path, target }) => ({
      argv: ['tar', '--zstd', '-C', target, '--occurrence', '-xf', archive(place), `./${path}`],
    }),
    diff: () => ({ unsupported: 'keeps no points' }),
  };
}

/** @param {import('./tool.mjs').Place} place */
const archive = (place) => join(place.store, 'archive.tar.zst');

export const tarTools = [tarWith(1), tarWith(3)];
