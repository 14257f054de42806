// Carries out restore steps: writes everything new beside its target, makes it durable with one sync, and only then
// renames it into place. Whoever looks sees each file's old or its new content; a crash leaves the staging directory,
// which the next restore removes. No symbolic link below the root is followed.

import { checkAborted } from '../../store/errors.js';
import { closeDescriptor } from '../node/posix-directory.js';
import { syncFileSystem } from '../node/posix-storage.js';
import { DirectoryTimes } from './directory-times.js';
import { type LocatedFiles, locateFiles } from './locate-files.js';
import { openMountRoot, withMountRoot } from './mount-root.js';
import { joinPath } from './node-path.js';
import { type PublishContext, publishStaged } from './publish-staged.js';
import { requireSpace } from './require-space.js';
import type { RestoreProblem, RestoreStep } from './restore-step.js';
import { splitByMount } from './split-by-mount.js';
import { type StageOptions, stageContents } from './stage-contents.js';
import { planStages, type StagePlan } from './stage-plan.js';
import { createStaging, removeAbandonedStaging, removeStaging } from './staging.js';
import { applyAttributes } from './write-file.js';

export interface ApplyRestoreOptions extends StageOptions {
  /** An existing directory, absolute, with no symbolic link in it. */
  readonly root: string;
  readonly steps: readonly RestoreStep[];
}

export interface RestoreOutcome {
  readonly problems: readonly RestoreProblem[];
  readonly bytes: number;
}

/** Throws before anything is changed where content is missing or damaged, or the disk is full. */
export async function applyRestore(options: ApplyRestoreOptions): Promise<RestoreOutcome> {
  const problems: RestoreProblem[] = [];
  let bytes = 0;
  const ready: ReadyMount[] = [];
  for (const { mount, steps } of splitByMount(options.root, options.steps)) {
    if (steps.length === 0) {
      tidyUp(options.root);
      continue;
    }
    const plan = planStages(steps);
    const located = await locateFiles(plan.files, options.content);
    const path = joinPath(options.root, mount);
    withMountRoot(options.root, mount, (root) => requireSpace(root, path, located));
    ready.push({ mount, plan, located });
  }
  for (const part of ready) {
    const { mount } = part;
    const outcome = await applyOnFileSystem(options, part);
    const prefix = mount === '' ? '' : `${mount}/`;
    for (const problem of outcome.problems) problems.push({ ...problem, path: prefix + problem.path });
    bytes += outcome.bytes;
  }
  return { problems, bytes };
}

/** What is to be done on one mount, and where all content for it stands. */
interface ReadyMount {
  readonly mount: string;
  readonly plan: StagePlan;
  readonly located: LocatedFiles;
}

async function applyOnFileSystem(
  options: ApplyRestoreOptions,
  { mount, plan, located }: ReadyMount,
): Promise<RestoreOutcome> {
  const root = openMountRoot(options.root, mount);
  try {
    const rootTime = new DirectoryTimes();
    rootTime.note('', root);
    const staging = createStaging(root);
    let rootStep: StagePlan['directoryAttributes'][number] | undefined;
    try {
      const unmade = new Set<string>();
      const problems = await stageContents(options, { plan, located, staging: staging.descriptor, unmade });
      syncFileSystem(root);
      checkAborted(options.signal);
      const context: PublishContext = { root, staging: staging.descriptor, unmade, problems };
      publishStaged(plan, context);
      rootStep = plan.directoryAttributes.find(({ path }) => path === '');
      return { problems, bytes: located.bytes };
    } finally {
      removeStaging(staging);
      // Making and removing the staging directory has changed the time of the root that it stood in.
      if (rootStep === undefined) rootTime.giveBack(new Set(), () => root);
      else applyAttributes(root, rootStep.attributes, { isNew: false });
      syncFileSystem(root);
    }
  } finally {
    closeDescriptor(root);
  }
}

/** A restore that was killed after its last step leaves nothing to do but this. */
function tidyUp(path: string): void {
  const root = openMountRoot(path, '');
  try {
    removeAbandonedStaging(root);
  } finally {
    closeDescriptor(root);
  }
}
