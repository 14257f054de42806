// Has state adapters stop, apply and verify what they prepared, from the journal's records alone. What they say of single
// objects are problems; what they throw is one of the component.
import { isSavepointError } from '../../store/errors.js';
import { ObjectReader } from '../../store/object-reader.js';
import type { LoggedPoint } from '../../store/operations/operation-entry.js';
import type { ApplyContext, StateAdapter, StateProblem } from '../composition.js';
import type { DecisionRecord, PreparedState } from '../journal/journal-record.js';
import { definitionOf, readLiveState, sideOf } from '../live-state.js';
import { readComponents } from '../point-tree.js';
import { findPoint } from '../points.js';
import type { Session } from '../session.js';
import { documentSource } from '../state/state-reader.js';
import { planState } from './plan-state.js';
import type { ProgressMeter } from './progress-meter.js';
import { problemOf, type RollbackProblem } from './rollback-problem.js';
import { attemptContext } from './state-staging.js';

export interface StateMeans {
  readonly session: Session;
  readonly decision: DecisionRecord;
  readonly meter: ProgressMeter;
}

type Decided = DecisionRecord['components'][number];

/** Stops what must not run while anything is exchanged, dependants first. */
export async function stopState(means: StateMeans): Promise<RollbackProblem[]> {
  const problems: RollbackProblem[] = [];
  for (const component of [...means.decision.components].reverse()) {
    problems.push(
      ...(await calling(means, component, (adapter, { prepared }, context) =>
        adapter.stop?.(prepared, context),
      )),
    );
  }
  return problems;
}

/** Does what is left to do of one component when its files are in place. */
export async function applyState(means: StateMeans, component: Decided): Promise<RollbackProblem[]> {
  return calling(means, component, (adapter, { prepared }, context) => adapter.apply(prepared, context));
}

/** What is not as `destination` has it. */
export async function verifyState(means: StateMeans, destination: LoggedPoint): Promise<RollbackProblem[]> {
  const { session, decision } = means;
  const stateful = decision.components.filter(({ state }) => state !== undefined);
  if (stateful.length === 0) return [];
  const reader = new ObjectReader(session.store, await session.store.openIndex());
  const context = documentSource(reader, session.store.format);
  const components = await readComponents(context, await findPoint(session, reader, destination.id));
  const problems: RollbackProblem[] = [];
  for (const decided of stateful) {
    const component = components.get(decided.name);
    if (component === undefined) continue;
    const differing = await calling(means, decided, async (adapter) => {
      // Where nothing was done, what changes by itself meanwhile is nobody's fault; in a database others write again already.
      if (!isTouched(decided) || adapter.supports.moves === true) return [];
      const live = await readLiveState(session, [definitionOf(component.record)]);
      const { steps } = await planState(component.record, session.adapters, {
        ...{ from: sideOf(live, decided.name), to: { context, ids: component.ids } },
        ...{ files: [], dependencies: [] },
      });
      return steps.map(({ object, text }) => ({
        object,
        code: 'NOT_AS_SAVED',
        message: `it is not as the point has it: ${text} is still to be done`,
      }));
    });
    problems.push(...differing);
    problems.push(
      ...(await calling(means, decided, (adapter, { prepared }, at) => adapter.verify?.(prepared, at))),
    );
  }
  return problems;
}

function isTouched({ state, changes, leftTo = [] }: Decided): boolean {
  const ofFiles = changes.some(({ steps }) => steps.length > 0);
  return ofFiles || leftTo.length > 0 || (state?.steps.length ?? 0) > 0;
}

/** What adapters say of components that are not well any more. */
export async function checkStateHealth(means: StateMeans): Promise<RollbackProblem[]> {
  const problems: RollbackProblem[] = [];
  for (const component of means.decision.components) {
    const found = await calling(means, component, async (adapter, { mustBeWell }, context) => {
      if (mustBeWell !== true) return [];
      const health = await adapter.health?.(context);
      return health?.level === 'unhealthy' || health?.level === 'critical' ? health.problems : [];
    });
    problems.push(...found);
  }
  return problems;
}

async function calling(
  { session, decision, meter }: StateMeans,
  { name, state }: Decided,
  work: (
    adapter: StateAdapter,
    state: PreparedState,
    context: ApplyContext,
  ) => Promise<readonly StateProblem[]> | undefined,
): Promise<RollbackProblem[]> {
  if (state === undefined) return [];
  meter.turnTo(name);
  const { kind, settings } = state;
  let files = 0;
  const { id: operation, attempt } = decision;
  try {
    const adapter = await session.adapters.get(kind, name);
    const context = {
      ...attemptContext(session, { operation, attempt }, { name, settings }),
      done: ({ object }: { readonly object: string }) => meter.reach({ files: ++files }, () => object),
    };
    const found = (await work(adapter, state, context)) ?? [];
    return found.map((problem) => problemOf(name, problem));
  } catch (error) {
    if (!isSavepointError(error)) throw error;
    return [{ component: name, path: name, code: error.code, message: error.message }];
  }
}
