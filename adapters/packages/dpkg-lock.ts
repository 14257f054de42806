// The locks by which dpkg and apt keep each other out: who holds them, and holding them for a moment. They are POSIX locks of
// the process (fcntl(2)), which Node has no call for.
import { closeSync, openSync, readFileSync, statSync } from 'node:fs';
import { SavepointError } from '../../store/errors.js';
import { fromNativeDevice } from '../node/device-number.js';
import { requireKoffi } from '../node/load-koffi.js';
import { readProcess } from '../node/process-status.js';

export const FRONTEND_LOCK = '/var/lib/dpkg/lock-frontend';
export const DATABASE_LOCK = '/var/lib/dpkg/lock';
const LOCKS = [FRONTEND_LOCK, DATABASE_LOCK];
const POLL_MS = 200;

/** In words: `apt-get (812)`; `undefined` where nobody holds a lock. */
export function findLockHolder(): string | undefined {
  const held = readFileSync('/proc/locks', 'latin1');
  for (const path of LOCKS) {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat === undefined) continue;
    const { major, minor } = fromNativeDevice(stat.dev);
    const device = [major, minor].map((each) => each.toString(16).padStart(2, '0')).join(':');
    const match = new RegExp(`POSIX .* WRITE (-?\\d+) ${device}:${stat.ino} `).exec(held);
    if (match === null) continue;
    const pid = Number(match[1]);
    const name = pid > 0 ? readProcess(pid)?.name : undefined;
    return name === undefined ? 'another process' : `${name} (${pid})`;
  }
  return undefined;
}

/** Throws STATE_BUSY where the database of packages is in use. */
export function checkUnlocked(): void {
  const holder = findLockHolder();
  if (holder !== undefined) throw busy(holder);
}

/** Waits until nobody holds a lock: what an attempt before this one has begun may still be at work. Throws STATE_BUSY. */
export async function waitUntilUnlocked(timeoutMs: number): Promise<void> {
  const deadlineMs = performance.now() + timeoutMs;
  for (;;) {
    const holder = findLockHolder();
    if (holder === undefined) return;
    if (performance.now() > deadlineMs) throw busy(holder);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** Does `work` while this process holds the locks of the database. Throws STATE_BUSY where another does. */
export async function whileLocked<T>(work: () => Promise<T>): Promise<T> {
  const fcntl = requireKoffi().load('libc.so.6').func('fcntl', 'int', ['int', 'int', 'void *']);
  const descriptors: number[] = [];
  try {
    for (const path of LOCKS) {
      const descriptor = openSync(path, 'a', 0o640);
      descriptors.push(descriptor);
      if (fcntl(descriptor, F_SETLK, writeLock()) !== 0) throw busy(findLockHolder() ?? 'another process');
    }
    return await work();
  } finally {
    // Closing gives the lock up.
    for (const descriptor of descriptors.reverse()) closeSync(descriptor);
  }
}

const F_SETLK = 6;
const F_WRLCK = 1;
const FLOCK_BYTES = 32;

/** `struct flock` of 64-bit Linux: type and whence, then start and length; zeros are the whole file. */
function writeLock(): Buffer {
  const lock = Buffer.alloc(FLOCK_BYTES);
  lock.writeInt16LE(F_WRLCK, 0);
  return lock;
}

function busy(holder: string): SavepointError {
  return new SavepointError(
    'STATE_BUSY',
    `The package database is in use by ${holder}; wait until that is done, and repeat.`,
    { fields: { holder } },
  );
}
