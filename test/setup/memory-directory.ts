// Temporary directories of the suite in memory, where there is enough of it: most of the suite's time on a disk is waiting for
// syncs and making files. What is about file systems themselves stays on the disk (`isAboutDisks`), and `TMPDIR=/tmp npm test`
// takes all of it there.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What the largest tests and their neighbours take at once, and as much again for the processes. */
const NEEDED_BYTES = 14 * 2 ** 30;
const SIZE_BYTES = 10 * 2 ** 30;
const NAME = /^savepoint-memory-(\d+)$/;

/** The name of the variable by which the workers know of it. */
export const MEMORY_DIRECTORY = 'SAVEPOINT_TEST_MEMORY';

/** Test files on what disks and their file systems do; they get directories on the disk. */
const ABOUT_DISKS = ['/test/adapters/backends/', '/test/adapters/files/', '/test/adapters/node/'];

export function isAboutDisks(testFile: string): boolean {
  return ABOUT_DISKS.some((folder) => testFile.includes(folder));
}

/** Mounts one, named after this process; `undefined` where there is not enough memory, or this is not root. */
export function mountMemoryDirectory(): string | undefined {
  removeAbandoned();
  if (process.getuid?.() !== 0 || availableMemoryBytes() < NEEDED_BYTES) return undefined;
  const directory = join(tmpdir(), `savepoint-memory-${process.pid}`);
  mkdirSync(directory);
  const options = `size=${SIZE_BYTES},mode=1777`;
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'savepoint-test', directory]).status === 0)
    return directory;
  rmdirSync(directory);
  return undefined;
}

export function unmountMemoryDirectory(directory: string): void {
  // Lazily: a process that a failed test left behind may still work in it.
  spawnSync('umount', ['--lazy', directory]);
  rmdirSync(directory);
}

/** Those of runs that were killed: their memory would never be free again. */
function removeAbandoned(): void {
  for (const name of readdirSync(tmpdir())) {
    const owner = NAME.exec(name)?.[1];
    if (owner !== undefined && !existsSync(`/proc/${owner}`)) unmountMemoryDirectory(join(tmpdir(), name));
  }
}

function availableMemoryBytes(): number {
  const available = /^MemAvailable: +(\d+) kB$/m.exec(readFileSync('/proc/meminfo', 'latin1'))?.[1];
  const allowed = process.constrainedMemory();
  return Math.min(Number(available) * 1024, allowed > 0 ? allowed : Number.POSITIVE_INFINITY);
}
