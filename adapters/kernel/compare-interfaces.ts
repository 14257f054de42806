// Turns differences of interfaces, addresses, routes and rules into steps, each about one of them.
import { readDocument } from '../state/json-document.js';
import type { JsonObject, StateReader } from '../state/state-adapter.js';
import type { LinkState } from './interface-state.js';
import type { AreaComparison, KernelPlan, KernelStep } from './kernel-area.js';

const PREFIX = 'state/interfaces/';

/** What stands a line each in a document, by the document's name. */
const KINDS = { addresses: 'address', routes: 'route', rules: 'rule' } as const;

/** The words for each part of a link, as ip-link(8) has them; the last two tell what is said where there is nothing. */
export const LINK_PARTS = [
  { part: 'hardware', word: 'address' },
  { part: 'master', word: 'master' },
  { part: 'mtu', word: 'mtu' },
  { part: 'queueLength', word: 'txqueuelen' },
  { part: 'isPromiscuous', word: 'promisc' },
  { part: 'isAllMulticast', word: 'allmulticast' },
  { part: 'alias', word: 'alias' },
  { part: 'group', word: 'group' },
  { part: 'isUp', word: 'up' },
] as const;

export async function compareInterfaces({ from, to, changed }: AreaComparison): Promise<KernelPlan> {
  const steps: KernelStep[] = [];
  const unrestorable: { object: string; text: string }[] = [];
  const own = changed.filter((path) => path.startsWith(PREFIX)).map((path) => path.slice(PREFIX.length));
  for (const name of new Set(own.map((path) => path.split('/')[0]))) {
    const missing = await findMissing(name, { from, to });
    if (missing !== undefined) {
      unrestorable.push({ object: `interface ${name}`, text: missing });
      continue;
    }
    steps.push(...(await compareLink(name, { from, to })));
    for (const kind of ['addresses', 'routes', 'rules'] as const)
      if (own.includes(`${name}/${kind}`)) steps.push(...(await compareLines({ name, kind, from, to })));
  }
  return { steps, unrestorable };
}

/** What the interfaces of `steps` are to have besides: removing one thing may take others along. */
export async function keepTargets(steps: readonly KernelStep[], to: StateReader): Promise<KernelStep[]> {
  const kept: KernelStep[] = [];
  for (const name of new Set(steps.map(({ data }) => String(data['interface'])))) {
    for (const kind of ['addresses', 'routes', 'rules'] as const)
      for (const words of await readLines(to, { name, kind })) {
        const step = makeStep({ name, kind, words, verb: 'keep' });
        if (!steps.some(({ object }) => object === step.object)) kept.push(step);
      }
  }
  return kept;
}

interface States {
  readonly from: StateReader;
  readonly to: StateReader;
}

async function findMissing(name: string, { from, to }: States): Promise<string | undefined> {
  if (name.startsWith(':')) return undefined;
  const [before, after] = await Promise.all([from, to].map((state) => state.read(`${PREFIX}${name}/link`)));
  if (after === undefined)
    return `was not there; what made it takes it away, or 'ip link delete ${name}' where nothing needs it`;
  return before === undefined
    ? 'is not there, so neither are its addresses and routes; start what makes it, or attach the device, and repeat'
    : undefined;
}

async function compareLink(name: string, states: States): Promise<KernelStep[]> {
  const [before, after] = await Promise.all(
    [states.from, states.to].map((state) => readDocument<LinkState>(state, `${PREFIX}${name}/link`)),
  );
  if (before === undefined || after === undefined) return [];
  const parts = LINK_PARTS.filter(({ part }) => before[part] !== after[part]);
  if (parts.length === 0) return [];
  const words = parts.map(({ part, word }) => `${word} from ${show(before[part])} to ${show(after[part])}`);
  const link = Object.fromEntries(parts.map(({ part }) => [part, after[part] ?? null]));
  const data = { area: 'interfaces', interface: name, link };
  return [{ object: `interface ${name}`, do: 'set', text: `set ${words.join(', ')} of ${name}`, data }];
}

async function compareLines(
  options: States & { readonly name: string; readonly kind: keyof typeof KINDS },
): Promise<KernelStep[]> {
  const { name, kind } = options;
  const [before, after] = await Promise.all(
    [options.from, options.to].map((state) => readLines(state, { name, kind })),
  );
  const missing = after.filter((line) => !before.includes(line));
  const extra = before.filter((line) => !after.includes(line));
  return [
    ...missing.map((words) => makeStep({ name, kind, words, verb: 'add' })),
    ...extra.map((words) => makeStep({ name, kind, words, verb: 'remove' })),
  ];
}

function makeStep(options: {
  readonly name: string;
  readonly kind: keyof typeof KINDS;
  readonly words: string;
  readonly verb: string;
}): KernelStep {
  const { name, kind, words, verb } = options;
  const noun = KINDS[kind];
  const of = kind === 'addresses' ? ` of ${name}` : '';
  const data: JsonObject = { area: 'interfaces', interface: name, kind, words };
  return { object: `${noun} ${words}${of}`, do: verb, text: `${verb} the ${noun} ${words}${of}`, data };
}

async function readLines(
  state: StateReader,
  { name, kind }: { readonly name: string; readonly kind: string },
): Promise<string[]> {
  const content = await state.read(`${PREFIX}${name}/${kind}`);
  return content === undefined ? [] : new TextDecoder().decode(content).split('\n').filter(Boolean);
}

function show(value: unknown): string {
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  return value === undefined ? 'none' : String(value);
}
