// The directory that a file system is mounted on: it has to be there, and empty. What a killed process has left there, which
// does not answer any more, is taken away.
import { readdirSync, realpathSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { SavepointError } from '../../store/errors.js';
import { closeMount, FUSE_TYPE, readMountTable } from '../composition.js';

/** A mount of ours. */
export interface MountPlace {
  /** The real path. */
  readonly directory: string;
  /** The number of the file system, which no other has as long as it is mounted. */
  readonly device: string;
}

/** The real path of `named`. Throws PATH_NOT_FOUND, TARGET_CONFLICT and PERMISSION_DENIED. */
export function prepareMountPoint(path: string): string {
  const named = resolve(path);
  try {
    return requireEmpty(named);
  } catch (error) {
    const dead = saysDead(error) ? findMount(named) : undefined;
    if (dead === undefined) throw mountPointError(named, error);
    closeMount(dead.directory, 'by-force');
  }
  return prepareMountPoint(named);
}

/** What of ours is mounted on `named`, on top of what else is. */
export function findMount(named: string): MountPlace | undefined {
  return mountAt(placeOf(named));
}

/** As `findMount`, of a real path, which is not looked at: a mount there may not be answered yet, or not any more. */
export function mountAt(directory: string): MountPlace | undefined {
  const top = readMountTable().findLast(({ point }) => point === directory);
  return top?.type === FUSE_TYPE ? { directory, device: top.device } : undefined;
}

/** Whether the mount is still there. */
export function isMounted({ directory, device }: MountPlace): boolean {
  return mountAt(directory)?.device === device;
}

/** The real path, of which only the last step is not looked at: a mount there may not answer. */
function placeOf(named: string): string {
  const path = resolve(named);
  try {
    return realpathSync(path);
  } catch {
    try {
      return join(realpathSync(dirname(path)), basename(path));
    } catch {
      return path;
    }
  }
}

function requireEmpty(named: string): string {
  const directory = realpathSync(named);
  if (readdirSync(directory).length === 0) return directory;
  throw new SavepointError(
    'TARGET_CONFLICT',
    findMount(directory) === undefined
      ? `${named} is not empty, and a mount would hide what is in it: name an empty directory.`
      : `Something is mounted on ${named} already: unmount it with 'savepoint umount ${named}', or name another directory.`,
    { fields: { path: named } },
  );
}

/** Whether the process that serves what is mounted there is gone, or going. */
export function saysDead(error: unknown): boolean {
  return codeOf(error) === 'ENOTCONN' || codeOf(error) === 'ECONNABORTED';
}

const REFUSALS = {
  ENOENT: ['PATH_NOT_FOUND', (path: string) => `There is no directory ${path}: make it first.`],
  ENOTDIR: ['TARGET_CONFLICT', (path: string) => `${path} is not a directory: name an empty one.`],
  EACCES: ['PERMISSION_DENIED', (path: string) => `${path} can't be looked into: repeat as root.`],
  EPERM: ['PERMISSION_DENIED', (path: string) => `${path} can't be looked into: repeat as root.`],
  ENOTCONN: [
    'TARGET_CONFLICT',
    (path: string) => `What is mounted on ${path} does not answer, and is not ours: unmount it first.`,
  ],
} as const;

function mountPointError(path: string, cause: unknown): unknown {
  const code = codeOf(cause);
  if (code === undefined || !(code in REFUSALS)) return cause;
  const [refusal, describe] = REFUSALS[code as keyof typeof REFUSALS];
  return new SavepointError(refusal, describe(path), { fields: { path }, cause });
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}
