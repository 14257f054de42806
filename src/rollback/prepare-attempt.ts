// Everything of a change that comes before its decision: where content stands, what is staged, a last look for what
// others changed meanwhile. A crash in here leaves staging directories, which the journal knows.
import { checkAborted, isSavepointError, SavepointError } from '../../store/errors.js';
import type { NotChecked } from '../composition.js';
import { journal } from '../journal/journal.js';
import type { DecisionRecord, PlanRecord } from '../journal/journal-record.js';
import { asksForChecks, checkStaged } from './check-staged.js';
import {
  type AttemptMeans,
  type ComponentWork,
  changedMeanwhile,
  changeWork,
  type WorkSize,
} from './component-work.js';
import { isDecisive, withEntangled } from './entangled.js';
import { type ComponentPlan, isChanged } from './plan-rollback.js';
import type { ProgressMeter } from './progress-meter.js';
import type { RollbackProblem } from './rollback-problem.js';
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
      if (isStateful(plan)) return stateWork(plan, means, number);
      return swapped.has(plan) ? swapWork(plan, means, { number, plans }) : changeWork(plan, means, number);
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
  const found = await findAll(works, means);
  enterStaging(meter, found.sizes);
  await journal.plan(session.store, { id: begin.id, attempt, safety, components: found.places });
  for (const work of found.works) {
    checkAborted(means.signal);
    meter.turnTo(work.plan.component);
    await work.stage();
  }
  const checked = await checkWorks(found.works, means);
  meter.enter('deciding');
  const { components, conflicts } = await sealAll(checked.works, means);
  if (conflicts.length > 0 && means.displaceConflicts !== true) throw changedMeanwhile(conflicts);
  checkAborted(means.signal);
  const refused = [...found.refused, ...checked.refused];
  const { notChecked } = checked;
  means.onNotChecked?.(notChecked);
  return { id: begin.id, attempt, components, ...(refused.length === 0 ? {} : { refused }) };
}

interface FoundWorks {
  /** Those that go on. */
  readonly works: readonly ComponentWork[];
  readonly places: PlanRecord['components'];
  readonly sizes: readonly WorkSize[];
  /** What keeps the others from being changed. */
  readonly refused: readonly RollbackProblem[];
}

/** Looks for everything. A component that can't be changed is left out where its policy says so. */
async function findAll(works: readonly ComponentWork[], means: AttemptMeans): Promise<FoundWorks> {
  const found = new Map<ComponentWork, Awaited<ReturnType<ComponentWork['find']>>>();
  const refused: RollbackProblem[] = [];
  for (const work of works) {
    const { component } = work.plan;
    means.meter.turnTo(component);
    try {
      found.set(work, await work.find());
    } catch (error) {
      if (!isSavepointError(error, 'PERMISSION_DENIED') || !isPassedOver(work, works, means)) throw error;
      const { path = work.plan.root } = error.fields;
      refused.push({ component, path: String(path), code: error.code, message: error.message });
    }
  }
  const names = new Set(refused.flatMap(({ component = [] }) => component));
  const out = withEntangled(names, works.map(entanglement));
  const left = works.filter(({ plan }) => !out.has(plan.component));
  const kept = left.flatMap((work) => {
    const { size, ...places } = found.get(work) as Awaited<ReturnType<ComponentWork['find']>>;
    return [{ size, place: { name: work.plan.component, root: work.plan.root, ...places } }];
  });
  return {
    ...{ works: left, refused },
    places: kept.map(({ place }) => place),
    sizes: kept.map(({ size }) => size),
  };
}

/** Whether others go on without a component, and there are any that change. */
function isPassedOver(
  { plan }: ComponentWork,
  works: readonly ComponentWork[],
  { policies }: AttemptMeans,
): boolean {
  const out = withEntangled(new Set([plan.component]), works.map(entanglement));
  const withPolicies = works.map((work) => ({
    name: work.plan.component,
    policy: policies.get(work.plan.component) ?? NO_POLICY,
  }));
  return (
    !isDecisive(out, withPolicies) &&
    works.some((work) => !out.has(work.plan.component) && isChanged(work.plan))
  );
}

function entanglement({ plan }: ComponentWork) {
  return { name: plan.component, leftTo: plan.leftTo };
}

async function sealAll(
  works: readonly ComponentWork[],
  { meter, policies }: AttemptMeans,
): Promise<{ readonly components: DecisionRecord['components']; readonly conflicts: readonly string[] }> {
  const conflicts: string[] = [];
  const components: DecisionRecord['components'][number][] = [];
  for (const { plan, seal } of works) {
    meter.turnTo(plan.component);
    const { conflicts: found, ...prepared } = await seal();
    for (const path of found) conflicts.push(path);
    const policy = policies.get(plan.component) ?? NO_POLICY;
    const leftTo = plan.leftTo === undefined ? {} : { leftTo: plan.leftTo };
    components.push({ name: plan.component, root: plan.root, policy, ...leftTo, ...prepared });
  }
  return { components, conflicts };
}

interface CheckedWorks {
  /** Those that go on. */
  readonly works: readonly ComponentWork[];
  /** What is wrong with the others. */
  readonly refused: readonly RollbackProblem[];
  readonly notChecked: readonly NotChecked[];
}

/**
 * Looks at what is staged. A component that would not be sound is left out where its policy says so; else VALIDATION_FAILED
 * is thrown, with all that was found.
 */
async function checkWorks(works: readonly ComponentWork[], means: AttemptMeans): Promise<CheckedWorks> {
  const isAsked = ({ plan }: ComponentWork) =>
    isChanged(plan) && asksForChecks(plan, means.policies.get(plan.component) ?? NO_POLICY);
  if (!means.mustBeWell || !works.some(isAsked)) return { works, refused: [], notChecked: [] };
  // By then nothing is decided: what others change meanwhile is seen by the look after this one.
  const { components } = await sealAll(works, means);
  const { problems, notChecked } = await checkStaged(means.session, components);
  if (problems.length === 0) return { works, refused: [], notChecked };
  const unsound = new Set(problems.flatMap(({ component = [] }) => component));
  const names = withEntangled(unsound, components);
  const isOut = ({ plan }: ComponentWork) => names.has(plan.component);
  if (isDecisive(names, components) || works.every((work) => isOut(work) || !isChanged(work.plan)))
    throw notSound(problems);
  for (const work of works.filter(isOut)) await work.drop();
  return { works: works.filter((work) => !isOut(work)), refused: problems, notChecked };
}

function notSound(problems: readonly RollbackProblem[]): SavepointError {
  const [{ component, path, message }] = problems;
  const more = problems.length === 1 ? '' : ` ${problems.length - 1} more are told with it.`;
  return new SavepointError(
    'VALIDATION_FAILED',
    `${component} would not be sound: ${path} ${message} Nothing was changed.${more}`,
    { fields: { component, path, problems } },
  );
}

/** From here on it is known how much there is to do. */
function enterStaging(meter: ProgressMeter, sizes: readonly WorkSize[]): void {
  const sum = (key: keyof WorkSize) => sizes.reduce((total, size) => total + size[key], 0);
  meter.expect({ change: { files: sum('steps'), bytes: sum('bytes') } });
  meter.enter('staging', { files: sum('files'), bytes: sum('bytes') });
}
