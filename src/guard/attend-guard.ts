// The watchdog of a guarded change: a process of its own that sees the change through, whatever becomes of the process that
// makes it. It acts on what the store says, writes down what it is about to do before it does it, and no failure ends it.
import { existsSync } from 'node:fs';
import { isSavepointError } from '../../store/errors.js';
import { pause } from '../health/wait-for-health.js';
import type { Session } from '../session.js';
import { announce, nameChange } from './announce.js';
import { dropBallast } from './ballast.js';
import { readBootId, remainingMs } from './boot-clock.js';
import { type Guarded, guardJournal, isMakerGone } from './guard-journal.js';
import { type GuardBegin, type GuardChange, isFinal } from './guard-record.js';
import { NEVER_BEGAN } from './require-unguarded.js';
import { REBOOTED, type Reverting, revertGuard } from './revert-guard.js';
import { settleGuard } from './settle-guard.js';
import { Trial } from './trial.js';

const POLL_MS = 100;
const RENEW_MS = 5000;
/** After a failure the next attempt waits for this long, and twice as long each time, up to the longest. */
const AFTER_FAILURE_MS = 500;
const LONGEST_WAIT_MS = 5000;
const LOST_MS = 24 * 3_600_000;

/** Sees the change `begin` through to its end; returns at once where another process does. */
export async function attendGuard(session: Session, begin: GuardBegin): Promise<void> {
  const watch = await guardJournal.watch(session, begin);
  if (watch === undefined) return;
  const trial = new Trial(session, begin);
  const timer = setInterval(() => watch.renew(), RENEW_MS);
  let failures = 0;
  let seenAtMs = performance.now();
  try {
    for (;;) {
      try {
        const guarded = await guardJournal.readState(session, begin);
        // The next one can be armed only when this one is over.
        if (guarded === undefined || isFinal(guarded.last)) return;
        if (await takeStep(session, guarded, { trial, attempt: failures + 1 })) return;
        failures = 0;
        seenAtMs = performance.now();
        await pause(POLL_MS);
      } catch (error) {
        failures++;
        // Out of sight for so long, the store is gone.
        if (existsSync(session.location)) seenAtMs = performance.now();
        else if (performance.now() - seenAtMs > LOST_MS) return;
        takeNote(session, { error, trial });
        await pause(Math.min(LONGEST_WAIT_MS, AFTER_FAILURE_MS * 2 ** (failures - 1)));
      }
    }
  } finally {
    clearInterval(timer);
    await trial.end();
  }
}

/** To end for a failure would leave the change as it is: what has to be done is tried again for as long as it takes. */
function takeNote(
  session: Session,
  { error, trial }: { readonly error: unknown; readonly trial: Trial },
): void {
  if (isSavepointError(error, 'STORAGE_FULL')) dropBallast(session);
  if (isSavepointError(error))
    trial.report(`what has to be done can't be done now, and is tried again: ${error.message}`);
  else
    process.stderr.write(
      `savepoint: bug, please report it: ${error instanceof Error ? error.stack : error}\n`,
    );
}

type Means = { readonly trial: Trial; readonly attempt: number };

/** Does what is to be done about the state that a change is in, and answers whether it is over by that. */
async function takeStep(session: Session, guarded: Guarded, { trial, attempt }: Means): Promise<boolean> {
  const { begin, last } = guarded;
  switch (last.state) {
    case 'armed':
      if (!(await isMakerGone(session, begin))) return false;
      return settleGuard(session, guarded, { state: 'dropped', reason: NEVER_BEGAN });
    case 'running': {
      const phase = await lookAtRunning(session, begin, { last, trial });
      if (phase !== undefined) await guardJournal.advance(session, guarded, phase);
      return false;
    }
    case 'trial': {
      const phase = begin.bootId !== readBootId() ? REBOOTED : await trial.look(last);
      if (phase === undefined) return false;
      if (phase.state === 'confirmed') return settleGuard(session, guarded, phase);
      await guardJournal.advance(session, guarded, phase);
      return false;
    }
    case 'reverting':
      return takeBack(session, guarded, { phase: last, trial, attempt });
    default:
      return true;
  }
}

async function takeBack(
  session: Session,
  guarded: Guarded,
  { phase, trial, attempt }: Means & { readonly phase: Reverting },
): Promise<boolean> {
  trial.report(`it is taken back: ${phase.reason}`);
  const ended = await revertGuard(session, guarded.begin, { phase, attempt });
  if (!(await settleGuard(session, guarded, ended))) return false;
  const what = ended.state === 'reverted' ? 'it is taken back' : `INCONSISTENT: ${ended.reason}`;
  announce(`The change ${nameChange(guarded.begin.command)}: ${what}`);
  return true;
}

async function lookAtRunning(
  session: Session,
  begin: GuardBegin,
  { last, trial }: { readonly last: GuardChange & { readonly state: 'running' }; readonly trial: Trial },
): Promise<Reverting | undefined> {
  if (begin.bootId !== readBootId()) return REBOOTED;
  if (await isMakerGone(session, begin)) return CUT_SHORT;
  if (remainingMs(last.deadline) > 0) return undefined;
  const { timeoutMs, triggers } = begin.policy;
  const rule = triggers.find((armed) => armed.rule.on === 'timeout')?.rule;
  const reason = `the change was not done after ${timeoutMs / 1000} s`;
  if (rule?.do === 'revert') return { state: 'reverting', trigger: 'timeout', reason };
  trial.report(reason);
  return undefined;
}

const CUT_SHORT: Reverting = {
  state: 'reverting',
  trigger: 'interrupted',
  reason: 'the process that made the change was ended before it was done',
};
