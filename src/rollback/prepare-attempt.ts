// Everything of a change that comes before its decision: where content stands, what is staged, a last look for what
// others changed meanwhile. A crash in here leaves staging directories, which the journal knows.
import { checkAborted } from '../../store/errors.js';
import { journal } from '../journal/journal.js';
import type { DecisionRecord, PlanRecord } from '../journal/journal-record.js';
import {
  type AttemptMeans,
  type ComponentWork,
  changedMeanwhile,
  changeWork,
  type WorkSize,
} from './component-work.js';
import type { ComponentPlan } from './plan-rollback.js';
import type { ProgressMeter } from './progress-meter.js';
import { isStateful, stateWork } from './state-work.js';
import { isSwapped, SwapFailure, swapWork } from './swap-work.js';
import { NO_POLICY } from './validate-components.js';

/**
 * Prepares all that `plans` say. Throws before anything is visible: OBJECT_MISSING, STORAGE_FULL, STEP_CONFLICT,
 * UNSUPPORTED, …; what was staged by then is left to whoever has the journal.
 */
export async function prepareAttempt(
  plans: readonly ComponentPlan[],
  means: AttemptMeans,
): Promise<DecisionRecord> {
  const swapped = new Set(plans.filter((plan) => isSwapped(plan, means)));
  for (;;) {
    const works = plans.map((plan, number) => {
      if (isStateful(plan)) return stateWork(plan, means);
      return swapped.has(plan) ? swapWork(plan, means, { number, plans }) : changeWork(plan, means);
    });
    try {
      return await prepareAll(works, means);
    } catch (error) {
      if (!(error instanceof SwapFailure)) throw error;
      if (means.mustSwap) throw error.reason;
      for (const work of works) await work.drop();
      swapped.delete(error.plan);
    }
  }
}

async function prepareAll(works: readonly ComponentWork[], means: AttemptMeans): Promise<DecisionRecord> {
  const { session, begin, attempt, safety, meter } = means;
  const places: PlanRecord['components'][number][] = [];
  const sizes: WorkSize[] = [];
  for (const work of works) {
    meter.turnTo(work.plan.component);
    const { size, ...found } = await work.find();
    sizes.push(size);
    places.push({ name: work.plan.component, root: work.plan.root, ...found });
  }
  enterStaging(meter, sizes);
  await journal.plan(session.store, { id: begin.id, attempt, safety, components: places });
  for (const work of works) {
    checkAborted(means.signal);
    meter.turnTo(work.plan.component);
    await work.stage();
  }
  meter.enter('deciding');
  const conflicts: string[] = [];
  const components: DecisionRecord['components'][number][] = [];
  for (const { plan, seal } of works) {
    meter.turnTo(plan.component);
    const { conflicts: found, ...prepared } = await seal();
    for (const path of found) conflicts.push(path);
    const policy = means.policies.get(plan.component) ?? NO_POLICY;
    components.push({ name: plan.component, root: plan.root, policy, ...prepared });
  }
  if (conflicts.length > 0 && means.displaceConflicts !== true) throw changedMeanwhile(conflicts);
  checkAborted(means.signal);
  return { id: begin.id, attempt, components };
}

/** From here on it is known how much there is to do. */
function enterStaging(meter: ProgressMeter, sizes: readonly WorkSize[]): void {
  const sum = (key: keyof WorkSize) => sizes.reduce((total, size) => total + size[key], 0);
  meter.expect({ change: { files: sum('steps'), bytes: sum('bytes') } });
  meter.enter('staging', { files: sum('files'), bytes: sum('bytes') });
}
