// Turns differences of plain values into steps, with those that the kernel would change along, in an order that works.
import { decodeText } from './capture-value.js';
import type { AreaComparison, KernelPlan, KernelStep } from './kernel-area.js';
import { normalizeValue } from './value-file.js';
import type { ValueTraits } from './value-traits.js';

interface Difference {
  readonly name: string;
  readonly from: string | undefined;
  readonly to: string | undefined;
}

const LONGEST_SHOWN = 60;

/** Compares the documents `state/<area>/<name>` whose name `isValue`; all of them unless given. */
export async function compareValues(
  traits: ValueTraits,
  comparison: AreaComparison,
  isValue: (name: string) => boolean = () => true,
): Promise<KernelPlan> {
  const prefix = `state/${traits.area}/`;
  const changed = comparison.changed
    .filter((path) => path.startsWith(prefix))
    .map((path) => path.slice(prefix.length));
  const names = changed.filter(isValue);
  const steps: KernelStep[] = [];
  const unrestorable: { object: string; text: string }[] = [];
  const [gone, extra] = [new Map<string, number>(), new Map<string, number>()];
  const count = (counts: Map<string, number>, group: string) =>
    counts.set(group, (counts.get(group) ?? 0) + 1);
  for (const name of names) {
    const difference = await readDifference(comparison, { name, path: `${prefix}${name}` });
    const { from, to } = difference;
    const comesAndGoes = changed.includes(traits.ownerOf?.(name) ?? '');
    const mayAppear = () => comesAndGoes || traits.mayAppear?.(name, comparison.earlier) === true;
    if (to === undefined) {
      if (!comesAndGoes) count(extra, traits.groupOf(name));
    } else if (from === undefined && !mayAppear()) count(gone, traits.groupOf(name));
    else if (from !== undefined && normalizeValue(from) === normalizeValue(to)) continue;
    else {
      const hindrance = from === undefined ? undefined : traits.findHindrance?.(name, { from, to });
      if (hindrance === undefined) steps.push(makeStep(traits, difference, to));
      else unrestorable.push({ object: traits.objectOf(name), text: hindrance });
    }
  }
  for (const [object, values] of gone)
    unrestorable.push({ object, text: `is not there, with ${countValues(values)}; ${traits.comesBack}` });
  for (const [object, values] of extra)
    unrestorable.push({
      object,
      text: `was not there, with ${countValues(values)}; it stays until what made it takes it away`,
    });
  const kept = await findCoupled({ traits, comparison, steps, isValue });
  return { steps: inOrder(traits, [...steps, ...kept]), unrestorable };
}

async function readDifference(
  { from, to }: AreaComparison,
  { name, path }: { readonly name: string; readonly path: string },
): Promise<Difference> {
  const [before, after] = await Promise.all([from.read(path), to.read(path)]);
  return { name, from: before && decodeText(before), to: after && decodeText(after) };
}

function makeStep(traits: ValueTraits, { name, from }: Difference, value: string): KernelStep {
  const label = traits.labelOf(name);
  const shown = (text: string) => (traits.isSecret?.(name) === true ? 'a value of its own' : show(text));
  const text = `set ${label}${from === undefined ? '' : ` from ${shown(from)}`} to ${shown(value)}`;
  const step = stepOf(traits, name, value);
  // One that is not there yet may not come: then it can't be put back, which is no failure.
  return from === undefined ? { ...step, text, data: { ...step.data, mayAppear: true } } : { ...step, text };
}

/** Values that are as they should be, but would not be once the steps are done. */
async function findCoupled(options: {
  readonly traits: ValueTraits;
  readonly comparison: AreaComparison;
  readonly steps: readonly KernelStep[];
  readonly isValue: (name: string) => boolean;
}): Promise<KernelStep[]> {
  const { traits, comparison, steps, isValue } = options;
  if (traits.resets === undefined || steps.length === 0) return [];
  const set = steps.map(({ data }) => String(data['name']));
  const paths = await comparison.to.list(`state/${traits.area}`);
  const kept: KernelStep[] = [];
  for (const path of paths) {
    const name = path.slice(`state/${traits.area}/`.length);
    if (!isValue(name) || set.includes(name)) continue;
    const by = set.find((each) => traits.resets?.(each, name));
    if (by === undefined) continue;
    const { from, to } = await readDifference(comparison, { name, path });
    if (from === undefined || to === undefined) continue;
    const text = `keep ${traits.labelOf(name)} at ${show(to)}, which ${traits.labelOf(by)} would change`;
    kept.push({ ...stepOf(traits, name, to), do: 'keep', text });
  }
  return kept;
}

function stepOf(traits: ValueTraits, name: string, value: string): Omit<KernelStep, 'text'> {
  const late = traits.isLate?.(name) === true ? { isLate: true } : {};
  return { object: traits.objectOf(name), do: 'set', data: { area: traits.area, name, value }, ...late };
}

function inOrder(traits: ValueTraits, steps: readonly KernelStep[]): KernelStep[] {
  const key = ({ data }: KernelStep) => {
    const name = String(data['name']);
    return { name, rank: traits.rankOf?.(name) ?? 0, isZero: data['value'] === '0' };
  };
  return [...steps].sort((one, other) => {
    const [left, right] = [key(one), key(other)];
    // Of two that exclude each other, one is 0: setting the other one makes it so.
    return (
      left.rank - right.rank ||
      Number(left.isZero) - Number(right.isZero) ||
      (left.name < right.name ? -1 : Number(left.name > right.name))
    );
  });
}

function show(value: string): string {
  const line = normalizeValue(value).replaceAll('\n', '; ');
  if (line === '') return 'nothing';
  return line.length > LONGEST_SHOWN ? `${line.slice(0, LONGEST_SHOWN)}…` : line;
}

function countValues(values: number): string {
  return values === 1 ? 'one value' : `${values} values`;
}
