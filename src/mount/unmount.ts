// Unmounts what is mounted, by whichever process: the one that serves it sees that and ends.
import { statSync } from 'node:fs';
import { SavepointError } from '../../store/errors.js';
import { closeMount, findMountUsers, type MountUser } from '../composition.js';
import { findMount, isMounted, type MountPlace, saysDead } from './mount-place.js';

export interface UnmountOptions {
  /** Also where it is in use: whoever uses it gets errors. */
  readonly force?: boolean;
}

/**
 * Unmounts the point or store that is mounted on `named`, also one whose process has died. Throws PATH_NOT_FOUND where none is,
 * STATE_BUSY, which names the processes that use it, and PERMISSION_DENIED.
 */
export function unmount(
  named: string,
  { force = false }: UnmountOptions = {},
): { readonly directory: string } {
  const place = findMount(named);
  if (place === undefined) {
    const message = `No point or store is mounted on ${named}; 'findmnt -t fuse.savepoint' lists those that are.`;
    throw new SavepointError('PATH_NOT_FOUND', message, { fields: { path: named } });
  }
  const { directory } = place;
  if (force || isDead(directory)) closeMount(directory, 'by-force');
  else if (closeMount(directory, 'if-unused') === 'busy') throw inUse(named, findMountUsers(directory));
  return { directory };
}

/** Unmounts a mount of this process in any case, and answers who used it. */
export function takeAway(place: MountPlace): readonly MountUser[] {
  if (!isMounted(place)) return [];
  const { directory } = place;
  if (closeMount(directory, 'if-unused') !== 'busy') return [];
  const users = findMountUsers(directory);
  closeMount(directory, 'by-force');
  return users;
}

/** Whether the process that served it has gone. */
function isDead(directory: string): boolean {
  try {
    statSync(directory);
    return false;
  } catch (error) {
    return saysDead(error);
  }
}

function inUse(path: string, users: readonly MountUser[]): SavepointError {
  const list = users.map(({ name, pid }) => `${name} (${pid})`).join(', ');
  return new SavepointError(
    'STATE_BUSY',
    `${path} is in use${list === '' ? '' : ` by ${list}`}: end that, or take it away with 'savepoint umount --force ${path}'.`,
    { fields: { path, users } },
  );
}
