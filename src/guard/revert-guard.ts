// Takes a guarded change back: ends what it has started, and rolls its components back to the point of before. Whoever
// does it, the watchdog or `recover`, after a failure or a crash it may be done again from the beginning.
import { renameSync } from 'node:fs';
import { type ErrorCode, isSavepointError, type SavepointError } from '../../store/errors.js';
import type { LoggedPoint, OperationId } from '../../store/operations/operation-entry.js';
import { endMarkedProcesses, type RunningProcess } from '../composition.js';
import { findLogged } from '../rollback/end-operation.js';
import { recover } from '../rollback/recover.js';
import { type RollbackResult, rollback } from '../rollback/rollback.js';
import type { Session } from '../session.js';
import { dropBallast } from './ballast.js';
import { guardJournal } from './guard-journal.js';
import { guardMark } from './guard-mark.js';
import type { EndedPhase, GuardBegin, GuardPhase } from './guard-record.js';

export type Reverting = Extract<GuardPhase, { state: 'reverting' }>;

export const REBOOTED: Reverting = {
  state: 'reverting',
  trigger: 'reboot',
  reason: 'the machine was restarted before the change was confirmed',
};

/** How long processes of the change may take to end when they are asked to, and then when they are made to. */
const GRACE_MS = 10_000;
const FORCED_MS = 10_000;
/** So often others who go on writing stop it; after that, what they write is set aside. */
const MOST_CONFLICTS = 3;

/** What passes: a disk that is full for a while, somebody else at work, a store or a component that is out of reach. */
const PASSING: readonly ErrorCode[] = [
  ...([
    'LOCKED',
    'STEP_CONFLICT',
    'STORAGE_FULL',
    'STORAGE_FAILED',
    'STORE_READ_ONLY',
    'RECOVERY_NEEDED',
  ] as const),
];

/**
 * One attempt, the how manieth of which `attempt` says. Throws what may pass, and then has to be called again; what can't be
 * helped is the reason that it is `inconsistent`.
 */
export async function revertGuard(
  session: Session,
  begin: GuardBegin,
  { phase, attempt }: { readonly phase: Reverting; readonly attempt: number },
): Promise<EndedPhase> {
  const root = await guardJournal.findCommand(session, begin);
  const mark = guardMark(begin.id, root);
  const { ended, left } = await endMarkedProcesses(mark, { graceMs: GRACE_MS, forcedMs: FORCED_MS });
  const about = {
    trigger: phase.trigger,
    ...(ended.length === 0 ? {} : { stopped: ended.map(describeProcess) }),
    ...(phase.components === undefined ? {} : { components: phase.components }),
  };
  const running = left.length === 0 ? '' : `; ${left.map(describeProcess).join(', ')} could not be ended`;
  try {
    const back = await goBack(session, begin, { phase, attempt });
    const done = {
      ...about,
      ...(back.operation === undefined ? {} : { rollback: back.operation }),
      ...(back.safety === undefined ? {} : { safety: back.safety }),
    };
    if (back.failure === undefined && running === '')
      return { ...done, state: 'reverted', reason: phase.reason + back.remarks };
    const what =
      back.failure === undefined ? '' : `. Going back to ${begin.point.name} failed: ${back.failure}`;
    return { ...done, state: 'inconsistent', reason: phase.reason + what + running + remedy(begin) };
  } catch (error) {
    if (!isSavepointError(error) || PASSING.includes(error.code)) throw error;
    const reason = `${phase.reason}. Going back to ${begin.point.name} failed, and the host is as the change left it: ${error.message}`;
    return { ...about, state: 'inconsistent', reason: reason + running + remedy(begin) };
  }
}

interface WentBack {
  readonly operation?: OperationId | undefined;
  readonly safety?: LoggedPoint | undefined;
  /** Missing where the components are as before. */
  readonly failure?: string;
  /** What is worth knowing besides, to stand behind the reason. */
  readonly remarks: string;
}

type Attempt = { readonly phase: Reverting; readonly attempt: number };

async function goBack(session: Session, begin: GuardBegin, means: Attempt): Promise<WentBack> {
  let aside = '';
  for (;;) {
    try {
      const result = await rollback(session, begin.point.id, {
        ...{ command: ['guard', ...begin.command], guard: begin.id, priority: begin.policy.priority },
        withData: begin.policy.withData === true,
        displaceConflicts: means.attempt > MOST_CONFLICTS,
        ...(means.phase.components === undefined ? {} : { components: means.phase.components }),
      });
      return { ...wentBack(result), remarks: aside + describeRest(result) };
    } catch (error) {
      if (isSavepointError(error, 'RECOVERY_NEEDED')) {
        const finished = await finishOwn(session, begin);
        if (finished !== undefined) return finished;
      } else if (isSavepointError(error, 'TARGET_CONFLICT')) aside += setAside(error, begin);
      else {
        if (isSavepointError(error, 'STORAGE_FULL')) dropBallast(session);
        throw error;
      }
    }
  }
}

/** Finishes what was interrupted; where that is this change's own way back, nothing is left to be done. */
async function finishOwn(session: Session, begin: GuardBegin): Promise<WentBack | undefined> {
  const { did, carried, takesBack, operation } = await recover(session);
  if (did !== 'finished' || takesBack !== begin.id || operation === undefined) return undefined;
  return wentBackBy(session, operation, carried);
}

/** What a way back has led to that was finished by a recovery; `undefined` where it has to be gone again. */
export async function wentBackBy(
  session: Session,
  operation: OperationId,
  carried: Pick<RollbackResult, 'outcome' | 'message' | 'problems' | 'displaced'> | undefined,
): Promise<WentBack | undefined> {
  if (carried?.outcome !== 'done' && carried?.outcome !== 'incomplete') return undefined;
  const safety = (await findLogged(session, operation))?.before;
  return { operation, ...(safety === undefined ? {} : { safety }), remarks: describeRest(carried) };
}

function wentBack({ outcome, operation, safety, message }: RollbackResult): Omit<WentBack, 'remarks'> {
  const isBack = outcome === 'done' || outcome === 'incomplete';
  return { operation, safety, ...(isBack ? {} : { failure: message ?? outcome }) };
}

/** A link or a file that the change has put in a root's place is nobody's to remove. */
function setAside(error: SavepointError, begin: GuardBegin): string {
  const path = error.fields['path'];
  if (typeof path !== 'string') throw error;
  const kept = `${path}.savepoint-${begin.id.slice(0, 12)}`;
  try {
    renameSync(path, kept);
  } catch {
    throw error;
  }
  return `; what stood at ${path} is kept as ${kept}`;
}

/** Files that could not be put back whole are told. */
function describeRest({
  outcome,
  problems,
  displaced,
  keptData = [],
}: Pick<RollbackResult, 'outcome' | 'problems' | 'displaced'> &
  Partial<Pick<RollbackResult, 'keptData'>>): string {
  const kept = keptData.map(({ component }) => component).join(', ');
  const data = kept === '' ? '' : `; the data of ${kept} stays as it is (--with-data takes it back, too)`;
  if (outcome !== 'incomplete') return data;
  const paths = [...problems, ...displaced].map(({ path }) => path);
  return `${data}; ${paths.length} files are not exactly as before: ${paths.slice(0, 3).join(', ')}`;
}

function remedy({ point }: GuardBegin): string {
  return `. Mend that, and run 'savepoint rollback ${point.name}'`;
}

function describeProcess({ name, pid }: RunningProcess): string {
  return `${name} (${pid})`;
}
