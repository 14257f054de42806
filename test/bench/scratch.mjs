// Where a run works: stores on the data directory's disk, restores on a tmpfs. Everything is removed at the end, and
// what a run that died left behind is removed by the next. A lock keeps two runs from changing the same data.
import { mkdirSync, readdirSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { freemem, tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from './process.mjs';

const TMPFS_MAGIC = 0x01021994;
const SHARED_MEMORY = '/dev/shm';
const NAME =
  /^(?:(?:stores|savepoint-bench-restores)-(\d+)|savepoint-bench-(\d+)-\d+\.(?:time|stdout|stderr))$/;

/**
 * @typedef {object} Scratch
 * @property {string} stores a directory on disk
 * @property {string} restores a directory on a tmpfs
 * @property {() => Promise<void>} remove
 */

/**
 * @param {{ dataDirectory: string, diskBytes: number, memoryBytes: number }} needs what must be free on disk and tmpfs
 * @returns {Promise<Scratch>}
 */
export async function openScratch({ dataDirectory, diskBytes, memoryBytes }) {
  mkdirSync(dataDirectory, { recursive: true });
  const unlock = lock(join(dataDirectory, 'running.pid'));
  try {
    await removeLeftOver(dataDirectory);
    requireFree({ directory: dataDirectory, bytes: diskBytes });
    const memory = await openTmpfs(dataDirectory, memoryBytes);
    const stores = join(dataDirectory, `stores-${process.pid}`);
    mkdirSync(stores);
    const remove = async () => {
      await removeTree(stores);
      await memory.remove();
      unlock();
    };
    return { stores, restores: memory.directory, remove };
  } catch (error) {
    unlock();
    throw error;
  }
}

/**
 * Removes a directory with all that is in it; `rm` is much faster than Node's own here.
 * @param {string} path
 */
export async function removeTree(path) {
  await run({ argv: ['rm', '-rf', '--', path] });
}

/** @param {{ directory: string, bytes: number }} needed */
function requireFree({ directory, bytes }) {
  const free = freeBytes(directory);
  if (free >= bytes) return;
  throw new Error(
    `${directory} has ${gigabytes(free)} free, and ${gigabytes(bytes)} are needed: choose another with --data`,
  );
}

/**
 * `/dev/shm` where it is a tmpfs with enough room, else a mount of our own.
 * @param {string} dataDirectory
 * @param {number} bytes
 */
async function openTmpfs(dataDirectory, bytes) {
  if (availableMemory() < bytes) {
    throw new Error(
      `restoring to memory needs ${gigabytes(bytes)}, and ${gigabytes(availableMemory())} are available`,
    );
  }
  if (statfsSync(SHARED_MEMORY).type === TMPFS_MAGIC && freeBytes(SHARED_MEMORY) >= bytes) {
    const directory = join(SHARED_MEMORY, `savepoint-bench-restores-${process.pid}`);
    mkdirSync(directory);
    return { directory, remove: () => removeTree(directory) };
  }
  const directory = join(dataDirectory, `savepoint-bench-restores-${process.pid}`);
  mkdirSync(directory);
  await run({ argv: ['mount', '-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', directory] });
  const remove = async () => {
    await run({ argv: ['umount', directory] });
    await removeTree(directory);
  };
  return { directory, remove };
}

/** @param {string} path of the lock file */
function lock(path) {
  try {
    writeFileSync(path, String(process.pid), { flag: 'wx' });
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') throw error;
    const owner = Number(readFileSync(path, 'utf8'));
    if (isRunning(owner))
      throw new Error(`process ${owner} is benchmarking with this data: wait, or choose other --data`);
    writeFileSync(path, String(process.pid));
  }
  return () => rmSync(path, { force: true });
}

/** @param {string} dataDirectory */
async function removeLeftOver(dataDirectory) {
  for (const parent of new Set([dataDirectory, SHARED_MEMORY, tmpdir()])) {
    for (const name of readdirSync(parent)) {
      const found = NAME.exec(name);
      if (found === null || isRunning(Number(found[1] ?? found[2]))) continue;
      const path = join(parent, name);
      if (
        parent === dataDirectory &&
        statfsSync(path).type === TMPFS_MAGIC &&
        statfsSync(parent).type !== TMPFS_MAGIC
      ) {
        await run({ argv: ['umount', path] });
      }
      await removeTree(path);
    }
  }
}

/** @param {number} pid */
function isRunning(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}

/** @param {string} directory */
function freeBytes(directory) {
  const { bavail, bsize } = statfsSync(directory);
  return bavail * bsize;
}

function availableMemory() {
  const found = /^MemAvailable: +(\d+) kB$/m.exec(readFileSync('/proc/meminfo', 'utf8'));
  return found === null ? freemem() : Number(found[1]) * 1024;
}

/** @param {number} bytes */
const gigabytes = (bytes) => `${(bytes / 1e9).toFixed(1)} GB`;
