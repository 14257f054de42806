// Prepares one component of an attempt, file by file: looks for everything, which makes nothing; stages what is new; and
// looks a last time when all other components are staged, too.
import { checkAborted, SavepointError } from '../../store/errors.js';
import type { ObjectIndex } from '../../store/index/object-index.js';
import type { ObjectReader } from '../../store/object-reader.js';
import { hashObject } from '../../store/objects/object-header.js';
import type { LoggedPoint } from '../../store/operations/operation-entry.js';
import {
  joinPath,
  type NotChecked,
  type PlannedChange,
  planChange,
  removeChangeStaging,
  rewriteStaged,
  type StagePlan,
  type SwapOptions,
  sealChange,
  stageChange,
} from '../composition.js';
import type { Attempt, BeginRecord, DecisionRecord, PlanRecord } from '../journal/journal-record.js';
import type { ComponentRecord } from '../point-record.js';
import type { Session } from '../session.js';
import type { ComponentPlan } from './plan-rollback.js';
import type { ProgressMeter } from './progress-meter.js';
import type { RollbackProblem } from './rollback-problem.js';
import type { ComponentPolicy } from './validate-components.js';

export interface AttemptMeans {
  readonly session: Session;
  readonly begin: BeginRecord;
  readonly attempt: Attempt;
  readonly index: ObjectIndex;
  readonly reader: ObjectReader;
  readonly safety: LoggedPoint;
  /** The components of the state that is left, as they were recorded, by name. */
  readonly before: ReadonlyMap<string, ComponentRecord>;
  readonly policies: ReadonlyMap<string, ComponentPolicy>;
  /** Whether what was well before has to be well afterwards. */
  readonly mustBeWell: boolean;
  /** Whether a component that can't be swapped as its policy says stops the attempt; else it goes file by file. */
  readonly mustSwap: boolean;
  /** Others' changes since then are set aside when it is carried out, and stop nothing. */
  readonly displaceConflicts?: boolean;
  /** When the state that was planned from was read. */
  readonly plannedAtMs: number;
  readonly meter: ProgressMeter;
  /** Hears why the state of a component stays as it is; where this is missing, that is thrown. */
  readonly onLost?: (problem: RollbackProblem) => void;
  /** Hears which programs could not be asked about what is staged. */
  readonly onNotChecked?: (notChecked: readonly NotChecked[]) => void;
  readonly signal?: AbortSignal;
}

type Places = Pick<PlanRecord['components'][number], 'places' | 'swap' | 'state'>;
type Prepared = Pick<DecisionRecord['components'][number], 'changes' | 'swap' | 'state' | 'merged'>;

/** How much there is to do. */
export interface WorkSize {
  readonly steps: number;
  /** New files, and what is in them. */
  readonly files: number;
  readonly bytes: number;
}

/** In this order. Each throws before anything is visible. */
export interface ComponentWork {
  readonly plan: ComponentPlan;
  /** Answers where something is going to be made. */
  find(): Promise<Places & { readonly size: WorkSize }>;
  stage(): Promise<void>;
  /** What is left to do, and the absolute paths that others have changed. */
  seal(): Promise<Prepared & { readonly conflicts: readonly string[] }>;
  /** Takes away what was staged. */
  drop(): void | Promise<void>;
}

/** `number` is that of the component in the attempt. */
export function changeWork(plan: ComponentPlan, means: AttemptMeans, number: number): ComponentWork {
  const options = workOptions(plan, means, number);
  let planned: PlannedChange[] = [];
  return {
    plan,
    async find() {
      planned = await planChange(options);
      return { places: planned.map(({ place }) => place), size: sizeOf(planned) };
    },
    async stage() {
      for (const change of planned) {
        checkAborted(means.signal);
        await stageChange(options, change);
        mergeStaged(plan, change);
      }
    },
    async seal() {
      const sealed = planned.map((change) => sealChange(options, change));
      const conflicts = sealed.flatMap((each) => each.conflicts).map((path) => joinPath(plan.root, path));
      return { changes: sealed.map(({ prepared }) => prepared), conflicts, ...mergedIds(plan, means) };
    },
    drop() {
      for (const { place } of planned) removeChangeStaging(plan.root, place);
    },
  };
}

/** Contents that are not the point's take the place of what was staged. */
function mergeStaged({ root, merged }: ComponentPlan, { place, plan }: PlannedChange): void {
  for (const { step, stagedPath } of merged.size === 0 ? [] : plan.files) {
    const content = merged.get(place.mount === '' ? step.path : `${place.mount}/${step.path}`);
    if (content === undefined) continue;
    const staging = joinPath(joinPath(root, place.mount), place.staging);
    rewriteStaged(joinPath(staging, stagedPath), content, step.attributes);
  }
}

function mergedIds({ merged }: ComponentPlan, { session }: AttemptMeans): Pick<Prepared, 'merged'> {
  if (merged.size === 0) return {};
  const { platform, format } = session.store;
  const idOf = (content: Uint8Array) => hashObject(platform, format, { kind: 'blob', content });
  return { merged: Object.fromEntries([...merged].map(([path, content]) => [path, idOf(content)])) };
}

function sizeOf(changes: readonly PlannedChange[]): WorkSize {
  const steps = changes.reduce((sum, { plan }) => sum + countSteps(plan), 0);
  const files = changes.reduce((sum, { plan }) => sum + plan.files.length, 0);
  const bytes = changes.reduce((sum, { located }) => sum + located.bytes, 0);
  return { steps, files, bytes };
}

function countSteps(plan: StagePlan): number {
  const { publications, links, firstRemovals, removals, fileAttributes, directoryAttributes } = plan;
  const lists = [publications, links, firstRemovals, removals, fileAttributes, directoryAttributes];
  return lists.reduce((sum, { length }) => sum + length, 0);
}

/** What all ways to prepare a component take. */
export function workOptions(plan: ComponentPlan, means: AttemptMeans, number: number): SwapOptions {
  const { session, index, reader, begin, attempt, plannedAtMs, meter } = means;
  const { platform, format } = session.store;
  return {
    ...{ root: plan.root, steps: plan.steps, change: `${begin.id}-${attempt}-${number}` },
    ...{ content: { index, reader }, source: session.store, storeDirectory: session.location },
    inThread: !session.threads,
    isWayBack: attempt === 2,
    ...{ platform, format, expected: plan.expected, expectedAtMs: plannedAtMs },
    onProgress: ({ path, ...done }) =>
      meter.reach(done, () => (path === undefined ? undefined : joinPath(plan.root, path))),
    ...(means.signal === undefined ? {} : { signal: means.signal }),
  };
}

/** STEP_CONFLICT for absolute paths. */
export function changedMeanwhile(paths: readonly string[]): SavepointError {
  const shown = paths.slice(0, 3).join(', ');
  const more = paths.length > 3 ? ` and ${paths.length - 3} more` : '';
  return new SavepointError(
    'STEP_CONFLICT',
    `Somebody else changed ${shown}${more} meanwhile; nothing was rolled back. Repeat when nobody writes there.`,
    { fields: { paths } },
  );
}
