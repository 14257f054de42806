// Savepoint, driven by its command line only, on one Node version. Without zstd in Node it uses the portable codec.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const entryPoint = fileURLToPath(new URL('../../../dist/program/savepoint.js', import.meta.url));

/**
 * @param {import('../runtimes.mjs').Runtime} runtime
 * @returns {import('./tool.mjs').Tool}
 */
export function savepoint(runtime) {
  /** @type {(place: import('./tool.mjs').Place, words: string[]) => import('../process.mjs').Command} */
  const command = (place, words) => ({
    argv: [runtime.path, entryPoint, '--store', join(place.store, 'store'), ...words],
  });
  return {
    name: `savepoint-${runtime.name}`,
    family: 'savepoint',
    title: `savepoint, ${runtime.title}`,
    programs: [],
    versionCommands: [[runtime.path, entryPoint, '--version']],
    unavailable: runtime.unavailable ?? (existsSync(entryPoint) ? undefined : 'not built: run npm run build'),
    diskShare: 0.8,
    keepsMetadata: true,
    storePaths: ['store'],
    // As with restic and borg, the cache isn't counted: deleting it loses nothing.
    cachePaths: ['store/cache'],
    prepare: (place) => [command(place, ['init'])],
    save: (place, point) => command(place, ['save', place.tree, '--name', point, '--json']),
    restore: (place, point, target) => command(place, ['restore', point, '--to', target]),
    restoreFile: (place, { path, target }) =>
      command(place, ['restore', 'first', join(place.tree, path), '--to', target]),
    diff: (place) => command(place, ['diff', 'first', 'changed', '--stat']),
    changedFiles: (stdout) => {
      const lastLine = stdout.trimEnd().split('\n').at(-1) ?? '';
      return Number(/\d[\d,]*/.exec(lastLine)?.[0].replaceAll(',', ''));
    },
  };
}
