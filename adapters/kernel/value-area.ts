// What an area does whose documents are plain values and nothing else.
import { applyValues, checkValues } from './apply-values.js';
import { compareValues } from './compare-values.js';
import type { KernelArea } from './kernel-area.js';
import type { ValueTraits } from './value-traits.js';

/** All of it but the capture. */
export function valueArea(
  traits: ValueTraits,
): Required<Pick<KernelArea, 'name' | 'compare' | 'stage' | 'apply'>> {
  return {
    name: traits.area,
    compare: (comparison) => compareValues(traits, comparison),
    stage: async (steps) => {
      checkValues(traits, steps);
      return steps;
    },
    apply: (steps, context) => applyValues(traits, steps, context),
  };
}
