// Takes a guarded change back: ends what it has started, and rolls its components back to the point of before. Whoever
// does it, the watchdog or `recover`, after a crash it may be done again from the beginning.
import { isSavepointError } from '../../store/errors.js';
import { endMarkedProcesses, type RunningProcess } from '../composition.js';
import { pause } from '../health/wait-for-health.js';
import { recover } from '../rollback/recover.js';
import { type RollbackResult, rollback } from '../rollback/rollback.js';
import type { Session } from '../session.js';
import { guardMark } from './guard-mark.js';
import type { EndedPhase, GuardBegin, GuardPhase } from './guard-record.js';

export type Reverting = Extract<GuardPhase, { state: 'reverting' }>;

/** How long processes of the change may take to end when they are asked to, and then when they are made to. */
const GRACE_MS = 10_000;
const FORCED_MS = 10_000;
/** Others may write at the same time, hold the journal, or be about to free some space. */
const MOST_ATTEMPTS = 5;
const BETWEEN_ATTEMPTS_MS = 1000;

/** Never throws an operating failure: what could not be done is the reason that it is `inconsistent`. */
export async function revertGuard(
  session: Session,
  begin: GuardBegin,
  phase: Reverting,
): Promise<EndedPhase> {
  const { ended, left } = await endMarkedProcesses(guardMark(begin.id), {
    ...{ graceMs: GRACE_MS, forcedMs: FORCED_MS },
  });
  const stopped = ended.length === 0 ? {} : { stopped: ended.map(describeProcess) };
  const about = { trigger: phase.trigger, ...stopped };
  const running = left.length === 0 ? '' : `; ${left.map(describeProcess).join(', ')} could not be ended`;
  try {
    const result = await goBack(session, begin, phase);
    const { outcome, operation, safety, message } = result;
    const done = {
      ...about,
      ...(operation === undefined ? {} : { rollback: operation }),
      ...(safety === undefined ? {} : { safety }),
    };
    const failure = describeOutcome(result);
    const isBack = outcome === 'done' || outcome === 'incomplete';
    if (isBack && running === '') return { ...done, state: 'reverted', reason: phase.reason + failure };
    const what = isBack ? '' : `. Going back to ${begin.point.name} failed: ${message ?? outcome}`;
    return { ...done, state: 'inconsistent', reason: phase.reason + what + running + remedy(begin) };
  } catch (error) {
    if (!isSavepointError(error)) throw error;
    const reason = `${phase.reason}. Going back to ${begin.point.name} failed, and the host is as the change left it: ${error.message}`;
    return { ...about, state: 'inconsistent', reason: reason + running + remedy(begin) };
  }
}

async function goBack(session: Session, begin: GuardBegin, phase: Reverting): Promise<RollbackResult> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await rollback(session, begin.point.id, {
        command: ['guard', ...begin.command],
        guard: begin.id,
        priority: begin.policy.priority,
        ...(phase.components === undefined ? {} : { components: phase.components }),
      });
    } catch (error) {
      if (!isSavepointError(error, 'LOCKED', 'STEP_CONFLICT', 'RECOVERY_NEEDED', 'STORAGE_FULL')) throw error;
      if (attempt === MOST_ATTEMPTS) throw error;
      if (isSavepointError(error, 'RECOVERY_NEEDED')) await recover(session);
      else await pause(BETWEEN_ATTEMPTS_MS);
    }
  }
}

function remedy({ point }: GuardBegin): string {
  return `. Mend that, and run 'savepoint rollback ${point.name}'`;
}

function describeProcess({ name, pid }: RunningProcess): string {
  return `${name} (${pid})`;
}

/** Files that could not be put back whole are told, each. */
function describeOutcome({ outcome, problems, displaced }: RollbackResult): string {
  if (outcome !== 'incomplete') return '';
  const paths = [...problems, ...displaced].map(({ path }) => path);
  return `; ${paths.length} files are not exactly as before: ${paths.slice(0, 3).join(', ')}`;
}
