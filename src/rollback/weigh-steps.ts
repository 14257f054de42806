// What the steps of an operation take, as shares of it: estimates by what is known of the work, made anew with each step. The
// figures are milliseconds, measured with 20 to 50,000 files of 800 bytes to 10 MiB, on a disk and in memory.
import type { Amount, RollbackPhase } from './rollback-progress.js';

export type OperationStep = Exclude<RollbackPhase, 'reverting' | 'ended'>;

/** What is known of the work. */
export interface Workload {
  /** All that the components hold. */
  readonly tree: Amount;
  /** What differs; missing until that is planned. */
  readonly change?: Amount | undefined;
}

interface Cost {
  readonly fixed: number;
  readonly treeFile?: number;
  readonly file?: number;
  readonly mebibyte?: number;
  /** The part of the step that its counts cover; after it come syncs, and records. */
  readonly counted?: number;
}

/** In the order in which they are done. At the end staging directories are taken away: nobody enters that as a step. */
const COSTS: Readonly<Record<OperationStep | 'tidying', Cost>> = {
  preflight: { fixed: 20 },
  'safety-point': { fixed: 60, treeFile: 0.006, file: 0.03, mebibyte: 2, counted: 0.9 },
  planning: { fixed: 30, treeFile: 0.001, file: 0.02 },
  staging: { fixed: 200, file: 0.04, mebibyte: 5, counted: 0.7 },
  deciding: { fixed: 10, file: 0.012 },
  applying: { fixed: 5, file: 0.018, counted: 0.9 },
  verifying: { fixed: 60, treeFile: 0.004, file: 0.018, mebibyte: 1.7, counted: 0.95 },
  validating: { fixed: 20 },
  health: { fixed: 20 },
  tidying: { fixed: 10, file: 0.06 },
};

/** What usually differs, as a share of the components. */
const USUAL_CHANGE = 0.02;

/** All that components hold. */
export function sizeOf(components: readonly { readonly record: Amount }[]): Amount {
  return {
    files: components.reduce((sum, { record }) => sum + record.files, 0),
    bytes: components.reduce((sum, { record }) => sum + record.bytes, 0),
  };
}

/** The share that `step` has in all that is left from it on. */
export function shareOf(step: OperationStep, work: Workload): number {
  const steps = Object.keys(COSTS) as (keyof typeof COSTS)[];
  const left = steps.slice(steps.indexOf(step)).map((each) => weigh(each, work));
  return left[0] / left.reduce((sum, each) => sum + each, 0);
}

/** How much of a step is done, from 0 to 1. */
export function portionDone(step: OperationStep, done: Amount, total: Partial<Amount>): number {
  const { treeFile = 0, file = treeFile, mebibyte = 0, counted = 1 } = COSTS[step];
  const value = ({ files = 0, bytes = 0 }: Partial<Amount>) => files * file + toMebibytes(bytes) * mebibyte;
  const known = {
    files: total.files === undefined ? 0 : done.files,
    bytes: total.bytes === undefined ? 0 : done.bytes,
  };
  const whole = value(total);
  return whole === 0 ? 0 : Math.min(1, value(known) / whole) * counted;
}

function weigh(step: keyof typeof COSTS, { tree, change }: Workload): number {
  const { fixed, treeFile = 0, file = 0, mebibyte = 0 } = COSTS[step];
  const { files, bytes } = change ?? {
    files: tree.files * USUAL_CHANGE,
    bytes: tree.bytes * USUAL_CHANGE,
  };
  return fixed + treeFile * tree.files + file * files + mebibyte * toMebibytes(bytes);
}

function toMebibytes(bytes: number): number {
  return bytes / 2 ** 20;
}
