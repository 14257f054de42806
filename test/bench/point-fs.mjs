// By hand: patterns over a point beside patterns over the disk, and all files of a point read. Arguments: STORE POINT
// COMPONENT DIRECTORY, where the component was saved of the directory.
import glob from 'fast-glob';
import { openSavepoint } from 'savepoint';

const [store, point, component, directory] = process.argv.slice(2);
if (directory === undefined) throw new Error('usage: point-fs.mjs STORE POINT COMPONENT DIRECTORY');

/** Milliseconds of wall time and of this process's own. */
async function time(name, work) {
  const before = process.cpuUsage();
  const start = performance.now();
  const found = await work();
  const wall = Math.round(performance.now() - start);
  const { user, system } = process.cpuUsage(before);
  console.log(`${name.padEnd(32)} ${wall} ms, processor ${Math.round((user + system) / 1000)} ms`);
  return found;
}

const savepoint = await openSavepoint({ store });
for (let round = 0; round < 3; round++) {
  const fs = await time('open', () => savepoint.openPointFs(point, { component }));
  const here = await time('**/*.c over the point', () => glob('**/*.c', { fs, cwd: '/' }));
  await time('again', () => glob('**/*.c', { fs, cwd: '/' }));
  const there = await time('**/*.c over the disk', () => glob('**/*.c', { cwd: directory }));
  if (here.sort().join('\n') !== there.sort().join('\n')) throw new Error('The two find different paths.');
  await time('with stats, over the point', () => glob('**', { fs, cwd: '/', stats: true }));
  await time('with stats, over the disk', () => glob('**', { cwd: directory, stats: true }));
  await time(`${here.length} files read`, () => {
    for (const path of here) fs.readFileSync(`/${path}`);
  });
  fs.unmount();
}
await savepoint.close();
