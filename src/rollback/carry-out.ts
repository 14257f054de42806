// Everything of an operation that comes after its decision, from the journal's records alone: whoever has them, the
// process that decided or one that recovers, does the same. A target that is not reached is taken back, once.
import { isSavepointError } from '../../store/errors.js';
import { openSoundIndex } from '../../store/index/open-sound-index.js';
import { ObjectReader } from '../../store/object-reader.js';
import type { LoggedPoint, OperationOutcome } from '../../store/operations/operation-entry.js';
import { applyChange, type ChangeOutcome, joinPath, type PreparedChange } from '../composition.js';
import { journal } from '../journal/journal.js';
import type { BeginRecord, DecisionRecord } from '../journal/journal-record.js';
import type { Session } from '../session.js';
import { planAttemptBack } from './plan-back.js';
import { prepareAttempt } from './prepare-attempt.js';
import type { RollbackProblem } from './rollback-problem.js';
import { verifyAttempt } from './verify-attempt.js';

export interface CarriedOut {
  readonly outcome: Extract<OperationOutcome, 'done' | 'incomplete' | 'reverted' | 'inconsistent'>;
  readonly problems: readonly RollbackProblem[];
  /** What others had put in the place of files after the decision, and where it is kept. Absolute paths. */
  readonly displaced: readonly { readonly path: string; readonly keptAs: string }[];
  /** Directories that hold files which nobody knows, and so stay. Absolute paths. */
  readonly kept: readonly string[];
  readonly message?: string;
}

/** Carries out what `decision` says, and makes sure of it; where that fails, goes back to the safety point. */
export async function carryOut(
  session: Session,
  begin: BeginRecord,
  decided: { readonly decision: DecisionRecord; readonly safety: LoggedPoint },
): Promise<CarriedOut> {
  const applied = applyAll(decided.decision);
  const destination = decided.decision.attempt === 1 ? begin.target : decided.safety;
  const wrong = await verifyAttempt(session, decided.decision, { destination, kept: applied.kept });
  if (wrong.length === 0) return settled(decided.decision, applied);
  const reason = `${wrong.length} files are not as the point has them, ${wrong[0].path} among them: ${wrong[0].message}`;
  if (decided.decision.attempt === 2) {
    return {
      ...applied,
      outcome: 'inconsistent',
      problems: [...applied.problems, ...wrong],
      message: reason,
    };
  }
  await journal.revert(session.store, { id: begin.id, reason });
  return goBack(session, begin, { safety: decided.safety, reason, problems: wrong });
}

/** The second attempt: from whatever is there now to the safety point. */
export async function goBack(
  session: Session,
  begin: BeginRecord,
  first: { safety: LoggedPoint; reason: string; problems: readonly RollbackProblem[] },
): Promise<CarriedOut> {
  const { safety, reason } = first;
  try {
    const { index } = await openSoundIndex(session.store);
    const reader = new ObjectReader(session.store, index);
    const plannedAtMs = Date.now();
    const plans = await planAttemptBack(session, { reader, safety });
    const decision = await prepareAttempt(plans, {
      ...{ session, begin, attempt: 2, index, reader, safety, plannedAtMs },
    });
    await journal.decide(session.store, decision);
    const back = await carryOut(session, begin, { decision, safety });
    return { ...back, problems: [...first.problems, ...back.problems], message: back.message ?? reason };
  } catch (error) {
    if (!isSavepointError(error)) throw error;
    const message = `${reason}. Going back to ${safety.name} failed too: ${error.message}`;
    return { outcome: 'inconsistent', problems: first.problems, displaced: [], kept: [], message };
  }
}

type Applied = Pick<CarriedOut, 'problems' | 'displaced' | 'kept'>;

function settled(decision: DecisionRecord, applied: Applied): CarriedOut {
  if (decision.attempt === 2) return { ...applied, outcome: 'reverted' };
  const isWhole = applied.problems.length === 0 && applied.displaced.length === 0;
  return { ...applied, outcome: isWhole ? 'done' : 'incomplete' };
}

function applyAll(decision: DecisionRecord): Applied {
  const applied = {
    problems: [] as RollbackProblem[],
    displaced: [] as { path: string; keptAs: string }[],
    kept: [] as string[],
  };
  for (const { name, root, changes } of decision.components) {
    for (const change of changes) {
      const at = (path: string) => joinPath(joinPath(root, change.mount), path);
      const outcome = applyOne(root, change);
      for (const each of outcome.problems)
        applied.problems.push({ ...each, component: name, path: at(each.path) });
      for (const each of outcome.displaced) applied.displaced.push(displacedAt(change, at, each));
      for (const path of outcome.kept) applied.kept.push(at(path));
    }
  }
  return applied;
}

/** A root or a staging directory that somebody took away fails all steps: what is there now is for the verification. */
function applyOne(root: string, change: PreparedChange): ChangeOutcome {
  try {
    return applyChange(root, change);
  } catch (error) {
    if (!isSavepointError(error)) throw error;
    const problem = { path: '', code: error.code, message: error.message };
    return { problems: [problem], displaced: [], kept: [] };
  }
}

function displacedAt(
  change: PreparedChange,
  at: (path: string) => string,
  { path, keptAs }: { path: string; keptAs: string },
): { path: string; keptAs: string } {
  return { path: at(path), keptAs: at(`${change.staging}/${keptAs}`) };
}
