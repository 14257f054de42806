// Prepares one component that a state adapter has: its own files as those of any component, and its state by the adapter. The
// last look captures the state again: what others have changed of it since the safety point is a conflict.
import { isSavepointError, SavepointError } from '../../store/errors.js';
import { STATE_NAME, type StateAdapter, type StateContext } from '../composition.js';
import { definitionOf, readLiveState, sideOf } from '../live-state.js';
import { stateReader } from '../state/state-reader.js';
import { type AttemptMeans, type ComponentWork, changeWork } from './component-work.js';
import { orLost } from './or-lost.js';
import type { ComponentPlan } from './plan-rollback.js';
import { type ComponentStatePlan, changedDocuments } from './plan-state.js';
import { attemptContext, discardState } from './state-staging.js';

export type StatefulPlan = ComponentPlan & { readonly state: ComponentStatePlan };

export function isStateful(plan: ComponentPlan): plan is StatefulPlan {
  return plan.state !== undefined;
}

export function stateWork(plan: StatefulPlan, means: AttemptMeans, number: number): ComponentWork {
  const { session, begin, attempt } = means;
  const { state, component: name } = plan;
  const { adapter, settings, steps } = state;
  const at = { operation: begin.id, attempt };
  const files = changeWork(plan, means, number);
  const place = { kind: adapter.kind, settings };
  let prepared: { readonly answer: Awaited<ReturnType<typeof adapter.stage>> } | undefined;
  let wasWell = false;
  return {
    plan,
    async find() {
      const { size, ...places } = await files.find();
      wasWell = means.mustBeWell && (await isWell(adapter, { component: name, settings }));
      return { ...places, state: place, size: { ...size, steps: size.steps + steps.length } };
    },
    async stage() {
      await files.stage();
      const context = attemptContext(session, at, { name, settings, signal: means.signal });
      prepared = await orLost(name, means.onLost, async () => ({
        answer: await naming(name, () =>
          adapter.stage(steps, {
            ...context,
            from: stateReader(state.from.context, state.from.ids),
            to: stateReader(state.to.context, state.to.ids),
          }),
        ),
      }));
    },
    async seal() {
      const sealed = await files.seal();
      if (prepared === undefined) return sealed;
      const isLooked = steps.length > 0 && adapter.supports.moves !== true;
      const conflicts = isLooked ? await changedSince(plan, means) : [];
      return {
        ...sealed,
        state: {
          ...{
            ...place,
            prepared: prepared.answer,
            steps: steps.map(({ object, text }) => ({ object, text })),
          },
          ...(wasWell ? { mustBeWell: true } : {}),
        },
        conflicts: [...sealed.conflicts, ...conflicts],
      };
    },
    async drop() {
      await files.drop();
      // What can't be taken away is tried again, and told, at the end.
      await discardState(session, at, [{ name, ...place }]);
    },
  };
}

/** One that can't tell is not known to be well. */
async function isWell(adapter: StateAdapter, context: StateContext): Promise<boolean> {
  try {
    return (await adapter.health?.(context))?.level === 'healthy';
  } catch (error) {
    if (!isSavepointError(error)) throw error;
    return false;
  }
}

/** The documents that are not as they were when the way was planned, in the words of `component:path`. */
async function changedSince({ component, state }: StatefulPlan, means: AttemptMeans): Promise<string[]> {
  const { session, before } = means;
  const record = before.get(component);
  if (record === undefined) return [];
  const live = await readLiveState(session, [definitionOf(record)]);
  const changed = await changedDocuments(state.from, sideOf(live, component));
  return changed.filter((path) => path.startsWith(`${STATE_NAME}/`)).map((path) => `${component}:${path}`);
}

/** What an adapter says of its state is of a component, and nothing was changed by then. */
async function naming<T>(component: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isSavepointError(error) || error.code === 'ABORTED') throw error;
    throw new SavepointError(
      error.code,
      `The component '${component}' can't be rolled back: ${error.message} Nothing was changed.`,
      { fields: { ...error.fields, component }, cause: error },
    );
  }
}
