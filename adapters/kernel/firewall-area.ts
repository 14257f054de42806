// The rules of the firewall. All tables of nftables that differ are replaced in one transaction, those of iptables each in one; others
// keep their counters and their dynamic sets.

import { SavepointError } from '../../store/errors.js';
import type { StateDocument, StateProblem } from '../state/state-adapter.js';
import { type ProgramResult, programError, runProgram } from '../system/run-program.js';
import { asSentence } from './as-sentence.js';
import { encodeText } from './capture-value.js';
import { type FirewallState, hasNft, nftTable, readFirewall } from './firewall-state.js';
import { emptyTable, IPTABLES_FAMILIES, readIptables } from './iptables.js';
import type {
  AreaApply,
  AreaComparison,
  AreaStaging,
  KernelArea,
  KernelPlan,
  KernelStep,
} from './kernel-area.js';
import { readWholeRuleset, writeTransaction } from './nftables.js';

const AREA = 'firewall';
const PREFIX = `state/${AREA}/`;
const FROM_INPUT = '-';

/** What a program is to be given, for the steps whose tables it is about. */
interface Restoration {
  readonly program: string;
  readonly args: readonly string[];
  readonly checkArgs: readonly string[];
  readonly input: string;
  readonly steps: readonly KernelStep[];
}

export function createFirewallArea(): KernelArea {
  return {
    name: AREA,
    isAsked: ({ firewall }) => firewall,
    capture: captureFirewall,
    compare: compareFirewall,
    stage: stageFirewall,
    apply: applyFirewall,
  };
}

async function* captureFirewall(): AsyncIterable<StateDocument> {
  for (const [name, text] of await readFirewall())
    yield { path: `${PREFIX}${name}`, content: encodeText(text) };
  if (await hasNft()) {
    yield { path: `observed/${AREA}/ruleset`, content: encodeText(await readWholeRuleset()) };
  }
}

async function compareFirewall({ from, to, changed }: AreaComparison): Promise<KernelPlan> {
  const steps: KernelStep[] = [];
  for (const path of changed.filter((each) => each.startsWith(PREFIX))) {
    const name = path.slice(PREFIX.length);
    const table = nftTable(name) ?? name.replace('/', ' ');
    const [before, after] = await Promise.all([from.read(path), to.read(path)]);
    const verb = after === undefined ? 'remove' : 'set';
    const text =
      after === undefined
        ? `remove the rules of ${table} (${count(before)})`
        : `set the rules of ${table} from ${count(before)} to ${count(after)}`;
    steps.push({ object: `firewall ${table}`, do: verb, text, data: { area: AREA, name } });
  }
  return { steps, unrestorable: [] };
}

/** The rules are tried, and go along with the steps: nothing else is there when they are put back. */
async function stageFirewall(
  steps: readonly KernelStep[],
  { to }: AreaStaging,
): Promise<readonly KernelStep[]> {
  const staged: KernelStep[] = [];
  for (const step of steps) {
    const content = await to.read(`${PREFIX}${step.data['name']}`);
    const rules = content === undefined ? null : new TextDecoder().decode(content);
    staged.push({ ...step, data: { ...step.data, rules } });
  }
  for (const restoration of await planRestorations(staged)) {
    const { program, checkArgs, input } = restoration;
    const result = await runProgram(program, checkArgs, { input });
    if (result.exitCode === 0) continue;
    if (result.isMissing) throw programError(program, checkArgs, result);
    throw new SavepointError(
      'STATE_REFUSED',
      `The rules of the firewall can't be put back: ${asSentence(explain(restoration, result))} Load what they need (interfaces, modules) or leave the firewall out, and repeat.`,
      { fields: { program, object: restoration.steps[0].object } },
    );
  }
  return staged;
}

async function applyFirewall(steps: readonly KernelStep[], context: AreaApply): Promise<StateProblem[]> {
  const before = await readFirewall();
  const failures = new Map<KernelStep, string>();
  for (const restoration of await planRestorations(steps.filter((step) => !isDone(step, before)))) {
    const { program, args, input } = restoration;
    const result = await runProgram(program, args, { input });
    if (result.exitCode !== 0)
      for (const step of restoration.steps) failures.set(step, explain(restoration, result));
  }
  const after = await readFirewall();
  const problems: StateProblem[] = [];
  for (const step of steps) {
    if (isDone(step, after)) context.done(step);
    else {
      const reason = failures.get(step) ?? 'the rules are others all the same, perhaps by another program.';
      const message = `could not be put back: ${asSentence(reason)} Look at 'nft list ruleset', and repeat.`;
      problems.push({ object: step.object, code: 'STATE_REFUSED', message });
    }
  }
  return problems;
}

function isDone({ data }: KernelStep, state: FirewallState): boolean {
  return (state.get(String(data['name'])) ?? null) === data['rules'];
}

async function planRestorations(steps: readonly KernelStep[]): Promise<Restoration[]> {
  const restorations: Restoration[] = [];
  const ofNft = steps.filter(({ data }) => nftTable(String(data['name'])) !== undefined);
  if (ofNft.length > 0) {
    const tables = ofNft.map(({ data }) => [nftTable(String(data['name'])) ?? '', data['rules']] as const);
    const wanted = new Map(
      tables.flatMap(([name, rules]) => (rules === null ? [] : [[name, String(rules)]])),
    );
    const input = writeTransaction(
      tables.map(([name]) => name),
      wanted,
    );
    const args = ['--file', FROM_INPUT];
    restorations.push({ program: 'nft', args, checkArgs: ['--check', ...args], input, steps: ofNft });
  }
  for (const { program } of IPTABLES_FAMILIES) {
    const own = steps.filter(({ data }) => String(data['name']).startsWith(`${program}/`));
    if (own.length === 0) continue;
    const { tables } = await readIptables(program);
    const input = own.map(({ data }) => {
      const live = tables?.get(String(data['name']).slice(program.length + 1)) ?? '';
      return data['rules'] === null ? emptyTable(live) : String(data['rules']);
    });
    const args = ['--wait=10'];
    restorations.push({
      ...{ program: `${program}-restore`, args, checkArgs: ['--test', ...args] },
      ...{ input: input.join(''), steps: own },
    });
  }
  return restorations;
}

function explain({ program, args }: Restoration, result: ProgramResult): string {
  return programError(program, args, result).message;
}

function count(content: Uint8Array | undefined): string {
  const lines = content === undefined ? [] : new TextDecoder().decode(content).split('\n').filter(Boolean);
  return lines.length === 1 ? 'one line' : `${lines.length} lines`;
}
