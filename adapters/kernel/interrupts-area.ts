// Which processors an interrupt may reach. Interrupts are known by what they are for, as their numbers change from one start of the
// host to the next. Counters are observed, and so are affinities while a daemon keeps distributing them.
import { join } from 'node:path';
import { SavepointError } from '../../store/errors.js';
import { encodeDocument, readDocument } from '../state/json-document.js';
import type { StateDocument, StateProblem } from '../state/state-adapter.js';
import { captureValue } from './capture-value.js';
import type {
  AreaApply,
  AreaCapture,
  AreaComparison,
  KernelArea,
  KernelPlan,
  KernelStep,
} from './kernel-area.js';
import { listEntries } from './list-files-below.js';
import { findAccess, readValue, writeValue } from './value-file.js';

const AREA = 'interrupts';
const AFFINITIES = `${AREA}/affinities`;
/** New interrupts have it; it stands among the others under a name that no device has. */
const DEFAULT = 'default_smp_affinity';
const BALANCER = 'irqbalance';

/** For each name, the processors of each interrupt that has it, in the order of their numbers. */
type Affinities = { readonly [name: string]: readonly string[] };

interface Interrupt {
  readonly name: string;
  readonly file: string;
  readonly processors: string;
  readonly isFixed: boolean;
}

/** `root` is where /proc and /sys are. */
export function createInterruptsArea(root = '/'): KernelArea {
  return {
    name: AREA,
    isAsked: ({ interrupts }) => interrupts,
    capture: (context) => captureInterrupts(root, context),
    compare: compareInterrupts,
    apply: (steps, context) => applyInterrupts(root, steps, context),
  };
}

async function* captureInterrupts(root: string, context: AreaCapture): AsyncIterable<StateDocument> {
  const counters = { object: 'interrupts', file: join(root, 'proc/interrupts'), path: `${AREA}/counters` };
  yield* captureValue(context, { ...counters, isObserved: true });
  const interrupts = [...listInterrupts(root)];
  if (interrupts.length === 0) {
    throw new SavepointError(
      'UNSUPPORTED',
      'No interrupts are shown here (/proc/irq); run this on the host itself, or take interrupts out of the configuration.',
    );
  }
  const isBalanced = hasBalancer(root);
  for (const [kind, isFixed] of [
    ['state', false],
    ['observed', true],
  ] as const) {
    const affinities: Record<string, string[]> = {};
    for (const each of interrupts.filter((one) => (one.isFixed || isBalanced) === isFixed)) {
      affinities[each.name] ??= [];
      affinities[each.name].push(each.processors);
    }
    if (Object.keys(affinities).length === 0) continue;
    yield { path: `${kind}/${AFFINITIES}`, content: encodeDocument(affinities) };
  }
}

async function compareInterrupts({ from, to }: AreaComparison): Promise<KernelPlan> {
  const path = `state/${AFFINITIES}`;
  const before = (await readDocument<Affinities>(from, path)) ?? {};
  const after = (await readDocument<Affinities>(to, path)) ?? {};
  const steps: KernelStep[] = [];
  const unrestorable: { object: string; text: string }[] = [];
  for (const [name, wanted] of Object.entries(after)) {
    const object = `interrupt ${name}`;
    const live = before[name];
    if (live === undefined || live.length !== wanted.length) {
      const count = live?.length ?? 0;
      const text = `has ${count} interrupts that can be placed instead of ${wanted.length}; its device has changed, or ${BALANCER} places them`;
      if (String(live) !== String(wanted)) unrestorable.push({ object, text });
    } else if (String(live) !== String(wanted)) {
      const text = `let ${name} reach the processors ${wanted.join(' and ')} instead of ${live.join(' and ')}`;
      steps.push({ object, do: 'set', text, data: { area: AREA, name, processors: wanted } });
    }
  }
  return { steps, unrestorable };
}

async function applyInterrupts(
  root: string,
  steps: readonly KernelStep[],
  context: AreaApply,
): Promise<StateProblem[]> {
  const problems: StateProblem[] = [];
  for (const step of steps) {
    const wanted = step.data['processors'] as readonly string[];
    const found = [...listInterrupts(root)].filter(
      ({ name, isFixed }) => !isFixed && name === step.data['name'],
    );
    const refusals = found.flatMap(({ file, processors }, index) =>
      processors === wanted[index] || wanted[index] === undefined
        ? []
        : (writeValue(file, wanted[index]) ?? []),
    );
    const now = found.map(({ file }) => readValue(file));
    if (String(now) === String(wanted)) context.done(step);
    else problems.push(describeFailure(step, { now, refusals }));
  }
  return problems;
}

function describeFailure(
  { object, data }: KernelStep,
  { now, refusals }: { readonly now: readonly (string | undefined)[]; readonly refusals: readonly string[] },
): StateProblem {
  const wanted = (data['processors'] as readonly string[]).join(' and ');
  const reason =
    refusals.length === 0 ? `it reaches ${now.join(' and ') || 'none'} instead` : refusals.join('; ');
  const remedy =
    'Where the kernel places it by itself, which it says by EIO, or the processors are not all there, it can only be left as it is.';
  return {
    object,
    code: 'STATE_REFUSED',
    message: `can't reach the processors ${wanted}: ${reason}. ${remedy}`,
  };
}

function* listInterrupts(root: string): Iterable<Interrupt> {
  const place = join(root, 'proc/irq');
  const numbers = listEntries(place)
    .map(({ name }) => Number(name))
    .filter(Number.isInteger)
    .sort((left, right) => left - right);
  const files = numbers.map((number) => {
    const name = readValue(join(root, `sys/kernel/irq/${number}/actions`)) ?? '';
    return { name, file: join(place, String(number), 'smp_affinity_list') };
  });
  for (const { name, file } of [{ name: DEFAULT, file: join(place, DEFAULT) }, ...files]) {
    const access = findAccess(file);
    const processors = access === undefined ? undefined : readValue(file);
    // One without a name is nobody's.
    if (name === '' || access === undefined || processors === undefined) continue;
    yield { name, file, processors, isFixed: !access.writes };
  }
}

function hasBalancer(root: string): boolean {
  const processes = listEntries(join(root, 'proc')).filter(({ name }) => /^\d+$/.test(name));
  return processes.some(({ name }) => readValue(join(root, 'proc', name, 'comm')) === BALANCER);
}
