// Prepares the exchange of a component's root for a tree that is staged as a whole in a private directory beside it. What
// is unchanged is shared by both trees; nothing that is visible changes but the time of the directory that they stand in.
import { closeDescriptor, createFile, openDirectory } from '../node/posix-directory.js';
import { makeLink, renameExchange } from '../node/posix-entry.js';
import { isPosixError } from '../node/posix-error.js';
import type { Place } from '../node/posix-place.js';
import { readDescriptorStatus } from '../node/posix-status.js';
import { syncFileSystem } from '../node/posix-storage.js';
import { inodeAt, type PreparedSwap, type SwapPlace } from './change-record.js';
import { changeStagingName } from './change-staging.js';
import { type LocatedFiles, locateFiles } from './locate-files.js';
import { type Mirrored, MirrorState, mirrorTree } from './mirror-tree.js';
import type { ChangeOptions } from './prepare-change.js';
import { requireSpace } from './require-space.js';
import { Look, type SealOptions, withBefore } from './seal-change.js';
import { SkippedDirectories } from './skipped-directories.js';
import { stageContents } from './stage-contents.js';
import { makePrivateDirectory } from './staging.js';
import { readLongWord, STATUS_WORDS, WORD } from './status-words.js';
import { obstacles, requireSwappable } from './swap-obstacle.js';
import { planSwapTree, type SwapPlan } from './swap-plan.js';
import { giveTimeBack, openRootPlace, SWAP_FRESH, SWAP_TREE } from './swap-staging.js';

export interface SwapOptions extends ChangeOptions, SealOptions {}

/** What is to be made, before anything is. */
export interface PlannedSwap {
  readonly place: SwapPlace;
  readonly plan: SwapPlan;
  readonly located: LocatedFiles;
  readonly state: MirrorState;
}

export interface SealedSwap {
  readonly prepared: PreparedSwap;
  /** Paths, relative to the component's root, that are not what the plan took them to be, or go on changing. */
  readonly conflicts: readonly string[];
}

/**
 * Looks for everything that the steps need, and makes nothing. Throws UNSUPPORTED where the root can't be exchanged;
 * OBJECT_MISSING or PACK_MISSING, naming a path; STORAGE_FULL where it does not fit.
 */
export async function planSwap(options: SwapOptions): Promise<PlannedSwap> {
  requireSwappable(options.root, options.storeDirectory);
  const plan = planSwapTree(options.steps, options.expected);
  const located = await locateFiles(plan.stages.files, options.content);
  const { directory } = openRootPlace(options.root);
  try {
    requireSpace(directory, options.root, located);
    const place = { staging: changeStagingName(options.change), parentTime: modifiedAt(directory) };
    return { place, plan, located, state: new MirrorState() };
  } finally {
    closeDescriptor(directory);
  }
}

/** Makes the whole new tree, durably. Throws UNSUPPORTED where something can't be in it as it has to. */
export async function stageSwap(options: SwapOptions, planned: PlannedSwap): Promise<void> {
  const { place, plan, located, state } = planned;
  const root = openRootPlace(options.root);
  const opened = [root.directory];
  try {
    const staging = makePrivateDirectory({ directory: root.directory, name: place.staging });
    opened.push(staging);
    giveTimeBack(root.directory, place.parentTime);
    const fresh = makePrivateDirectory({ directory: staging, name: SWAP_FRESH });
    opened.push(fresh, makePrivateDirectory({ directory: staging, name: SWAP_TREE }));
    requireCalls(options.root, { staging, fresh });
    const problems = await stageContents(options, { plan: plan.stages, located, staging: fresh });
    for (const problem of problems) state.problems.push(problem);
    await mirror(options, planned, { root, staging });
    syncFileSystem(staging);
  } finally {
    for (const descriptor of opened.reverse()) closeDescriptor(descriptor);
  }
}

/** How often to look again where others go on changing names. */
const MOST_ROUNDS = 5;

/** The last look before the decision: what others changed in what stays is taken over, all else is a conflict. */
export async function sealSwap(options: SwapOptions, planned: PlannedSwap): Promise<SealedSwap> {
  const root = openRootPlace(options.root);
  const opened = [root.directory];
  try {
    const staging = openDirectory({ directory: root.directory, name: planned.place.staging });
    opened.push(staging);
    let seen = await mirror(options, planned, { root, staging });
    for (let round = 1; round < MOST_ROUNDS && seen.changed.length > 0; round++) {
      syncFileSystem(staging);
      seen = await mirror(options, planned, { root, staging });
    }
    const live = openDirectory(root);
    opened.push(live);
    const { steps, conflicts } = lookAtSteps(options, planned, { root: live, staging });
    const { before, inode, rootTime, shared, directories, kept } = seen;
    const { problems } = planned.state;
    return {
      prepared: { ...planned.place, before, inode, rootTime, steps, shared, directories, kept, problems },
      conflicts: [...new Set([...seen.conflicts, ...seen.changed, ...conflicts])],
    };
  } finally {
    for (const descriptor of opened.reverse()) closeDescriptor(descriptor);
  }
}

/** How file systems say that they lack a call. */
const NOT_THERE = ['EINVAL', 'ENOSYS', 'ENOTSUP', 'EPERM'];

/** Throws UNSUPPORTED where the file system lacks what a swap takes. */
function requireCalls(root: string, { staging, fresh }: { staging: number; fresh: number }): void {
  const move = { from: SWAP_FRESH, to: SWAP_TREE };
  try {
    // Back again, too: both are empty, and open by their names.
    for (let time = 0; time < 2; time++) renameExchange(placesOf(staging, move));
  } catch (error) {
    if (!isPosixError(error, ...NOT_THERE, 'EXDEV')) throw error;
    throw obstacles.exchange(root, error);
  }
  closeDescriptor(createFile({ directory: fresh, name: 'file' }, 0o600));
  try {
    makeLink(placesOf(fresh, { from: 'file', to: 'link' }));
  } catch (error) {
    if (!isPosixError(error, ...NOT_THERE, 'EMLINK')) throw error;
    throw obstacles.links(root, error);
  }
}

function placesOf(directory: number, names: { from: string; to: string }): { from: Place; to: Place } {
  return { from: { directory, name: names.from }, to: { directory, name: names.to } };
}

/** One pass of the mirror, and which trees it saw. */
async function mirror(
  options: SwapOptions,
  { plan, state }: PlannedSwap,
  { root, staging }: { root: Place; staging: number },
): Promise<Mirrored & Pick<PreparedSwap, 'before' | 'inode' | 'rootTime'>> {
  const live = openDirectory(root);
  const copy = openDirectory({ directory: staging, name: SWAP_TREE });
  const fresh = openDirectory({ directory: staging, name: SWAP_FRESH });
  try {
    const { storeDirectory, signal } = options;
    const skip = new SkippedDirectories(storeDirectory === undefined ? [] : [storeDirectory]);
    const where = { root: options.root, plan, skip, ...(signal === undefined ? {} : { signal }) };
    const mirrored = await mirrorTree(where, state, { live, copy, fresh });
    return { ...mirrored, before: inodeOf(live), inode: inodeOf(copy), rootTime: modifiedAt(copy) };
  } finally {
    for (const descriptor of [live, copy, fresh]) closeDescriptor(descriptor);
  }
}

function lookAtSteps(
  options: SwapOptions,
  { plan }: PlannedSwap,
  open: { root: number; staging: number },
): { steps: PreparedSwap['steps']; conflicts: readonly string[] } {
  const look = new Look(options, { ...open, mount: '', rootTime: modifiedAt(open.root) });
  try {
    const { publications, firstRemovals, removals, links } = plan.stages;
    const paths = [
      ...publications.map(({ step }) => step.path),
      ...[...firstRemovals, ...removals, ...links].map(({ path }) => path),
    ];
    const steps = paths.map((path) => ({ path, ...withBefore(look.identity(path)) }));
    return { steps, conflicts: look.conflicts };
  } finally {
    look.close();
  }
}

function modifiedAt(descriptor: number): SwapPlace['parentTime'] {
  const words = statusOf(descriptor);
  return { seconds: readLongWord(words, WORD.modifiedSeconds), nanoseconds: words[WORD.modifiedNanoseconds] };
}

function inodeOf(descriptor: number): string {
  return inodeAt(statusOf(descriptor), 0);
}

function statusOf(descriptor: number): Int32Array {
  const words = new Int32Array(STATUS_WORDS);
  readDescriptorStatus(descriptor, words, 0);
  return words;
}
