// Sorts restore steps by when and how they are done: what is written into the staging directory first, what is
// published by a rename, what is linked, removed and re-attributed afterwards. Pure: it looks at nothing but the steps.
import type { RestoreStep } from './restore-step.js';

export type MakeStep = Extract<RestoreStep, { do: 'create' | 'replace' }>;
export type RemoveStep = Extract<RestoreStep, { do: 'remove' }>;

/** A step and where its file is made, relative to the staging directory. */
export interface StagedStep {
  readonly step: MakeStep;
  readonly stagedPath: string;
}

/** What one rename publishes: a file, or a new directory with all that is below it. */
export interface Publication {
  readonly stagedPath: string;
  readonly step: MakeStep;
}

export interface StagePlan {
  readonly directories: readonly StagedStep[];
  readonly files: readonly StagedStep[];
  /** Symbolic links, FIFOs and device nodes. */
  readonly specials: readonly StagedStep[];
  readonly publications: readonly Publication[];
  /** Hard links to files that are there by then. */
  readonly links: readonly MakeStep[];
  /** Files that go before anything is published. */
  readonly firstRemovals: readonly RemoveStep[];
  /** Deepest first. */
  readonly removals: readonly RemoveStep[];
  readonly fileAttributes: readonly Extract<RestoreStep, { do: 'attributes' }>[];
  /** Attributes of directories, new ones too, deepest first: what happens inside a directory changes its time. */
  readonly directoryAttributes: readonly (MakeStep | Extract<RestoreStep, { do: 'attributes' }>)[];
}

/** `steps` come with parents before what is in them. */
export function planStages(steps: readonly RestoreStep[]): StagePlan {
  const plan = {
    directories: [] as StagedStep[],
    files: [] as StagedStep[],
    specials: [] as StagedStep[],
    publications: [] as Publication[],
    links: [] as MakeStep[],
    firstRemovals: [] as RemoveStep[],
    removals: [] as RemoveStep[],
    fileAttributes: [] as Extract<RestoreStep, { do: 'attributes' }>[],
    directoryAttributes: [] as (MakeStep | Extract<RestoreStep, { do: 'attributes' }>)[],
  };
  let newFolder: { path: string; stagedPath: string } | undefined;
  let number = 0;
  for (const step of steps) {
    if (step.do === 'remove' && step.isFirst === true) plan.firstRemovals.push(step);
    else if (step.do === 'remove') plan.removals.unshift(step);
    else if (step.do === 'attributes') {
      if (step.attributes.type === 'directory') plan.directoryAttributes.unshift(step);
      else plan.fileAttributes.push(step);
    } else if (step.attributes.link !== undefined) plan.links.push(step);
    else {
      const inside = newFolder !== undefined && step.path.startsWith(`${newFolder.path}/`);
      const stagedPath =
        inside && newFolder !== undefined
          ? newFolder.stagedPath + step.path.slice(newFolder.path.length)
          : String(number++);
      if (!inside) plan.publications.push({ stagedPath, step });
      const { type } = step.attributes;
      if (type === 'directory') {
        plan.directories.push({ step, stagedPath });
        plan.directoryAttributes.unshift(step);
        if (!inside) newFolder = { path: step.path, stagedPath };
      } else (type === 'file' ? plan.files : plan.specials).push({ step, stagedPath });
    }
  }
  return plan;
}
