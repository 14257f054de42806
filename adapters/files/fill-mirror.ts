// Puts what a plan makes anew into the copy of a tree: files and whole directories by a rename, then hard links to what is
// there by then, then the attributes of new directories.
import { makeLink, renameNoReplace } from '../node/posix-entry.js';
import { isPosixError } from '../node/posix-error.js';
import { attributeProblem } from './attribute-problem.js';
import { OpenFolders } from './open-folders.js';
import type { RestoreProblem } from './restore-step.js';
import type { StagePlan } from './stage-plan.js';
import { applyAttributes } from './write-file.js';

export interface Filled {
  readonly changed: readonly string[];
  /** Where others have taken away what something is put into, or linked to. */
  readonly conflicts: readonly string[];
  readonly problems: readonly RestoreProblem[];
}

/** `copy` and `fresh` are descriptors: of the copy, and of the directory in which everything new was made. */
export function fillMirror(plan: StagePlan, { copy, fresh }: { copy: number; fresh: number }): Filled {
  const filled = { changed: [] as string[], conflicts: [] as string[], problems: [] as RestoreProblem[] };
  const [folders, others] = [new OpenFolders(copy), new OpenFolders(copy)];
  const put = (path: string, action: () => void) => {
    try {
      action();
      filled.changed.push(path);
    } catch (error) {
      if (!isPosixError(error, 'ENOENT', 'ENOTDIR', 'ELOOP')) throw error;
      filled.conflicts.push(path);
    }
  };
  try {
    for (const { stagedPath, step } of plan.publications) {
      const from = { directory: fresh, name: stagedPath };
      put(step.path, () => renameNoReplace({ from, to: folders.placeOf(step.path) }));
    }
    for (const { path, attributes } of plan.links) {
      const first = attributes.link as string;
      put(path, () => makeLink({ from: others.placeOf(first), to: folders.placeOf(path) }));
    }
    for (const { path, attributes } of plan.directoryAttributes) {
      put(path, () => {
        const failed = applyAttributes(folders.descriptorOf(path), attributes, { isNew: true });
        if (failed.length > 0) filled.problems.push(attributeProblem(path, failed));
      });
    }
  } finally {
    folders.close();
    others.close();
  }
  return filled;
}
