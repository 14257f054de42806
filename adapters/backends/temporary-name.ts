// Names of unfinished files. Each one tells which process writes it, so that what a dead process left behind can be
// told from what a living one is about to finish, even where its process id has been given to another process.
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { isDead, readProcess } from '../node/process-status.js';
import { saysAbsent, systemCode } from './storage-error.js';

/** A write of a process that can't be asked about (see `isAbandoned`) is given up after so long without a change. */
export const UNANSWERED_MS = 7 * 24 * 3600 * 1000;

interface Owner {
  readonly boot: string;
  readonly host: string;
  /** The inode of the process id namespace: containers on one kernel count their processes apart. */
  readonly namespace: string;
  readonly pid: number;
  /** In clock ticks after boot; with the process id it names one process for good. */
  readonly startTime: string;
}

const UNKNOWN = 'unknown';
const NAME = /^([0-9a-z]+)\.([0-9a-z]+)\.([0-9a-z]+)\.(\d+)\.([0-9a-z]+)\.[0-9a-f]{16}$/;

let ownOwner: Owner | undefined;

/** A new name, never given before, that is marked as this process's. */
export function createTemporaryName(): string {
  ownOwner ??= describeThisProcess();
  const { boot, host, namespace, pid, startTime } = ownOwner;
  return [boot, host, namespace, pid, startTime, randomBytes(8).toString('hex')].join('.');
}

/**
 * Whether the process that writes the file `name`, last changed at `changedAtMs`, is dead. Names that
 * `createTemporaryName` did not make are not. A process of another host, or in another process id namespace of this
 * one, can't be asked about: its file counts as abandoned after UNANSWERED_MS without a change.
 */
export function isAbandoned(name: string, changedAtMs: number, nowMs: number = Date.now()): boolean {
  const owner = parseOwner(name);
  if (owner === undefined) return false;
  const whereabouts = findWhereabouts(owner);
  if (whereabouts === 'here') return !isAlive(owner);
  return whereabouts === 'earlier boot' || nowMs - changedAtMs > UNANSWERED_MS;
}

/** Whether it can be told if the process that `name` marks lives: where it is one of this boot and of this namespace. */
export function canBeAsked(name: string): boolean {
  const owner = parseOwner(name);
  if (owner === undefined) return false;
  return findWhereabouts(owner) !== 'elsewhere';
}

function findWhereabouts(owner: Owner): 'here' | 'earlier boot' | 'elsewhere' {
  ownOwner ??= describeThisProcess();
  const { boot, namespace, host } = ownOwner;
  const isThisBoot = owner.boot === boot && owner.boot !== UNKNOWN;
  if (isThisBoot && owner.namespace === namespace && owner.namespace !== UNKNOWN) return 'here';
  const areKnown = owner.boot !== UNKNOWN && boot !== UNKNOWN;
  return !isThisBoot && areKnown && owner.host === host ? 'earlier boot' : 'elsewhere';
}

function describeThisProcess(): Owner {
  const host = tryToRead('/etc/machine-id')?.trim() || hostname();
  return {
    boot: tryToRead('/proc/sys/kernel/random/boot_id')?.trim().replaceAll('-', '') || UNKNOWN,
    host: createHash('sha256').update(host).digest('hex').slice(0, 12),
    namespace: /\d+/.exec(tryToReadLink('/proc/self/ns/pid') ?? '')?.[0] ?? UNKNOWN,
    pid: process.pid,
    startTime: readProcess(process.pid)?.startTime ?? UNKNOWN,
  };
}

function parseOwner(name: string): Owner | undefined {
  const match = NAME.exec(name);
  if (match === null) return undefined;
  return { boot: match[1], host: match[2], namespace: match[3], pid: Number(match[4]), startTime: match[5] };
}

/** True also where the answer is kept from us. */
function isAlive({ pid, startTime }: Owner): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (systemCode(error) === 'ESRCH') return false;
    if (systemCode(error) !== 'EPERM') throw error;
  }
  const found = readProcess(pid);
  if (found === undefined || startTime === UNKNOWN) return true;
  return found.startTime === startTime && !isDead(found);
}

function tryToRead(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (isKeptFromUs(error)) return undefined;
    throw error;
  }
}

function tryToReadLink(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch (error) {
    if (isKeptFromUs(error)) return undefined;
    throw error;
  }
}

function isKeptFromUs(error: unknown): boolean {
  return saysAbsent(error) || ['EACCES', 'EPERM', 'ESRCH'].includes(systemCode(error) ?? '');
}
