// Brings an interrupted operation to its end: one that was not decided never happened, one that was is finished. Safe to
// repeat, and to interrupt at any instant.

import { checkAborted, isSavepointError, SavepointError } from '../../store/errors.js';
import type {
  LoggedPoint,
  OperationEntry,
  OperationId,
  OperationKind,
} from '../../store/operations/operation-entry.js';
import { type JournalState, journal } from '../journal/journal.js';
import type { Session } from '../session.js';
import { isWorkedOn, letGo, requireIdle, takeOver } from './begin-operation.js';
import { type CarriedOut, carryOut, concludeBack, countSteps, goBack } from './carry-out.js';
import {
  discardAttempt,
  endOperation,
  findLogged,
  leaveJournal,
  logOperation,
  removeStaging,
} from './end-operation.js';
import { openProgressLog } from './progress-log.js';
import { ProgressMeter } from './progress-meter.js';
import { requirePlaces } from './require-places.js';
import { requireReach } from './require-reach.js';
import type { RollbackProblem } from './rollback-problem.js';
import type { ProgressListener } from './rollback-progress.js';

export interface RecoverOptions {
  /** Hears how far an operation that was decided is finished. */
  readonly onProgress?: ProgressListener;
  /** Go on though what was staged is not there; what can't be put back then is reported. */
  readonly force?: boolean;
  /**
   * Ends the work, with ABORTED, only as long as nothing is taken over: then all is as it was found. What has begun is brought to
   * its end, as a rollback is once it is decided: to stop in between would only leave it to the next recovery.
   */
  readonly signal?: AbortSignal | undefined;
}

export interface RecoverResult {
  /** `nothing`: no operation was interrupted. `dropped`: it had not been decided, and everything is as before it. */
  readonly did: 'nothing' | 'dropped' | 'finished' | 'tidied';
  readonly operation?: OperationId;
  readonly kind?: OperationKind;
  readonly target?: LoggedPoint;
  /** The guarded change that it took back. */
  readonly takesBack?: OperationId;
  readonly carried?: CarriedOut;
  /** What could not be taken away; missing where all is gone, and where it is among the problems of `carried`. */
  readonly left?: readonly RollbackProblem[];
}

/**
 * Throws LOCKED while the operation's process lives, RECOVERY_NEEDED where what it staged is not there, JOURNAL_CORRUPT,
 * LOG_CORRUPT, ABORTED before anything is taken over, and what reading objects throws.
 */
export async function recover(session: Session, options: RecoverOptions = {}): Promise<RecoverResult> {
  checkAborted(options.signal);
  const state = await journal.read(session.store);
  if (state === undefined) return { did: 'nothing' };
  const { begin } = state;
  const logged = await findLogged(session, begin.id);
  const isDecided = logged === undefined && state.decisions[1] !== undefined;
  await loadAdapters(session, state, { areNeeded: isDecided && options.force !== true });
  // Before it is taken over: who then has to come again finds it as it was.
  if (options.force !== true && !(await isWorkedOn(session, begin))) {
    if (isDecided) requirePlaces(state);
    await requireReach(session, state, options);
  }
  checkAborted(options.signal);
  const owner = await takeOver(session, begin);
  if (owner === undefined) {
    await requireIdle(session);
    return { did: 'nothing' };
  }
  try {
    return await end(session, state, { logged, options });
  } catch (error) {
    letGo(owner);
    throw error;
  }
}

async function end(
  session: Session,
  state: JournalState,
  { logged, options }: { readonly logged: OperationEntry | undefined; readonly options: RecoverOptions },
): Promise<RecoverResult> {
  const { begin } = state;
  const safety = state.plans[1]?.safety;
  const about = {
    ...{ operation: begin.id, kind: begin.kind, target: begin.target },
    ...(begin.guard === undefined ? {} : { takesBack: begin.guard }),
  };
  if (logged !== undefined) {
    const isUndone = logged.outcome === 'failed' || logged.outcome === 'reverted';
    const left = await leaveJournal(session, { keepRoots: !isUndone });
    return { did: 'tidied', ...about, ...leaving(left) };
  }
  if (state.decisions[1] === undefined || safety === undefined) {
    await logOperation(session, begin, {
      outcome: 'failed',
      message: 'interrupted before it was decided',
      safety,
    });
    const left = await leaveJournal(session);
    return { did: 'dropped', ...about, ...leaving(left) };
  }
  const meter = new ProgressMeter(begin.id, options.onProgress);
  meter.listen(openProgressLog(session, begin.id).append);
  const carried = await finish(session, state, { safety, meter });
  const left = await endOperation(session, begin, { carried, safety });
  meter.end(carried.outcome);
  meter.throwFailure();
  return { did: 'finished', ...about, carried: { ...carried, problems: [...carried.problems, ...left] } };
}

function leaving(left: readonly RollbackProblem[]): Pick<RecoverResult, 'left'> {
  return left.length === 0 ? {} : { left };
}

/** Before it is taken over, too: what has to go on by an adapter waits for it, for without it there is no way but back. */
async function loadAdapters(
  session: Session,
  { begin, plans }: JournalState,
  { areNeeded }: { readonly areNeeded: boolean },
): Promise<void> {
  try {
    await session.adapters.addModules(begin.adapters ?? []);
    for (const { name, state } of plans[1]?.components ?? [])
      if (state !== undefined) await session.adapters.get(state.kind, name);
  } catch (error) {
    if (!isSavepointError(error, 'ADAPTER_MISSING', 'CONFIG_INVALID')) throw error;
    if (!areNeeded) return;
    throw new SavepointError(
      error.code,
      `${error.message} Nothing was done of what the interrupted operation still needs it for. Where it is lost for good, add --force.`,
      { fields: error.fields, cause: error },
    );
  }
}

async function finish(
  session: Session,
  state: JournalState,
  { safety, meter }: { readonly safety: LoggedPoint; readonly meter: ProgressMeter },
): Promise<CarriedOut> {
  const { begin, decisions, revert } = state;
  const [first, second] = [decisions[1], decisions[2]];
  if (first === undefined) throw new Error('savepoint bug: an operation is finished that was not decided');
  if (second !== undefined) meter.revert();
  meter.expect({ change: { files: countSteps(second ?? first), bytes: 0 } });
  if (second !== undefined) {
    const back = await carryOut(session, begin, { decision: second, safety, meter });
    return revert === undefined ? back : concludeBack(back, revert);
  }
  if (revert !== undefined) {
    removeStaging(state, 2);
    await discardAttempt(session, state, 2);
    return goBack(session, begin, { safety, revert, decision: first, meter });
  }
  return carryOut(session, begin, { decision: first, safety, meter });
}
