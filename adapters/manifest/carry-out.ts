// Has the manifests carried out by the operator's command, and waits until what runs is what is expected. Doing it again is
// for the command to take: `docker compose up`, `kubectl apply` and `supervisorctl update` change only what differs.
import { setTimeout as wait } from 'node:timers/promises';
import { checkAborted } from '../../store/errors.js';
import type { ApplyContext, StateProblem } from '../state/state-adapter.js';
import { findMismatches, type Mismatch } from './find-mismatches.js';
import type { ManifestSettings } from './manifest-settings.js';
import { type Expectation, SERVICES } from './plan-apply.js';
import { type ReadResult, readRunning } from './read-running.js';
import { type CommandResult, runStartingCommand } from './shell-command.js';

export type PreparedApply = Expectation & Omit<ManifestSettings, 'paths'>;

/** What is still wrong with what runs; `failure` where that can't even be read. */
interface Finding {
  readonly mismatches: readonly Mismatch[];
  readonly failure?: string;
}

const FIRST_POLL_MS = 200;
const LONGEST_POLL_MS = 2000;
/** What has been the same for so long, and is known not to move any more, stays so. */
const STILL_MS = 3000;
const MOST_NAMED = 20;
const MOST_TEXT_CHARACTERS = 2000;

export async function carryOut(prepared: PreparedApply, context: ApplyContext): Promise<StateProblem[]> {
  const result = await runStartingCommand(prepared.apply, { timeoutMs: prepared.timeoutMs, context });
  const hasFailed = result.exitCode !== 0;
  if (hasFailed && (await isUnreadableAgain(prepared, context))) return [];
  const finding = hasFailed ? await look(prepared, context) : await waitUntilAsExpected(prepared, context);
  if (!hasFailed && finding.mismatches.length === 0 && finding.failure === undefined) return [];
  return [refusal({ command: prepared.apply, result, finding, timeoutMs: prepared.timeoutMs })];
}

/** With the program that runs the services being down, as it was then, nothing is left to be done. */
async function isUnreadableAgain(prepared: PreparedApply, context: ApplyContext): Promise<boolean> {
  if (prepared.wasUnreadable !== true) return false;
  return (await read(prepared, context))?.failure !== undefined;
}

async function waitUntilAsExpected(prepared: PreparedApply, context: ApplyContext): Promise<Finding> {
  const deadlineMs = performance.now() + prepared.timeoutMs;
  let pollMs = FIRST_POLL_MS;
  let last = '';
  let lastChangeMs = performance.now();
  for (;;) {
    const finding = await look(prepared, context);
    const { mismatches, failure } = finding;
    if (mismatches.length === 0 && failure === undefined) return finding;
    const nowMs = performance.now();
    const seen = JSON.stringify(finding);
    if (seen !== last) lastChangeMs = nowMs;
    last = seen;
    const isStill = failure === undefined && mismatches.every(({ isSettled }) => isSettled);
    if ((isStill && nowMs - lastChangeMs >= STILL_MS) || nowMs >= deadlineMs) return finding;
    await wait(Math.min(pollMs, deadlineMs - nowMs));
    pollMs = Math.min(pollMs * 2, LONGEST_POLL_MS);
    checkAborted(context.signal);
  }
}

async function look(prepared: PreparedApply, context: ApplyContext): Promise<Finding> {
  if (prepared.running === undefined) return { mismatches: [] };
  const { running, failure } = (await read(prepared, context)) ?? {};
  if (running === undefined) return failure === undefined ? { mismatches: [] } : { mismatches: [], failure };
  return { mismatches: findMismatches(prepared.running, running) };
}

async function read(prepared: PreparedApply, context: ApplyContext): Promise<ReadResult | undefined> {
  if (prepared.read === undefined) return undefined;
  return readRunning(prepared.read, { timeoutMs: prepared.timeoutMs, signal: context.signal });
}

function refusal({
  command,
  result,
  finding,
  timeoutMs,
}: {
  readonly command: string;
  readonly result: CommandResult;
  readonly finding: Finding;
  readonly timeoutMs: number;
}): StateProblem {
  const { mismatches, failure } = finding;
  const named = mismatches.slice(0, MOST_NAMED).map(describeMismatch);
  if (mismatches.length > MOST_NAMED) named.push(`and ${mismatches.length - MOST_NAMED} more`);
  if (failure !== undefined) named.push(`what runs can not be read: ${failure}`);
  const isLate = mismatches.some(({ isSettled }) => !isSettled);
  const found =
    named.length === 0 ? '' : ` ${named.join('; ')}${isLate ? `, after ${timeoutMs / 1000} s` : ''}.`;
  const said = result.output === '' ? '' : ` and said: ${result.output}`;
  const message = `could not be made what the manifests say: '${command}' ${result.ended}${said}.${found} ${remedyOf(result, finding)}`;
  return { object: SERVICES, code: 'STATE_REFUSED', message };
}

function remedyOf({ exitCode }: CommandResult, { mismatches }: Finding): string {
  if (exitCode !== 0) return 'Mend what the command complains about, run it and repeat.';
  if (mismatches.some(({ expected }) => expected === undefined))
    return "Mend what keeps the services from it, or have the setting 'apply' remove what the manifests no longer name, and repeat.";
  return "Mend what keeps the services from it, or have the setting 'apply' bring it about, and repeat.";
}

function describeMismatch({ name, expected, found }: Mismatch): string {
  if (name === '') return `what runs is\n${shorten(found)}\nand has to be\n${shorten(expected)}`;
  return `${name} is ${found ?? 'missing'} and has to be ${expected ?? 'gone'}`;
}

function shorten(text = ''): string {
  return text.length > MOST_TEXT_CHARACTERS ? `${text.slice(0, MOST_TEXT_CHARACTERS)}…` : text;
}
