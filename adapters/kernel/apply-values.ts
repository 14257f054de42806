// Sets plain values until the kernel has them all: what one value depends on may only be right after another one was set, and
// setting one may change another. Values that are right already are not written.
import { SavepointError } from '../../store/errors.js';
import type { StateProblem } from '../state/state-adapter.js';
import type { AreaApply, KernelStep } from './kernel-area.js';
import { normalizeValue } from './value-file.js';
import type { ValueTraits } from './value-traits.js';

const MOST_ROUNDS = 5;

/** Throws STATE_REFUSED where a value of a step can't be written here at all. */
export function checkValues(traits: ValueTraits, steps: readonly KernelStep[]): void {
  for (const step of steps) {
    const { name, value } = wantedOf(step);
    if (isRight(traits, { name, value })) continue;
    const obstacle = traits.findObstacle(name);
    if (obstacle === undefined) continue;
    throw new SavepointError(
      'STATE_REFUSED',
      `${traits.labelOf(name)} can't be set to '${value}' here: ${obstacle}. ${remedyOf(obstacle)}`,
      { fields: { object: step.object, name, value, reason: obstacle } },
    );
  }
}

export async function applyValues(
  traits: ValueTraits,
  steps: readonly KernelStep[],
  context: AreaApply,
): Promise<StateProblem[]> {
  const refusals = new Map<KernelStep, string>();
  for (let round = 0, hasSet = true; hasSet && round < MOST_ROUNDS; round++) {
    hasSet = false;
    for (const step of steps) {
      const { name, value } = wantedOf(step);
      if (traits.read(name) === undefined || isRight(traits, { name, value })) continue;
      const refusal = traits.write(name, value);
      if (refusal === undefined) {
        refusals.delete(step);
        hasSet = true;
      } else refusals.set(step, refusal);
    }
  }
  const problems: StateProblem[] = [];
  for (const step of steps) {
    const isAbsent = step.data['mayAppear'] === true && traits.read(wantedOf(step).name) === undefined;
    if (isAbsent || isRight(traits, wantedOf(step))) context.done(step);
    else problems.push(describeFailure(traits, step, refusals.get(step)));
  }
  return problems;
}

function describeFailure(traits: ValueTraits, step: KernelStep, refusal: string | undefined): StateProblem {
  const { name, value } = wantedOf(step);
  const { object } = step;
  const shown = traits.isSecret?.(name) === true ? 'its value' : `'${normalizeValue(value)}'`;
  const live = traits.read(name);
  const remedy = traits.remedyFor(name);
  if (live === undefined) {
    const message = `is not there to be set to ${shown}: ${traits.comesBack}.`;
    return { object, code: 'STATE_REFUSED', message };
  }
  const message =
    refusal === undefined
      ? `has '${normalizeValue(live)}' after it was set to ${shown}: the kernel, or another program, made it so. ${remedy}`
      : `does not take ${shown}: ${refusal}. ${remedy}`;
  return { object, code: 'STATE_REFUSED', message };
}

function isRight(traits: ValueTraits, wanted: { readonly name: string; readonly value: string }): boolean {
  const live = traits.read(wanted.name);
  return live !== undefined && normalizeValue(live) === normalizeValue(wanted.value);
}

function wantedOf({ data }: KernelStep): { readonly name: string; readonly value: string } {
  return { name: String(data['name']), value: String(data['value']) };
}

function remedyOf(obstacle: string): string {
  return obstacle.includes('EROFS')
    ? 'What the kernel shows is mounted read-only, as in a container: run this on the host itself.'
    : 'Run this as root on the host itself.';
}
