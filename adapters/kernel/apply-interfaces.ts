// Sets interfaces, addresses, routes and rules. What is missing is added before what is too much is removed, and interfaces go down
// last, so that the host is without its way in no longer than must be. Removing one thing may take others along: all is looked at
// again until nothing is left to do.

import type { StateProblem } from '../state/state-adapter.js';
import { programError, runProgram } from '../system/run-program.js';
import { asSentence } from './as-sentence.js';
import { LINK_PARTS } from './compare-interfaces.js';
import { type InterfaceState, readInterfaces, readRouting } from './interface-state.js';
import { routeKey } from './ip-words.js';
import type { AreaApply, KernelStep } from './kernel-area.js';

const MOST_ROUNDS = 4;

type LiveNetwork = {
  readonly interfaces: readonly InterfaceState[];
  readonly routes: readonly string[];
  readonly rules: readonly string[];
};

/** One command of ip(8), and the step that it is for. */
interface Command {
  readonly step: KernelStep;
  readonly args: readonly string[];
}

type Phase = (step: KernelStep, live: LiveNetwork) => readonly (readonly string[])[];

const PHASES: readonly Phase[] = [
  (step, live) => linkCommands(step, live).filter((args) => args.at(-1) !== 'down'),
  (step, live) => (isWanted(step, 'addresses') ? addAddress(step, live) : []),
  // A gateway can be reached only once its own route is there.
  (step, live) => (isWanted(step, 'routes') && !hasGateway(step) ? addRoute(step, live) : []),
  (step, live) => (isWanted(step, 'routes') && hasGateway(step) ? addRoute(step, live) : []),
  (step, live) => (isWanted(step, 'rules') ? changeLine({ noun: 'rule', verb: 'add' }, step, live) : []),
  (step, live) => (isUnwanted(step, 'rules') ? changeLine({ noun: 'rule', verb: 'del' }, step, live) : []),
  (step, live) => (isUnwanted(step, 'routes') ? changeLine({ noun: 'route', verb: 'del' }, step, live) : []),
  (step, live) => (isUnwanted(step, 'addresses') ? removeAddress(step, live) : []),
  (step, live) => linkCommands(step, live).filter((args) => args.at(-1) === 'down'),
];

export async function applyInterfaces(
  steps: readonly KernelStep[],
  context: AreaApply,
): Promise<StateProblem[]> {
  const failures = new Map<KernelStep, string>();
  let live = await readLive();
  for (let round = 0, hasChanged = true; hasChanged && round < MOST_ROUNDS; round++) {
    hasChanged = false;
    for (const phase of PHASES) {
      const commands = steps.flatMap((step) => phase(step, live).map((args): Command => ({ step, args })));
      for (const { step, args } of commands) {
        const result = await runProgram('ip', args);
        if (result.exitCode === 0) {
          hasChanged = true;
          failures.delete(step);
        } else failures.set(step, programError('ip', args, result).message);
      }
      if (commands.length > 0) live = await readLive();
    }
  }
  const problems: StateProblem[] = [];
  for (const step of steps) {
    const isDone = PHASES.every((phase) => phase(step, live).length === 0);
    if (!isDone) problems.push(describeFailure(step, failures.get(step)));
    else if (step.do !== 'keep') context.done(step);
  }
  return problems;
}

function describeFailure({ object, do: verb }: KernelStep, failure: string | undefined): StateProblem {
  const reason =
    failure ?? 'it was changed back, by another program perhaps (NetworkManager, systemd-networkd).';
  const message = `could not be put back (${verb}): ${asSentence(reason)} Do it by hand with ip(8) and repeat.`;
  return { object, code: 'STATE_REFUSED', message };
}

function linkCommands(step: KernelStep, { interfaces }: LiveNetwork): (readonly string[])[] {
  const wanted = step.data['link'] as Readonly<Record<string, unknown>> | undefined;
  const name = String(step.data['interface']);
  const live = interfaces.find((each) => each.name === name)?.link;
  if (wanted === undefined) return [];
  return LINK_PARTS.filter(({ part }) => part in wanted && (wanted[part] ?? undefined) !== live?.[part]).map(
    ({ part, word }) => ['link', 'set', 'dev', name, ...linkWords({ part, word, value: wanted[part] })],
  );
}

function linkWords(options: {
  readonly part: string;
  readonly word: string;
  readonly value: unknown;
}): string[] {
  const { part, word, value } = options;
  if (part === 'isUp') return [value === true ? 'up' : 'down'];
  if (part === 'master' && value === null) return ['nomaster'];
  if (typeof value === 'boolean') return [word, value ? 'on' : 'off'];
  return [word, value === null ? '' : String(value)];
}

function addAddress(step: KernelStep, live: LiveNetwork): (readonly string[])[] {
  const words = wordsOf(step);
  const addresses = addressesOf(step, live);
  if (addresses.includes(words)) return [];
  const place = placeOf(words);
  const other = addresses.find((each) => placeOf(each) === place);
  const device = ['dev', String(step.data['interface'])];
  const added = ['address', 'add', ...words.split(' '), ...device];
  // The kernel takes the same address but once: with other words, the old one goes first.
  return other === undefined ? [added] : [['address', 'del', ...place.split(' '), ...device], added];
}

function removeAddress(step: KernelStep, live: LiveNetwork): (readonly string[])[] {
  const words = wordsOf(step);
  if (!addressesOf(step, live).includes(words)) return [];
  return [['address', 'del', ...placeOf(words).split(' '), 'dev', String(step.data['interface'])]];
}

function addRoute(step: KernelStep, { routes }: LiveNetwork): (readonly string[])[] {
  const words = wordsOf(step);
  if (routes.includes(words)) return [];
  const isTaken = routes.some((each) => routeKey(each) === routeKey(words));
  const [family, ...rest] = words.split(' ');
  return [[family, 'route', isTaken ? 'replace' : 'add', ...rest]];
}

function changeLine(
  { noun, verb }: { readonly noun: 'rule' | 'route'; readonly verb: 'add' | 'del' },
  step: KernelStep,
  live: LiveNetwork,
): (readonly string[])[] {
  const words = wordsOf(step);
  const isThere = (noun === 'rule' ? live.rules : live.routes).includes(words);
  const [family, ...rest] = words.split(' ');
  return isThere === (verb === 'add') ? [] : [[family, noun, verb, ...rest]];
}

function isWanted(step: KernelStep, kind: string): boolean {
  return step.data['kind'] === kind && step.do !== 'remove';
}

function isUnwanted(step: KernelStep, kind: string): boolean {
  return step.data['kind'] === kind && step.do === 'remove';
}

function hasGateway(step: KernelStep): boolean {
  return wordsOf(step).split(' ').includes('via');
}

function wordsOf({ data }: KernelStep): string {
  return String(data['words']);
}

function addressesOf({ data }: KernelStep, { interfaces }: LiveNetwork): readonly string[] {
  return interfaces.find(({ name }) => name === data['interface'])?.addresses ?? [];
}

/** What tells an address of an interface from the others: `10.0.0.1/24`, or `10.0.0.1 peer 10.0.0.2/32`. */
function placeOf(words: string): string {
  const all = words.split(' ');
  return all.slice(0, all[1] === 'peer' ? 3 : 1).join(' ');
}

async function readLive(): Promise<LiveNetwork> {
  const [interfaces, routing] = await Promise.all([readInterfaces(), readRouting()]);
  return { interfaces, routes: routing.routes.map(({ words }) => words), rules: routing.rules };
}
