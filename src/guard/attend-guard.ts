// The watchdog of a guarded change: a process of its own that sees the change through, whatever becomes of the process that
// makes it. It acts on what the store says, and writes down what it is about to do before it does it.
import { isSavepointError } from '../../store/errors.js';
import { isAbandoned } from '../composition.js';
import { pause } from '../health/wait-for-health.js';
import type { Session } from '../session.js';
import { announce } from './announce.js';
import { readBootId, remainingMs } from './boot-clock.js';
import { findGuarded, type Guarded, guardJournal } from './guard-journal.js';
import { type GuardBegin, type GuardChange, isFinal } from './guard-record.js';
import { NEVER_BEGAN } from './require-unguarded.js';
import { revertGuard } from './revert-guard.js';
import { settleGuard } from './settle-guard.js';
import { Trial } from './trial.js';

const POLL_MS = 100;
/** The store may be out of reach, or have no room, for a while. */
const AFTER_FAILURE_MS = 1000;

/** Sees the change `begin` through to its end; returns at once where another process does. */
export async function attendGuard(session: Session, begin: GuardBegin): Promise<void> {
  if (!(await guardJournal.watch(session.store, begin))) return;
  const trial = new Trial(session, begin);
  try {
    for (;;) {
      try {
        const guarded = await findGuarded(session.store, begin.id);
        // The next one can be armed only when this one is over.
        if (guarded === undefined || isFinal(guarded.last)) return;
        await takeStep(session, guarded, trial);
        await pause(POLL_MS);
      } catch (error) {
        if (!isSavepointError(error)) throw error;
        trial.report(`the store can't be used now, and nothing can be done until it can: ${error.message}`);
        await pause(AFTER_FAILURE_MS);
      }
    }
  } finally {
    await trial.end();
  }
}

/** What is to be done about the state that a change is in. Nothing, where it just has to go on. */
async function takeStep(session: Session, guarded: Guarded, trial: Trial): Promise<void> {
  const { begin, last } = guarded;
  const { store } = session;
  switch (last.state) {
    case 'armed':
      if (isGone(begin)) await settleGuard(session, guarded, { state: 'dropped', reason: NEVER_BEGAN });
      return;
    case 'running': {
      const phase =
        begin.bootId !== readBootId()
          ? REBOOTED
          : isGone(begin)
            ? CUT_SHORT
            : overdue(guarded, { last, trial });
      if (phase !== undefined) await guardJournal.advance(store, guarded, phase);
      return;
    }
    case 'trial': {
      const phase = begin.bootId !== readBootId() ? REBOOTED : await trial.look(last);
      if (phase === undefined) return;
      if (phase.state === 'confirmed') await settleGuard(session, guarded, phase);
      else await guardJournal.advance(store, guarded, phase);
      return;
    }
    case 'reverting': {
      announce(`Taking back the change '${begin.command.join(' ')}': ${last.reason}`);
      const ended = await revertGuard(session, begin, last);
      if (!(await settleGuard(session, guarded, ended))) return;
      announce(
        ended.state === 'reverted'
          ? `The change '${begin.command.join(' ')}' is taken back.`
          : `INCONSISTENT after the change '${begin.command.join(' ')}': ${ended.reason}`,
      );
    }
  }
}

const REBOOTED = {
  state: 'reverting',
  trigger: 'reboot',
  reason: 'the machine was restarted before the change was confirmed',
} as const;

const CUT_SHORT = {
  state: 'reverting',
  trigger: 'interrupted',
  reason: 'the process that made the change was ended before it was done',
} as const;

function isGone({ process, startedAt }: GuardBegin): boolean {
  return isAbandoned(process, Date.parse(startedAt));
}

function overdue(
  { begin }: Guarded,
  { last, trial }: { readonly last: GuardChange & { readonly state: 'running' }; readonly trial: Trial },
) {
  if (remainingMs(last.deadline) > 0) return undefined;
  const { timeoutMs, triggers } = begin.policy;
  const rule = triggers.find(({ rule }) => rule.on === 'timeout')?.rule;
  const reason = `the change was not done after ${timeoutMs / 1000} s`;
  if (rule?.do === 'revert') return { state: 'reverting', trigger: 'timeout', reason } as const;
  trial.report(reason);
  return undefined;
}
