// Puts units back: stops what must not run while files are exchanged, and starts it again in order when they are in place. Each
// step looks at how the unit is now, so that all of it can be done again from the beginning.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ApplyContext, JsonValue, StateProblem } from '../state/state-adapter.js';
import { programError } from '../system/run-program.js';
import { askUnits, tellSystemd } from './ask-systemd.js';
import { runsInBootJob } from './boot-job.js';
import { readTimeoutMs } from './read-timeout.js';
import { type StartOptions, startUnits, type UnitStart } from './start-units.js';
import { type Stopped, stopUnits } from './stop-units.js';
import type { UnitFacts } from './unit-facts.js';
import {
  ALL_UNIT_FILES,
  type LinkChange,
  type PreparedUnits,
  type UnitStep,
  unitObject,
} from './unit-step.js';

/** Systemd reads hundreds of units in this time, and runs its generators. */
const RELOAD_MS = 90_000;

/** Stops what has to be stopped before files change. Where one will not stop, all go back to how they were. */
export async function stopForChange(prepared: JsonValue, context: ApplyContext): Promise<StateProblem[]> {
  const { stops } = prepared as unknown as PreparedUnits;
  const timeoutMs = readTimeoutMs(context.settings);
  const stopped = await stopUnits(stops, { timeoutMs });
  return stopped.problems.length === 0 ? [] : [...stopped.problems, ...(await goBack(stopped, timeoutMs))];
}

async function goBack({ asked, late, problems }: Stopped, timeoutMs: number): Promise<StateProblem[]> {
  // As long as its stop is in the queue, others that are ordered after it are not started.
  const jobs = late.flatMap(({ job }) => (job > 0 ? [String(job)] : []));
  if (jobs.length > 0) await tellSystemd(['cancel', '--', ...jobs]);
  const failed = new Set(problems.map(({ object }) => object));
  const back = [...asked].reverse().filter((unit) => !failed.has(unitObject(unit)));
  const starts = back.map((unit): UnitStart => ({ unit, verb: 'start' }));
  const options = { timeoutMs, isWaitedFor: await runsInBootJob(), started: () => {} };
  const more = await startUnits(starts, options);
  // One that ends after all is started then.
  const slow = late.map(({ name }) => name);
  if (slow.length > 0) await tellSystemd(['start', '--no-block', '--', ...slow]);
  return more;
}

export async function applyUnits(prepared: JsonValue, context: ApplyContext): Promise<StateProblem[]> {
  const { steps, followers, reload } = prepared as unknown as PreparedUnits;
  if (reload) {
    await readUnitFilesAgain();
    context.done({ object: ALL_UNIT_FILES });
  }
  const problems = await changeLinks(steps);
  const timeoutMs = readTimeoutMs(context.settings);
  const stops = steps.filter(({ action }) => action === 'stop').map(({ unit }) => unit);
  problems.push(...(await stopUnits(stops, { timeoutMs })).problems);
  await forgetFailures(steps.filter(({ action }) => action === 'stop' || action === 'forget'));
  const failed = new Set(problems.map(({ object }) => object));
  for (const { unit, action } of steps) {
    const isOver = ['stop', 'forget', 'nothing'].includes(action);
    if (isOver && !failed.has(unitObject(unit))) context.done({ object: unitObject(unit) });
  }
  const options = { timeoutMs, isWaitedFor: await runsInBootJob() };
  problems.push(...(await startAgain(steps, context, options)));
  const down = (await askUnits(followers)).filter(({ active }) => active !== 'active');
  const starts = down.map(({ name }): UnitStart => ({ unit: name, verb: 'start' }));
  problems.push(...(await startUnits(starts, { ...options, started: () => {} })));
  return problems;
}

async function readUnitFilesAgain(): Promise<void> {
  const result = await tellSystemd(['daemon-reload'], RELOAD_MS);
  if (result.exitCode !== 0) throw programError('systemctl', ['daemon-reload'], result);
}

async function changeLinks(steps: readonly UnitStep[]): Promise<StateProblem[]> {
  const problems: StateProblem[] = [];
  for (const { unit, links = [] } of steps) {
    for (const link of links) {
      const [{ unitFile }] = await askUnits([unit]);
      if (isLinked(unitFile, link)) continue;
      const args = [link.verb, ...(link.runtime ? ['--runtime'] : []), '--', unit];
      const result = await tellSystemd(args);
      if (result.exitCode === 0) continue;
      const { message } = programError('systemctl', args, result);
      problems.push({
        ...{ object: unitObject(unit), code: 'STATE_REFUSED' },
        message: `${message} See 'systemctl status ${unit}', and repeat`,
      });
    }
  }
  return problems;
}

/** Whether there is nothing left to change. */
function isLinked(unitFile: string, { verb, runtime }: LinkChange): boolean {
  const state = `${verb === 'enable' || verb === 'disable' ? 'enabled' : 'masked'}${runtime ? '-runtime' : ''}`;
  return verb === 'enable' || verb === 'mask' ? unitFile === state : unitFile !== state;
}

async function forgetFailures(steps: readonly UnitStep[]): Promise<void> {
  const facts = await askUnits(steps.map(({ unit }) => unit));
  const failed = facts.filter(({ active }) => active === 'failed').map(({ name }) => name);
  // One that is still failed afterwards is found when the state is read again.
  if (failed.length > 0) await tellSystemd(['reset-failed', '--', ...failed]);
}

async function startAgain(
  steps: readonly UnitStep[],
  context: ApplyContext,
  options: Omit<StartOptions, 'started'>,
): Promise<StateProblem[]> {
  const todo = steps.filter(({ action }) => ['start', 'restart', 'reload'].includes(action));
  const facts = await askUnits(todo.map(({ unit }) => unit));
  const starts: UnitStart[] = [];
  for (const [index, step] of todo.entries()) {
    const verb = verbFor(step, facts[index], context);
    if (verb === undefined) context.done({ object: unitObject(step.unit) });
    else {
      const { invocation } = facts[index];
      starts.push({ unit: step.unit, verb, ...(verb === 'restart' ? { replaces: invocation } : {}) });
    }
  }
  const started = (unit: UnitFacts) => {
    // What is only ordered is still to come.
    if (!options.isWaitedFor) noteStart(unit, context);
    context.done({ object: unitObject(unit.name) });
  };
  return startUnits(starts, { ...options, started });
}

/** `undefined` where it is done already. */
function verbFor(
  { action, unit }: UnitStep,
  { active, sub, invocation }: UnitFacts,
  context: ApplyContext,
): UnitStart['verb'] | undefined {
  if (active === 'activating' && sub === 'auto-restart') return 'restart';
  if (active !== 'active') return 'start';
  if (action === 'start') return undefined;
  // It may have been started meanwhile by what triggers it, before everything was in place.
  if (action === 'restart') return startedAs(unit, context) === invocation ? undefined : 'restart';
  return action === 'reload' ? 'reload' : undefined;
}

/** Which start of a unit was that of this attempt. Where a crash loses the note, the unit is started once more. */
function noteStart({ name, invocation }: UnitFacts, context: ApplyContext): void {
  mkdirSync(join(context.staging(), 'started'), { recursive: true });
  writeFileSync(noteOf(name, context), invocation);
}

function startedAs(unit: string, context: ApplyContext): string | undefined {
  const note = noteOf(unit, context);
  return existsSync(note) ? readFileSync(note, 'utf8') : undefined;
}

function noteOf(unit: string, context: ApplyContext): string {
  return join(context.staging(), 'started', unit);
}
