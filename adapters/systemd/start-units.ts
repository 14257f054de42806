// Starts, restarts and reloads units, and knows whether they are up: systemd says when a unit is ready, and one that fails right
// after that is found, too.
import type { StateProblem } from '../state/state-adapter.js';
import { askUnits, tellSystemd } from './ask-systemd.js';
import { describeFailedStart, describeSlowStart } from './describe-start.js';
import { ON_THE_WAY, type UnitFacts } from './unit-facts.js';
import { waitForUnits } from './wait-for-units.js';

export interface UnitStart {
  readonly unit: string;
  readonly verb: 'start' | 'restart' | 'reload';
  /** The invocation that has to make way for a new one. */
  readonly replaces?: string;
}

export interface StartOptions {
  readonly timeoutMs: number;
  /** Whether to order only, as this process is in the way of the starts itself. */
  readonly isWaitedFor: boolean;
  readonly started: (facts: UnitFacts) => void;
}

/** For so long a unit has to have been up without a break. */
const STEADY_MS = 300;
/** So often systemd may start one again by itself before it counts as failed. */
const MOST_RESTARTS = 3;

/** In this order. */
export async function startUnits(
  starts: readonly UnitStart[],
  options: StartOptions,
): Promise<StateProblem[]> {
  if (starts.length === 0) return [];
  const units = starts.map(({ unit }) => unit);
  // Whether that is refused, as for units that are not loaded, shows when they start. It also takes back the limit of starts.
  await tellSystemd(['reset-failed', '--', ...units]);
  const said: string[] = [];
  for (const { verb, names } of inRuns(starts)) {
    said.push((await tellSystemd([verb, '--no-block', '--', ...names])).stderr);
  }
  // During the boot systemd starts nothing that comes after the unit of this process before it has ended: to wait would be to
  // wait for ourselves. What is ordered here is done when we are gone.
  if (options.isWaitedFor) {
    for (const facts of await askUnits(units)) options.started(facts);
    return [];
  }
  const orders = new Map(starts.map((start) => [start.unit, start]));
  const isDone = (each: UnitFacts) => isUp(each, orders.get(each.name));
  const { facts, late } = await waitForUnits(units, {
    timeoutMs: options.timeoutMs,
    isAtRest: restDetector(),
    arrived: (each) => {
      if (isDone(each)) options.started(each);
    },
  });
  const failed = facts.filter((each) => !isDone(each));
  const words = (each: UnitFacts) => ({
    verb: orders.get(each.name)?.verb ?? 'start',
    said: said.join('\n'),
  });
  return [
    ...(await Promise.all(failed.map((each) => describeFailedStart(each, words(each))))),
    ...(await Promise.all(late.map((each) => describeSlowStart(each, options.timeoutMs)))),
  ];
}

function isUp({ active, invocation, reloadResult }: UnitFacts, order: UnitStart | undefined): boolean {
  if (active !== 'active' || invocation === order?.replaces) return false;
  return order?.verb !== 'reload' || ['', 'success'].includes(reloadResult);
}

/** The same word for neighbours is said once. */
function inRuns(
  starts: readonly UnitStart[],
): { readonly verb: UnitStart['verb']; readonly names: string[] }[] {
  const runs: { verb: UnitStart['verb']; names: string[] }[] = [];
  for (const { unit, verb } of starts) {
    const last = runs.at(-1);
    if (last?.verb === verb) last.names.push(unit);
    else runs.push({ verb, names: [unit] });
  }
  return runs;
}

/** Says of a unit that it is up and stays so, or that it is down for good. */
function restDetector(): (facts: UnitFacts) => boolean {
  const up = new Map<string, { readonly invocation: string; readonly sinceMs: number }>();
  return ({ name, active, sub, job, invocation, restarts }) => {
    if (active === 'activating' && sub === 'auto-restart') return restarts >= MOST_RESTARTS;
    if (job > 0 || ON_THE_WAY.includes(active)) return false;
    if (active !== 'active') return true;
    const before = up.get(name);
    if (before?.invocation === invocation) return performance.now() - before.sinceMs >= STEADY_MS;
    up.set(name, { invocation, sinceMs: performance.now() });
    return false;
  };
}
