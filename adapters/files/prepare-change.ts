// Prepares a change of a component's files: says where it will make something, makes everything new in staging
// directories beside its targets, and describes the steps that are left. Nothing that is visible changes but the time
// of the directories that the staging directories stand in, which the journal knows before.
import { closeDescriptor } from '../node/posix-directory.js';
import { readDescriptorStatus } from '../node/posix-status.js';
import { syncFileSystem } from '../node/posix-storage.js';
import type { ChangePlace } from './change-record.js';
import { changeStagingName } from './change-staging.js';
import { type LocatedFiles, locateFiles } from './locate-files.js';
import { openMountRoot, withMountRoot } from './mount-root.js';
import { joinPath } from './node-path.js';
import { requireChangeable } from './require-changeable.js';
import { requireSpace } from './require-space.js';
import type { RestoreProblem, RestoreStep } from './restore-step.js';
import { splitByMount } from './split-by-mount.js';
import { type StageOptions, stageContents } from './stage-contents.js';
import { planStages, type StagePlan } from './stage-plan.js';
import { makePrivateDirectory } from './staging.js';
import { readLongWord, STATUS_WORDS, WORD } from './status-words.js';

export interface ChangeOptions extends StageOptions {
  /** An existing directory, absolute, with no symbolic link in it. */
  readonly root: string;
  readonly steps: readonly RestoreStep[];
  /** Names the change for good: staging directories are called after it. */
  readonly change: string;
  /** What can't be changed is found out when it is tried: the rest goes back all the same. */
  readonly isWayBack?: boolean;
}

/** What is to be made on one mount, before anything is. */
export interface PlannedChange {
  readonly place: ChangePlace;
  readonly plan: StagePlan;
  readonly located: LocatedFiles;
}

/**
 * Looks for everything that the steps need, and makes nothing. Throws OBJECT_MISSING or PACK_MISSING, naming a path,
 * STORAGE_FULL where it does not fit, and PERMISSION_DENIED for what can't be changed.
 */
export async function planChange(options: ChangeOptions): Promise<PlannedChange[]> {
  const planned: PlannedChange[] = [];
  for (const { mount, steps } of splitByMount(options.root, options.steps)) {
    if (steps.length === 0) continue;
    const plan = planStages(steps);
    const located = await locateFiles(plan.files, options.content);
    const path = joinPath(options.root, mount);
    const rootTime = withMountRoot(options.root, mount, (root) => {
      requireSpace(root, path, located);
      if (options.isWayBack !== true) requireChangeable(root, path, plan);
      return modifiedAt(root);
    });
    planned.push({
      place: { mount, staging: changeStagingName(options.change), rootTime },
      plan,
      located,
    });
  }
  return planned;
}

/** Makes everything that is new, durably. Answers which attributes it could not be given. */
export async function stageChange(options: ChangeOptions, planned: PlannedChange): Promise<RestoreProblem[]> {
  const { place, plan, located } = planned;
  const root = openMountRoot(options.root, place.mount);
  let staging: number | undefined;
  try {
    staging = makePrivateDirectory({ directory: root, name: place.staging });
    const problems = await stageContents(options, { plan, located, staging });
    syncFileSystem(root);
    return problems;
  } finally {
    if (staging !== undefined) closeDescriptor(staging);
    closeDescriptor(root);
  }
}

function modifiedAt(descriptor: number): ChangePlace['rootTime'] {
  const words = new Int32Array(STATUS_WORDS);
  readDescriptorStatus(descriptor, words, 0);
  return { seconds: readLongWord(words, WORD.modifiedSeconds), nanoseconds: words[WORD.modifiedNanoseconds] };
}
