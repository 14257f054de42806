// Carries out a swap that is decided, from its record alone: one exchange of two names. Which tree has which name tells
// whether it is done, so it is carried out any number of times.
import { dirname } from 'node:path';
import { SavepointError } from '../../store/errors.js';
import { closeDescriptor, openDirectory } from '../node/posix-directory.js';
import { renameExchange } from '../node/posix-entry.js';
import type { Place } from '../node/posix-place.js';
import { syncFileSystem } from '../node/posix-storage.js';
import type { PreparedSwap } from './change-record.js';
import { findDisplaced } from './find-displaced.js';
import { joinPath } from './node-path.js';
import { requireOneMount } from './swap-obstacle.js';
import { findInode, giveTimeBack, openRootPlace, SWAP_TREE } from './swap-staging.js';

/** What others had put into the old tree, or changed in it, and where it is kept. Absolute paths. */
export type DisplacedFiles = readonly { readonly path: string; readonly keptAs: string }[];

/**
 * Exchanges `root` for the staged tree, durably. Throws STEP_CONFLICT where another directory stands in the place of either,
 * UNSUPPORTED where something was mounted meanwhile, and what the call says; then nothing was exchanged.
 */
export function applySwap(root: string, swap: PreparedSwap): DisplacedFiles {
  const live = openRootPlace(root);
  const opened = [live.directory];
  try {
    const staging = openDirectory({ directory: live.directory, name: swap.staging });
    opened.push(staging);
    const staged = { directory: staging, name: SWAP_TREE };
    if (findInode(live) !== swap.inode) exchange(root, swap, { live, staged });
    syncFileSystem(live.directory);
    const kept = joinPath(joinPath(dirname(root), swap.staging), SWAP_TREE);
    const old = findInode(staged);
    if (old === undefined) return [];
    if (old !== swap.before) return [{ path: root, keptAs: kept }];
    const tree = openDirectory(staged);
    opened.push(tree);
    return findDisplaced(tree, swap).map((path) => ({
      path: joinPath(root, path),
      keptAs: joinPath(kept, path),
    }));
  } finally {
    for (const descriptor of opened.reverse()) closeDescriptor(descriptor);
  }
}

function exchange(root: string, swap: PreparedSwap, { live, staged }: { live: Place; staged: Place }): void {
  if (findInode(live) !== swap.before || findInode(staged) !== swap.inode) {
    throw new SavepointError(
      'STEP_CONFLICT',
      `${root} was replaced by somebody else while it was rolled back; their version was left alone.`,
      { fields: { path: root } },
    );
  }
  requireOneMount(root);
  renameExchange({ from: staged, to: live });
  // To some file systems another parent is a change of the directory.
  giveTimeBack(live, swap.rootTime);
}
