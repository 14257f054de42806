// Stops units, and knows when they have stopped: no process of theirs may be at work on files that are about to be exchanged.
import type { StateProblem } from '../state/state-adapter.js';
import { askUnits, tellSystemd } from './ask-systemd.js';
import type { UnitFacts } from './unit-facts.js';
import { unitProcesses } from './unit-processes.js';
import { unitObject } from './unit-step.js';
import { waitForUnits } from './wait-for-units.js';

const STOPPED = ['inactive', 'failed'];

export interface Stopped {
  /** What was running before, in order. */
  readonly asked: readonly string[];
  /** Of these, what has not come to an end in time. */
  readonly late: readonly UnitFacts[];
  readonly problems: readonly StateProblem[];
}

/** Stops those of `names` that run, in this order. What is stopped already stays so. */
export async function stopUnits(
  names: readonly string[],
  options: { readonly timeoutMs: number },
): Promise<Stopped> {
  const before = await askUnits(names);
  // One that is only about to be started must not be, either.
  const running = before.filter(({ active, job }) => !STOPPED.includes(active) || job > 0);
  if (running.length === 0) return { asked: [], late: [], problems: [] };
  const asked = running.map(({ name }) => name);
  const { stderr } = await tellSystemd(['stop', '--no-block', '--', ...asked]);
  const { facts, late } = await waitForUnits(asked, {
    timeoutMs: options.timeoutMs,
    isAtRest: ({ active, job }) => job === 0 && active !== 'deactivating',
  });
  const problems = [
    ...late.map((each) =>
      willNotStop(each, `after ${options.timeoutMs / 1000} s it is still ${inWords(each)}`),
    ),
    ...facts.flatMap((each) => judge(each, running, stderr)),
  ];
  return { asked, late, problems };
}

function judge(facts: UnitFacts, before: readonly UnitFacts[], said: string): StateProblem[] {
  const { name, active, invocation, result, killMode } = facts;
  if (!STOPPED.includes(active)) {
    // It has stopped, and was started again by what triggers it.
    if (before.find((each) => each.name === name)?.invocation !== invocation) return [];
    const words = said === '' ? '' : ` (${said})`;
    const message = `systemd does not stop it${words}: stop it by hand with 'systemctl stop ${name}' and repeat`;
    return [{ object: unitObject(name), code: 'STATE_REFUSED', message }];
  }
  const mayStay = ['process', 'none'].includes(killMode);
  if (result !== 'timeout' || mayStay || unitProcesses(facts).length === 0) return [];
  return [willNotStop(facts, 'systemd has given up on it')];
}

function willNotStop(facts: UnitFacts, what: string): StateProblem {
  const processes = unitProcesses(facts);
  const left = processes.length === 0 ? '' : `, and these processes of it are left: ${processes.join(', ')}`;
  const { name } = facts;
  const remedy = `See what it waits for with 'systemctl status ${name}', or end it with 'systemctl kill --signal=KILL ${name}', and repeat`;
  return {
    object: unitObject(name),
    code: 'STATE_BUSY',
    message: `it will not stop: ${what}${left}. ${remedy}`,
  };
}

function inWords({ active, sub, statusText }: UnitFacts): string {
  return `${active} (${sub})${statusText === '' ? '' : `, and says '${statusText}'`}`;
}
