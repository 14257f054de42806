// Turns differences of mount points into steps: what is too much is taken off from the deepest up, then options are changed, then what
// is missing is mounted from the top down.
import { readDocument } from '../state/json-document.js';
import type { JsonObject } from '../state/state-adapter.js';
import type { AreaComparison, KernelPlan, KernelStep } from './kernel-area.js';
import { hasSameOptions, isSameMount, type MountLayer, type MountPoint } from './mount-state.js';

const PREFIX = 'state/mounts/';
const ORDER = ['unmount', 'remount', 'mount'];

export async function compareMounts({ from, to, changed }: AreaComparison): Promise<KernelPlan> {
  const steps: KernelStep[] = [];
  const unrestorable: { object: string; text: string }[] = [];
  for (const path of changed.filter((each) => each.startsWith(PREFIX))) {
    const [before, after] = await Promise.all(
      [from, to].map((state) => readDocument<MountPoint>(state, path)),
    );
    const point = (before ?? after)?.point ?? '';
    const object = `mount ${point}`;
    const difference = compareLayers(point, before?.layers ?? [], after?.layers ?? []);
    if (typeof difference === 'string') unrestorable.push({ object, text: difference });
    else steps.push(...difference);
  }
  steps.sort((left, right) => compareOrder(left, right));
  return { steps, unrestorable };
}

/** The steps, or why there is no way. */
function compareLayers(
  point: string,
  before: readonly MountLayer[],
  after: readonly MountLayer[],
): readonly KernelStep[] | string {
  let common = 0;
  while (common < before.length && common < after.length && isSameMount(before[common], after[common]))
    common++;
  const missing = after.slice(common);
  const lost = missing.find(({ type, root, boundFrom }) => !canMount(type) || (root !== '/' && !boundFrom));
  if (lost !== undefined)
    return `lacks ${describe(lost)}, which only the program that mounted it can mount again; start that program`;
  const steps = before
    .slice(common)
    .map((layer, index) => {
      const text = `unmount ${describe(layer)} from ${point}`;
      return makeStep({ point, layer, verb: 'unmount', text, depth: common + index });
    })
    .reverse();
  const [live, wanted] = [before[common - 1], after[common - 1]];
  if (common > 0 && !hasSameOptions(live, wanted)) {
    // What is covered by another mount can't be reached.
    if (missing.length > 0 || common < before.length)
      return 'has options of a mount that is covered by another one; unmount that one and repeat';
    const text = `remount ${point} with ${optionsOf(wanted)} instead of ${optionsOf(live)}`;
    steps.push(makeStep({ point, layer: wanted, verb: 'remount', text }));
  }
  for (const [index, layer] of missing.entries()) {
    const text = `mount ${describe(layer)} on ${point} with ${optionsOf(layer)}`;
    steps.push(makeStep({ point, layer, verb: 'mount', text, depth: common + index }));
  }
  return steps;
}

function makeStep(options: {
  readonly point: string;
  readonly layer: MountLayer;
  readonly verb: string;
  readonly text: string;
  readonly depth?: number;
}): KernelStep {
  const { point, layer, verb, text, depth = 0 } = options;
  const data: JsonObject = { area: 'mounts', point, layer, depth };
  return { object: `mount ${point}`, do: verb, text, data };
}

function compareOrder(left: KernelStep, right: KernelStep): number {
  const byVerb = ORDER.indexOf(left.do) - ORDER.indexOf(right.do);
  if (byVerb !== 0 || left.object === right.object) return byVerb;
  const byName = left.object < right.object ? -1 : 1;
  return left.do === 'unmount' ? -byName : byName;
}

/** Others need a program that serves them, or are not mounted by anybody's hand. */
function canMount(type: string): boolean {
  return !['fuse', 'autofs', 'nsfs'].includes(type) && !type.startsWith('fuse.');
}

function describe({ type, source, root, boundFrom }: MountLayer): string {
  return boundFrom === undefined ? `${type} ${source}${root === '/' ? '' : ` (${root})`}` : boundFrom;
}

function optionsOf({ options, superOptions }: MountLayer): string {
  return [...new Set([...options, ...superOptions])].join(',');
}
