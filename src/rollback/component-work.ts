// Prepares one component of an attempt, file by file: looks for everything, which makes nothing; stages what is new; and
// looks a last time when all other components are staged, too.
import { checkAborted, SavepointError } from '../../store/errors.js';
import type { ObjectIndex } from '../../store/index/object-index.js';
import type { ObjectReader } from '../../store/object-reader.js';
import type { LoggedPoint } from '../../store/operations/operation-entry.js';
import {
  joinPath,
  type PlannedChange,
  planChange,
  removeChangeStaging,
  type SwapOptions,
  sealChange,
  stageChange,
} from '../composition.js';
import type { Attempt, BeginRecord, DecisionRecord, PlanRecord } from '../journal/journal-record.js';
import type { Session } from '../session.js';
import type { ComponentPlan } from './plan-rollback.js';
import type { ComponentPolicy } from './validate-components.js';

export interface AttemptMeans {
  readonly session: Session;
  readonly begin: BeginRecord;
  readonly attempt: Attempt;
  readonly index: ObjectIndex;
  readonly reader: ObjectReader;
  readonly safety: LoggedPoint;
  readonly policies: ReadonlyMap<string, ComponentPolicy>;
  /** Whether a component that can't be swapped as its policy says stops the attempt; else it goes file by file. */
  readonly mustSwap: boolean;
  /** When the state that was planned from was read. */
  readonly plannedAtMs: number;
  readonly onProgress?: (progress: { bytes: number; totalBytes: number }) => void;
  readonly signal?: AbortSignal;
}

type Places = Pick<PlanRecord['components'][number], 'places' | 'swap'>;
type Prepared = Pick<DecisionRecord['components'][number], 'changes' | 'swap'>;

/** In this order. Each throws before anything is visible. */
export interface ComponentWork {
  readonly plan: ComponentPlan;
  /** Answers where something is going to be made. */
  find(): Promise<Places>;
  stage(): Promise<void>;
  /** What is left to do, and the absolute paths that others have changed. */
  seal(): Promise<Prepared & { readonly conflicts: readonly string[] }>;
  /** Takes away what was staged. */
  drop(): void;
}

export function changeWork(plan: ComponentPlan, means: AttemptMeans): ComponentWork {
  const options = workOptions(plan, means);
  let planned: PlannedChange[] = [];
  return {
    plan,
    async find() {
      planned = await planChange(options);
      return { places: planned.map(({ place }) => place) };
    },
    async stage() {
      for (const change of planned) {
        checkAborted(means.signal);
        await stageChange(options, change);
      }
    },
    async seal() {
      const sealed = planned.map((change) => sealChange(options, change));
      const conflicts = sealed.flatMap((each) => each.conflicts).map((path) => joinPath(plan.root, path));
      return { changes: sealed.map(({ prepared }) => prepared), conflicts };
    },
    drop() {
      for (const { place } of planned) removeChangeStaging(plan.root, place);
    },
  };
}

/** What all ways to prepare a component take. */
export function workOptions(plan: ComponentPlan, means: AttemptMeans): SwapOptions {
  const { session, index, reader, begin, attempt, plannedAtMs } = means;
  const { platform, format } = session.store;
  return {
    ...{ root: plan.root, steps: plan.steps, change: `${begin.id}-${attempt}` },
    ...{ content: { index, reader }, source: session.store, storeDirectory: session.location },
    ...{ platform, format, expected: plan.expected, expectedAtMs: plannedAtMs },
    ...(means.onProgress === undefined ? {} : { onProgress: means.onProgress }),
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
