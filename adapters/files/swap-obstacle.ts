// What keeps a directory from being exchanged for another one as a whole. Nothing has been changed when it is found.
import { accessSync, constants, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { SavepointError } from '../../store/errors.js';
import { posixCapabilities } from '../node/posix-library.js';
import { readStatus } from '../node/posix-status.js';
import { findRealPath, nodePath } from './node-path.js';
import { readMountPoints } from './split-by-mount.js';
import { STATUS_WORDS, WORD } from './status-words.js';

export interface SwapObstacle {
  /** Absolute. */
  readonly path: string;
  /** A clause that says what is the matter. */
  readonly reason: string;
  /** What would mend it, as a command to an operator. */
  readonly mend: string;
}

/** UNSUPPORTED, with the obstacle as its fields. */
export function swapObstacle(obstacle: SwapObstacle): SavepointError {
  const { path, reason, mend } = obstacle;
  return new SavepointError('UNSUPPORTED', `${path} can't be exchanged as a whole: ${reason}; ${mend}.`, {
    fields: { ...obstacle },
  });
}

/** What statfs(2) says of an overlay: it keeps directories of its lower layers where they are (EXDEV), and says so only then. */
const OVERLAY = 0x794c7630;

/** Throws UNSUPPORTED for what can be told of `root`, a real path, without making anything. */
export function requireSwappable(root: string, storeDirectory: string | undefined): void {
  const { available, missing, reason = '' } = posixCapabilities();
  const lacking = ['renameat2', 'linkat', 'ioctl'].filter((name) => missing.includes(name));
  if (!available || lacking.length > 0) {
    const what = available ? `the C library has no ${lacking.join(', ')}` : `it takes the package koffi`;
    const mend = `have what 'savepoint doctor' asks for${reason === '' ? '' : ` (${reason})`}`;
    throw swapObstacle({ path: root, reason: what, mend });
  }
  if (root === '/') {
    throw swapObstacle({
      ...{ path: root, reason: 'nothing stands beside /', mend: 'configure a directory below it' },
    });
  }
  if (statfsSync(nodePath(root)).type === OVERLAY) throw obstacles.overlay(root);
  requireOneMount(root);
  const store = storeDirectory === undefined ? undefined : findRealPath(storeDirectory);
  if (store !== undefined && `${store}/`.startsWith(`${root}/`)) throw obstacles.store(store);
  requireWritable(root);
}

/** Throws UNSUPPORTED where `root` is not on one mount with what is beside it and with all that is in it. */
export function requireOneMount(root: string): void {
  const mounts = [...readMountPoints()];
  if (mounts.includes(root) || deviceOf(root) !== deviceOf(dirname(root))) {
    throw swapObstacle({
      path: root,
      reason: 'it is a mount point, and nothing beside it is on its file system',
      mend: 'configure a directory below it',
    });
  }
  const below = mounts.find((mount) => mount.startsWith(`${root}/`));
  if (below !== undefined) throw obstacles.mount(below);
}

/** What a walk through the tree meets, at an absolute path. */
export const obstacles = {
  mount: (path: string) =>
    swapObstacle({
      path,
      reason: `${path} is mounted below it, or a subvolume`,
      mend: 'unmount it, or mount it elsewhere',
    }),
  store: (path: string) =>
    swapObstacle({ path, reason: `the store lies in it at ${path}`, mend: 'move the store elsewhere' }),
  flags: (path: string) =>
    swapObstacle({
      path,
      reason: `${path} has flags that a new one would not have`,
      mend: `see 'lsattr -d', and take them off by 'chattr'`,
    }),
  link: (path: string, cause: SavepointError) =>
    swapObstacle({
      path,
      reason: `${path} can't get one more name (${cause.fields['errno']})`,
      mend: `see what 'stat' and 'lsattr' say of it`,
    }),
  attributes: (path: string, failed: readonly string[]) =>
    swapObstacle({
      path,
      reason: `a new directory can't be given what ${path} has: ${failed.join(', ')}`,
      mend: 'repeat as root',
    }),
  inTheWay: (path: string) =>
    swapObstacle({
      path,
      reason: `${path}, which no point knows, is where the point has no directory`,
      mend: 'move it away',
    }),
  overlay: (path: string) =>
    swapObstacle({
      path,
      reason: `${path} is on an overlay, which does not move directories of its lower layers`,
      mend: 'keep it on a file system of its own',
    }),
  exchange: (path: string, cause: SavepointError) =>
    swapObstacle({
      path,
      reason: `the file system of ${path} can't exchange directories (${cause.fields['errno']})`,
      mend: 'keep it on another one, such as ext4, xfs or btrfs',
    }),
  links: (path: string, cause: SavepointError) =>
    swapObstacle({
      path,
      reason: `the file system of ${path} has no hard links (${cause.fields['errno']})`,
      mend: 'keep it on another one, such as ext4, xfs or btrfs',
    }),
} as const;

/** A directory that moves gets another parent, so it is written to itself. */
function requireWritable(root: string): void {
  for (const path of [dirname(root), root]) {
    try {
      accessSync(nodePath(path), constants.W_OK | constants.X_OK);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      const mend = 'make it writable, or repeat as root';
      throw swapObstacle({ path, reason: `${path} can't be written to (${code})`, mend });
    }
  }
}

function deviceOf(path: string): number {
  const words = new Int32Array(STATUS_WORDS);
  readStatus(path, words, 0);
  return words[WORD.device];
}
