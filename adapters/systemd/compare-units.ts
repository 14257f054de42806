// What turns units into what they were. A unit is touched only where its own state differs, where the files that define it
// change, or, while it runs, where something that the component comes after has changed.
import type {
  JsonObject,
  StateComparison,
  StateContext,
  StatePlan,
  StateStep,
} from '../state/state-adapter.js';
import { compareLinks } from './compare-links.js';
import { definingFile } from './defining-files.js';
import { orderUnits } from './order-units.js';
import { UP } from './unit-facts.js';
import { unitType } from './unit-name.js';
import { type RecordedUnits, readUnits, type UnitRecord, type UnitState } from './unit-record.js';
import { reloadStep, type UnitStep, unitStep } from './unit-step.js';

interface Judgement {
  readonly action: UnitStep['action'];
  readonly reason: string;
  /** What can't be put back. */
  readonly lost?: string;
}

interface UnitChange {
  readonly name: string;
  readonly from: UnitRecord;
  readonly to: UnitRecord;
}

const NOTHING: Judgement = { action: 'nothing', reason: '' };

export async function compareUnits(comparison: StateComparison, context: StateContext): Promise<StatePlan> {
  const [from, to] = [await readUnits(comparison.from), await readUnits(comparison.to)];
  const changes = changesOf(from, to);
  const unrestorable: StatePlan['unrestorable'][number][] = [];
  const steps = new Map<string, { readonly step: StateStep; readonly action: UnitStep['action'] }>();
  for (const change of changes) {
    const judgement = judge(change, comparison, context.settings);
    const links = compareLinks(change, comparison);
    const { action, reason, lost } = judgement;
    const object = `unit ${change.name}`;
    if (lost !== undefined) unrestorable.push({ object, text: `${change.name} ${lost}` });
    if (action === 'nothing' && links.length === 0) continue;
    const step = unitStep({ unit: change.name, action, ...(links.length === 0 ? {} : { links }) }, reason);
    steps.set(change.name, { step, action });
  }
  const isStop = (name: string) => steps.get(name)?.action === 'stop';
  const names = [...steps.keys()];
  const after = (units: RecordedUnits) => (name: string) => units.find(name)?.observed?.after ?? [];
  const stops = orderUnits(names.filter(isStop), after(from)).reverse();
  const others = orderUnits(
    names.filter((name) => !isStop(name)),
    after(to),
  );
  const stepOf = (name: string) => steps.get(name)?.step ?? [];
  const reload = needsReload(changes, comparison) ? [reloadStep()] : [];
  return { steps: [...stops.flatMap(stepOf), ...reload, ...others.flatMap(stepOf)], unrestorable };
}

/** All units that both states know of. */
function changesOf(from: RecordedUnits, to: RecordedUnits): UnitChange[] {
  const names = [...new Set([...from.records.keys(), ...to.records.keys()])].sort();
  return names.flatMap((name) => {
    const [before, after] = [from.find(name), to.find(name)];
    return before === undefined || after === undefined ? [] : [{ name, from: before, to: after }];
  });
}

/** Environment files are read when a unit is started; all others have to be read by systemd first. */
function needsReload(changes: readonly UnitChange[], comparison: StateComparison): boolean {
  const environment = new Set(
    comparison.files.filter((path) =>
      changes.some((change) => definingFile(path, subject(change)) === 'environment file'),
    ),
  );
  const differs = ({ from, to }: UnitChange) =>
    from.state.load !== to.state.load || from.state.unitFile !== to.state.unitFile;
  return comparison.files.some((path) => !environment.has(path)) || changes.some(differs);
}

function judge(change: UnitChange, comparison: StateComparison, settings: JsonObject): Judgement {
  const { from, to } = change;
  // The unit that it is another name of has a record of its own.
  if (to.state.alias !== undefined && from.state.alias !== undefined) return NOTHING;
  const wanted = to.state.alias === undefined ? wantedActivity(to.state) : 'inactive';
  const runs = from.state.alias === undefined && isRunning(from);
  if (wanted === 'active') return runs ? judgeRunning(change, comparison, settings) : judgeMissing(change);
  if (wanted === 'on-demand') {
    if (runs) return judgeRunning(change, comparison, settings);
    return from.state.active === 'failed' ? { action: 'forget', reason: '' } : NOTHING;
  }
  const lost = to.state.active === 'failed' && from.state.active !== 'failed';
  const note = lost ? { lost: 'had failed then; it is left stopped, as a failure can not be put back' } : {};
  if (runs || from.state.active === 'activating') return { ...judgeStop(change), ...note };
  const isForgotten = from.state.active === 'failed' && to.state.active !== 'failed';
  return isForgotten ? { action: 'forget', reason: '' } : { ...NOTHING, ...note };
}

function wantedActivity({ active }: UnitState): 'active' | 'inactive' | 'on-demand' {
  if (active === 'on-demand') return 'on-demand';
  return UP.includes(active) ? 'active' : 'inactive';
}

function isRunning({ state, observed }: UnitRecord): boolean {
  const active = state.active === 'on-demand' ? observed?.active : state.active;
  return active === 'active' || active === 'reloading' || active === 'refreshing';
}

function judgeRunning(change: UnitChange, comparison: StateComparison, settings: JsonObject): Judgement {
  const { name, to } = change;
  // What is masked now runs on, but could not be started again.
  if (to.state.load !== 'loaded') return NOTHING;
  const kinds = comparison.files.map((path) => definingFile(path, subject(change)));
  const kind = ['unit file', 'drop-in', 'environment file'].find((each) =>
    kinds.some((found) => found === each),
  );
  if (kind !== undefined) return restart(change, `its ${kind} changes`);
  const { dependencies } = comparison;
  const onChange = settings['onChange'] ?? 'restart';
  if (dependencies.length === 0 || onChange === 'nothing' || unitType(name) !== 'service') return NOTHING;
  const reason = `${dependencies.join(', ')} ${dependencies.length === 1 ? 'changes' : 'change'}`;
  if (onChange === 'reload' && to.observed?.can.reload === true) return { action: 'reload', reason };
  return restart(change, reason);
}

function restart({ from, to }: UnitChange, reason: string): Judgement {
  const isRefused = from.observed?.can.stop === false || to.observed?.can.start === false;
  if (!isRefused) return { action: 'restart', reason };
  return {
    ...NOTHING,
    lost: `can't be restarted by hand, although ${reason}: it has it from the next start of the host on`,
  };
}

function judgeMissing({ from, to }: UnitChange): Judgement {
  if (to.state.load !== 'loaded') {
    return { ...NOTHING, lost: `was running while its unit file was ${to.state.load}: it can't be started` };
  }
  if (to.observed?.can.start === false)
    return { ...NOTHING, lost: "was running, but can't be started by hand" };
  return { action: 'start', reason: from.state.active === 'failed' ? 'it failed' : '' };
}

function judgeStop({ from, to }: UnitChange): Judgement {
  if (from.observed?.can.stop === false)
    return { ...NOTHING, lost: "was not running, but can't be stopped by hand" };
  return { action: 'stop', reason: to.state.load === 'not-found' ? 'it was not there' : '' };
}

function subject({ name, from, to }: UnitChange) {
  return { name, records: [from.observed, to.observed] };
}
