// Puts a captured state of the kernel back as a rollback does, twice as after a crash, and looks whether anything is left to do.
import { expect } from 'vitest';
import type { JsonObject, StateAdapter, StatePlan } from '#adapters/state/state-adapter.js';
import { applySteps, captureState, compareStates, type DrivenState } from '../../fixtures/drive-adapter.js';

export interface PutBack {
  readonly plan: StatePlan;
  readonly after: DrivenState;
}

/** The plan that was carried out, without a problem, and the state after it. */
export async function putBack(
  adapter: StateAdapter,
  settings: JsonObject,
  to: DrivenState,
): Promise<PutBack> {
  const from = await captureState(adapter, { settings });
  const plan = await compareStates(adapter, { from, to }, { settings });
  const { problems, done } = await applySteps(adapter, plan.steps, { settings, from, to, repeat: true });
  expect(problems).toEqual([]);
  expect(new Set(done)).toEqual(new Set(plan.steps.map(({ object }) => object)));
  const after = await captureState(adapter, { settings });
  expect((await compareStates(adapter, { from: after, to }, { settings })).steps).toEqual([]);
  return { plan, after };
}

/** Only what can be put back. */
export function stateOnly({ documents }: DrivenState): Record<string, string> {
  const own = [...documents].filter(([path]) => path.startsWith('state/'));
  return Object.fromEntries(own.map(([path, content]) => [path, new TextDecoder().decode(content)]));
}
