// Everything of a change that comes before its decision: where content stands, what is staged, a last look for what
// others changed meanwhile. A crash in here leaves staging directories, which the journal knows.
import { checkAborted, SavepointError } from '../../store/errors.js';
import type { ObjectIndex } from '../../store/index/object-index.js';
import type { ObjectReader } from '../../store/object-reader.js';
import type { LoggedPoint } from '../../store/operations/operation-entry.js';
import {
  type ChangeOptions,
  joinPath,
  type PlannedChange,
  planChange,
  type StagePlan,
  sealChange,
  stageChange,
} from '../composition.js';
import { journal } from '../journal/journal.js';
import type { Attempt, BeginRecord, DecisionRecord } from '../journal/journal-record.js';
import type { Session } from '../session.js';
import type { ComponentPlan } from './plan-rollback.js';
import type { ProgressMeter } from './progress-meter.js';
import type { ComponentPolicy } from './validate-components.js';

export interface AttemptMeans {
  readonly session: Session;
  readonly begin: BeginRecord;
  readonly attempt: Attempt;
  readonly index: ObjectIndex;
  readonly reader: ObjectReader;
  readonly safety: LoggedPoint;
  readonly policies: ReadonlyMap<string, ComponentPolicy>;
  /** When the state that was planned from was read. */
  readonly plannedAtMs: number;
  readonly meter: ProgressMeter;
  readonly signal?: AbortSignal;
}

/**
 * Prepares all that `plans` say. Throws before anything is visible: OBJECT_MISSING, STORAGE_FULL, STEP_CONFLICT, …;
 * what was staged by then is left to whoever has the journal.
 */
export async function prepareAttempt(
  plans: readonly ComponentPlan[],
  means: AttemptMeans,
): Promise<DecisionRecord> {
  const { session, begin, attempt, safety, meter } = means;
  const prepared: { plan: ComponentPlan; options: ChangeOptions; planned: PlannedChange[] }[] = [];
  for (const plan of plans) {
    meter.turnTo(plan.component);
    const options = changeOptions(plan, means);
    prepared.push({ plan, options, planned: await planChange(options) });
  }
  const places = prepared.map(({ plan, planned }) => ({
    ...{ name: plan.component, root: plan.root, places: planned.map(({ place }) => place) },
  }));
  enterStaging(
    meter,
    prepared.flatMap(({ planned }) => planned),
  );
  await journal.plan(session.store, { id: begin.id, attempt, safety, components: places });
  for (const { plan, options, planned } of prepared) {
    for (const change of planned) {
      checkAborted(means.signal);
      meter.turnTo(plan.component);
      await stageChange(options, change);
    }
  }
  meter.enter('deciding');
  const conflicts: string[] = [];
  const components = prepared.map(({ plan, planned }) => {
    meter.turnTo(plan.component);
    const changes = planned.map((change) => {
      const sealed = sealChange({ ...sealOptions(means), root: plan.root, expected: plan.expected }, change);
      for (const path of sealed.conflicts) conflicts.push(joinPath(plan.root, path));
      return sealed.prepared;
    });
    const policy = means.policies.get(plan.component) ?? NO_POLICY;
    return { name: plan.component, root: plan.root, policy, changes };
  });
  if (conflicts.length > 0) throw changedMeanwhile(conflicts);
  checkAborted(means.signal);
  return { id: begin.id, attempt, components };
}

/** From here on it is known how much there is to do. */
function enterStaging(meter: ProgressMeter, changes: readonly PlannedChange[]): void {
  const steps = changes.reduce((sum, { plan }) => sum + countSteps(plan), 0);
  const files = changes.reduce((sum, { plan }) => sum + plan.files.length, 0);
  const bytes = changes.reduce((sum, { located }) => sum + located.bytes, 0);
  meter.expect({ change: { files: steps, bytes } });
  meter.enter('staging', { files, bytes });
}

function countSteps({
  publications,
  links,
  removals,
  fileAttributes,
  directoryAttributes,
}: StagePlan): number {
  return [publications, links, removals, fileAttributes, directoryAttributes].reduce(
    (sum, { length }) => sum + length,
    0,
  );
}

/** A safety point need not be sound: it is what was there. */
const NO_POLICY: ComponentPolicy = { onError: 'abort', validate: [] };

function changeOptions(plan: ComponentPlan, means: AttemptMeans): ChangeOptions {
  const { session, index, reader, begin, attempt, meter } = means;
  return {
    ...{ root: plan.root, steps: plan.steps, change: `${begin.id}-${attempt}` },
    ...{ content: { index, reader }, source: session.store, storeDirectory: session.location },
    onProgress: ({ path, ...done }) =>
      meter.reach(done, () => (path === undefined ? undefined : joinPath(plan.root, path))),
    ...(means.signal === undefined ? {} : { signal: means.signal }),
  };
}

function sealOptions({ session, plannedAtMs }: AttemptMeans) {
  const { platform, format } = session.store;
  return { platform, format, expectedAtMs: plannedAtMs };
}

function changedMeanwhile(paths: readonly string[]): SavepointError {
  const shown = paths.slice(0, 3).join(', ');
  const more = paths.length > 3 ? ` and ${paths.length - 3} more` : '';
  return new SavepointError(
    'STEP_CONFLICT',
    `Somebody else changed ${shown}${more} meanwhile; nothing was rolled back. Repeat when nobody writes there.`,
    { fields: { paths } },
  );
}
