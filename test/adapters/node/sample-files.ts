// One file of every kind that Linux has, in a directory, made by system tools and node:fs only.
import { linkSync, mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { runTool } from '../../fixtures/run-tool.js';

export const IS_ROOT = process.getuid?.() === 0;

/** A name that is not UTF-8: as bytes on disk, and as the library spells it. */
export const LATIN1 = { bytes: Buffer.from('caf\xe9 \xff', 'latin1'), name: 'caf\udce9 \udcff' };

/** Makes the samples in `directory`, and answers their names in the library's spelling. */
export function makeSampleFiles(directory: string): string[] {
  const path = (name: string) => `${directory}/${name}`;
  writeFileSync(path('file'), 'content');
  writeFileSync(path('grün'), '', { mode: 0o6751 });
  linkSync(path('file'), path('hard-link'));
  mkdirSync(path('folder'));
  symlinkSync('nowhere at all', path('symlink'));
  writeFileSync(path('huge'), '');
  truncateSync(path('huge'), 5 * 2 ** 30 + 3);
  runTool('mkfifo', [path('fifo')]);
  writeFileSync(Buffer.concat([Buffer.from(path('')), LATIN1.bytes]), 'bytes');
  const times = { old: '1901-12-14T00:00:00.000000001Z', early: '1969-12-31T23:59:58.250000000Z' };
  const later = { next: '2100-02-28T12:00:00.999999999Z' };
  for (const [name, time] of Object.entries({ ...times, ...later })) {
    writeFileSync(path(name), name);
    runTool('touch', ['-d', time, path(name)]);
  }
  const nodes: readonly [string, string, number, number][] = IS_ROOT
    ? [
        ['null', 'c', 1, 3],
        ['block', 'b', 8, 17],
        ['far', 'c', 4095, 1048575],
        ['wide', 'c', 259, 65537],
      ]
    : [];
  for (const [name, type, major, minor] of nodes)
    runTool('mknod', [path(name), type, `${major}`, `${minor}`]);
  const plain = ['file', 'grün', 'hard-link', 'folder', 'symlink', 'huge', 'fifo'];
  return [...plain, LATIN1.name, ...Object.keys(times), 'next', ...nodes.map(([name]) => name)];
}

/** `directory` and `name`, in the library's spelling, as bytes. */
export function bytesOfPath(directory: string, name: string): Buffer {
  const bytes = name === LATIN1.name ? LATIN1.bytes : Buffer.from(name);
  return Buffer.concat([Buffer.from(`${directory}/`), bytes]);
}
