// Why a unit is not up, in words: what systemd and the unit itself say, its last lines of log, and what to do.
import type { StateProblem } from '../state/state-adapter.js';
import { runProgram } from '../system/run-program.js';
import type { UnitFacts } from './unit-facts.js';
import { unitObject } from './unit-step.js';

const LOG_LINES = 6;
const LOG_MS = 5000;

/** `said` is what systemctl wrote when it was told to start, restart or reload units. */
export async function describeFailedStart(
  facts: UnitFacts,
  { verb, said }: { readonly verb: string; readonly said: string },
): Promise<StateProblem> {
  const { name } = facts;
  const own = said.split('\n').filter((line) => line.includes(name));
  const reason = [...reasons(facts), ...own].join('; ');
  return problem(facts, `it did not ${verb}: ${reason}.${await lastLines(name)}`);
}

export async function describeSlowStart(facts: UnitFacts, timeoutMs: number): Promise<StateProblem> {
  const reason = [
    `after ${timeoutMs / 1000} s it is still ${facts.active} (${facts.sub})`,
    ...ownWords(facts),
  ];
  return problem(facts, `it did not get ready: ${reason.join('; ')}.${await lastLines(facts.name)}`);
}

function problem({ name }: UnitFacts, what: string): StateProblem {
  const remedy = `See 'systemctl status ${name}' and 'journalctl --unit=${name}', mend what it needs, and repeat`;
  return { object: unitObject(name), code: 'STATE_REFUSED', message: `${what} ${remedy}` };
}

function reasons(facts: UnitFacts): string[] {
  const { load, active, sub, result, reloadResult, exitStatus, conditionFailed } = facts;
  if (active === 'active')
    return [`it is as it was`, ...(reloadResult === 'success' ? [] : [`result ${reloadResult}`])];
  if (load !== 'loaded') return [`systemd has not loaded it (${load})`];
  if (active === 'inactive' && result === 'success' && conditionFailed)
    return ['a condition of its unit file is not met'];
  const state = `it is ${active}${sub === active ? '' : ` (${sub})`}`;
  const failure = result === '' || result === 'success' ? [] : [`result ${result}`];
  return [state, ...failure, ...(exitStatus === 0 ? [] : [`exit status ${exitStatus}`]), ...ownWords(facts)];
}

function ownWords({ statusText }: UnitFacts): string[] {
  return statusText === '' ? [] : [`it says '${statusText}'`];
}

/** A host without a journal, or without its reader, has none to show. */
async function lastLines(name: string): Promise<string> {
  const args = [`--unit=${name}`, `--lines=${LOG_LINES}`, '--boot', '--output=cat', '--no-pager', '--quiet'];
  const { exitCode, stdout } = await runProgram('journalctl', args, { timeoutMs: LOG_MS });
  const lines = exitCode === 0 ? stdout.toString('utf8').trim() : '';
  return lines === '' ? '' : ` Its last lines of log: ${lines.split('\n').join(' | ')}.`;
}
