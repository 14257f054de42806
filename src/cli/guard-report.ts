// What people see of a guarded change while it is followed, and in the end.
import type { BootRecovery, GuardAnswer, GuardEvent, GuardStatus } from '../index.js';
import type { Outcome } from './command.js';
import { escapeName, escapeText } from './escape-name.js';
import { formatSeconds } from './format-time.js';
import type { Output } from './output.js';

/** A line that is drawn anew on a terminal; else one message for each state. */
export class GuardReporter {
  private told = '';

  constructor(private readonly output: Output) {}

  show(status: GuardStatus): void {
    // While the command runs, the terminal is its own.
    if (status.state === 'running' || status.state === 'armed') return;
    const text = describe(status);
    if (this.output.showsProgress) {
      const left =
        status.remainingMs === undefined ? '' : `  ${formatSeconds(status.remainingMs / 1000)} left`;
      this.output.status(`${text}${left}`);
    } else if (text !== this.told) {
      const left =
        status.remainingMs === undefined ? '' : `, ${formatSeconds(status.remainingMs / 1000)} left`;
      this.output.message(`savepoint: ${text}${left}`);
    }
    this.told = text;
  }
}

/** Says what becomes of the change where the machine restarts, unless it goes back then by itself. */
export function reportBootRecovery(output: Output, { detail, remedy }: BootRecovery): void {
  if (remedy === undefined) return;
  const when = "after a restart of the machine the change goes back only once 'savepoint recover' is run";
  output.message(`savepoint: ${when}: ${escapeText(detail)}. ${escapeText(remedy)}`);
}

function describe({
  state,
  needsConfirmation,
  awaitsHealth,
}: Pick<GuardStatus, 'state' | 'needsConfirmation' | 'awaitsHealth'>): string {
  if (state === 'reverting') return 'taking the change back';
  if (needsConfirmation) {
    const besides = awaitsHealth ? ' and for its checks' : '';
    return `on trial: waits for 'savepoint confirm'${besides}`;
  }
  return 'on trial: waits for its checks';
}

/** The change that is guarded now, in a line. */
export function describeGuard(status: GuardStatus): string {
  const { command, remainingMs, state } = status;
  const left = remainingMs === undefined ? '' : `, ${formatSeconds(remainingMs / 1000)} left`;
  const what = state === 'armed' || state === 'running' ? state : describe(status);
  return `The change '${escapeText(command.join(' '))}' is guarded: ${what}${left}`;
}

/** What is told of a change that is followed. */
export function describeEvent(event: GuardEvent): string {
  const { state, reason, remainingMs } = event;
  const isWaiting = state === 'trial' || state === 'reverting';
  const left = remainingMs === undefined ? '' : `, ${formatSeconds(remainingMs / 1000)} left`;
  const why = reason === undefined ? '' : `: ${escapeText(reason)}`;
  return `${isWaiting ? describe(event) : state}${left}${why}`;
}

export function printGuardEnd(output: Output, answer: GuardAnswer & { readonly confirmedBy?: string }): void {
  const { state, reason = '', point, confirmedBy, wentBack: components } = answer;
  const name = output.style.bold(escapeName(point.name));
  switch (state) {
    case 'confirmed':
      output.report(
        `The change stays${confirmedBy === undefined ? '' : `, confirmed by ${escapeName(confirmedBy)}`}; 'savepoint undo' goes back to point ${name}`,
      );
      return;
    case 'reverted': {
      output.problem(`savepoint: taken back: ${escapeText(reason)}`);
      const what =
        components === undefined
          ? 'Everything that is guarded is'
          : `${components.map(escapeName).join(', ')}: all is`;
      output.report(`${what} as at point ${name}`);
      return;
    }
    case 'inconsistent':
      output.problem(
        `savepoint: INCONSISTENT: ${escapeText(reason)}. See 'savepoint diff ${escapeName(point.name)}'.`,
      );
      return;
    case 'dropped':
      output.problem(`savepoint: nothing was changed: ${escapeText(reason)}`);
      return;
    default:
      output.report(describeWaiting(answer));
  }
}

function describeWaiting({ state, needsConfirmation, remainingMs }: GuardStatus): string {
  if (state === 'reverting')
    return "The change is being taken back; 'savepoint log --follow' shows how far that is";
  if (!needsConfirmation) return 'The change is on trial, and stays once its checks hold';
  const left = remainingMs === undefined ? '' : `, and goes back in ${formatSeconds(remainingMs / 1000)}`;
  return `The change is on trial${left}; 'savepoint confirm' keeps it`;
}

export function outcomeOfGuard({ state }: GuardStatus): Outcome {
  switch (state) {
    case 'confirmed':
      return 'done';
    case 'reverted':
    case 'dropped':
      return 'reverted';
    case 'inconsistent':
      return 'inconsistent';
    default:
      return 'waiting';
  }
}
