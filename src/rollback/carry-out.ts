// Everything of an operation that comes after its decision, from the journal's records alone: whoever has them, the
// process that decided or one that recovers, does the same. A target that is not reached is taken back, once.
import { isSavepointError } from '../../store/errors.js';
import type { LoggedPoint, OperationOutcome } from '../../store/operations/operation-entry.js';
import {
  applyChange,
  applySwap,
  type ChangeOutcome,
  joinPath,
  type PreparedChange,
  type PreparedSwap,
} from '../composition.js';
import { journal } from '../journal/journal.js';
import type { BeginRecord, DecisionRecord, RevertRecord } from '../journal/journal-record.js';
import type { Session } from '../session.js';
import { applyState, checkStateHealth, stopState, verifyState } from './apply-state.js';
import { isDecisive, withEntangled } from './entangled.js';
import { prepareBack } from './prepare-back.js';
import type { ProgressMeter } from './progress-meter.js';
import { reloadUnits } from './reload-units.js';
import type { RollbackProblem } from './rollback-problem.js';
import { validateComponent } from './validate-components.js';
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
  decided: {
    readonly decision: DecisionRecord;
    readonly safety: LoggedPoint;
    /** A last look, at the system as a whole, at what is otherwise as it should be. */
    readonly examine?: () => Promise<RollbackProblem[]>;
    readonly meter: ProgressMeter;
  },
): Promise<CarriedOut> {
  const { decision, safety, meter } = decided;
  const destination = decision.attempt === 1 ? begin.target : safety;
  const { applied, wrong } = await applyDecision(session, { decision, destination, meter });
  meter.enter('validating');
  const invalid = await validateAll(session, { decision, wrong, meter });
  if (wrong.length + invalid.length === 0) invalid.push(...((await decided.examine?.()) ?? []));
  // On a way back, what can't go back with the rest.
  if (decision.attempt === 2) wrong.push(...(decision.refused ?? []));
  if (wrong.length + invalid.length === 0) return settled(decision, applied);
  const problems = [...wrong, ...invalid];
  const reason = describeFailure(wrong, invalid);
  if (decision.attempt === 2) {
    return {
      ...applied,
      outcome: 'inconsistent',
      problems: [...applied.problems, ...wrong],
      message: reason,
    };
  }
  const named = new Set(problems.flatMap(({ component = [] }) => component));
  const failed = withEntangled(named, decision.components);
  const isPartial =
    failed.size > 0 &&
    decision.components.some(({ name }) => !failed.has(name)) &&
    decision.components.every(({ name, policy }) => !failed.has(name) || policy.onError === 'continue');
  const components = isPartial ? { components: [...failed] } : {};
  const revert: RevertRecord = { id: begin.id, reason, problems, ...components };
  await journal.revert(session.store, revert);
  const back = await goBack(session, begin, { safety, revert, decision, meter });
  return { ...back, displaced: [...applied.displaced, ...back.displaced] };
}

/**
 * Applies everything, and looks whether it is there. A component of which something does not stop is left as it is; so are
 * all, where it matters to all.
 */
async function applyDecision(
  session: Session,
  means: {
    readonly decision: DecisionRecord;
    readonly destination: LoggedPoint;
    readonly meter: ProgressMeter;
  },
): Promise<{ readonly applied: Applied; readonly wrong: RollbackProblem[] }> {
  const { destination, meter } = means;
  meter.enter('applying', { files: countSteps(means.decision) });
  const running = await stopState({ session, decision: means.decision, meter });
  const decision = means.decision.attempt === 2 ? means.decision : withoutRunning(means.decision, running);
  if (decision === undefined) return { applied: NOTHING, wrong: running };
  const { applied, failed } = await applyAll(session, { decision, meter });
  const differing = await verifyAttempt(session, decision, { destination, kept: applied.kept, meter });
  const ofState = await verifyState({ session, decision, meter }, destination);
  // What kept something from being done is the reason for all that differs.
  const explained = differing.map((problem) => explain(problem, applied.problems));
  return { applied, wrong: [...running, ...failed, ...explained, ...ofState] };
}

/** Says of a file that is not as it should be why its step failed. */
function explain(problem: RollbackProblem, failed: readonly RollbackProblem[]): RollbackProblem {
  const reason = failed.find(
    ({ component, path }) => component === problem.component && path === problem.path,
  );
  if (reason === undefined) return problem;
  return { ...problem, code: reason.code, message: `${problem.message}: ${reason.message}` };
}

/** The components of which everything has stopped; `undefined` where none is to go on without the others. */
function withoutRunning(
  decision: DecisionRecord,
  running: readonly RollbackProblem[],
): DecisionRecord | undefined {
  const stuck = new Set(running.flatMap(({ component = [] }) => component));
  const names = withEntangled(stuck, decision.components);
  if (isDecisive(names, decision.components)) return undefined;
  return { ...decision, components: decision.components.filter(({ name }) => !names.has(name)) };
}

const NOTHING: Applied = { problems: [], displaced: [], kept: [] };

/**
 * The second attempt: from whatever is there now to the safety point, with the components that `revert` says. `decision` is
 * that of the first one.
 */
export async function goBack(
  session: Session,
  begin: BeginRecord,
  attempted: {
    readonly safety: LoggedPoint;
    readonly revert: RevertRecord;
    readonly decision: DecisionRecord;
    readonly meter: ProgressMeter;
  },
): Promise<CarriedOut> {
  const { safety, revert, meter } = attempted;
  const { reason, problems } = revert;
  meter.revert();
  meter.enter('planning');
  try {
    const decision = await prepareBack(session, begin, attempted);
    await journal.decide(session.store, decision);
    return concludeBack(await carryOut(session, begin, { decision, safety, meter }), revert);
  } catch (error) {
    if (!isSavepointError(error)) throw error;
    const message = `${reason}. Going back to ${safety.name} failed too: ${error.message}`;
    return { outcome: 'inconsistent', problems, displaced: [], kept: [], message };
  }
}

/** What a second attempt means for the operation: where only some components went back, the others are at the target. */
export function concludeBack(back: CarriedOut, { reason, problems, components }: RevertRecord): CarriedOut {
  const isPartial = components !== undefined && back.outcome === 'reverted';
  const message = isPartial ? `${components.join(', ')} went back to the state before: ${reason}` : reason;
  return {
    ...back,
    ...(isPartial ? { outcome: 'incomplete' } : {}),
    problems: [...problems, ...back.problems],
    message: back.message ?? message,
  };
}

/** Only what is as the point has it is worth validating; what went back may have been unsound before. */
async function validateAll(
  session: Session,
  means: {
    readonly decision: DecisionRecord;
    readonly wrong: readonly RollbackProblem[];
    readonly meter: ProgressMeter;
  },
): Promise<RollbackProblem[]> {
  const { decision, wrong, meter } = means;
  const failed = new Set(wrong.map(({ component }) => component));
  const problems: RollbackProblem[] = [];
  if (decision.attempt === 2) return problems;
  for (const { name, root, policy } of decision.components) {
    if (failed.has(name)) continue;
    meter.turnTo(name);
    for (const problem of await validateComponent(name, { root, policy })) problems.push(problem);
  }
  if (wrong.length > 0) return problems;
  return [...problems, ...(await checkStateHealth({ session, decision, meter }))];
}

function describeFailure(wrong: readonly RollbackProblem[], invalid: readonly RollbackProblem[]): string {
  if (wrong.length === 0) {
    const [{ component, path, message }] = invalid;
    return component === undefined
      ? `the system is not well: ${path} ${message}`
      : `${component} is not sound: ${message}`;
  }
  const ofState = wrong.find(({ path }) => !path.startsWith('/'));
  if (ofState !== undefined) return `${ofState.component}, ${ofState.path}: ${ofState.message}`;
  const [{ path, message }] = wrong;
  return wrong.length === 1
    ? `${path} is not as the point has it: ${message}`
    : `${wrong.length} files are not as the point has them, ${path} among them: ${message}`;
}

type Applied = Pick<CarriedOut, 'problems' | 'displaced' | 'kept'>;

function settled(decision: DecisionRecord, applied: Applied): CarriedOut {
  if (decision.attempt === 2) return { ...applied, outcome: 'reverted' };
  const { refused = [] } = decision;
  const problems = [...refused, ...applied.problems];
  const isWhole = problems.length === 0 && applied.displaced.length === 0;
  return { ...applied, problems, outcome: isWhole ? 'done' : 'incomplete' };
}

/** How many steps there are to take; an exchange is one. */
export function countSteps({ components }: DecisionRecord): number {
  const changes = components.flatMap((component) => component.changes);
  const swaps = components.filter(({ swap }) => swap !== undefined);
  const ofState = components.reduce((sum, { state }) => sum + (state?.steps.length ?? 0), 0);
  return changes.reduce((sum, { steps }) => sum + steps.length, swaps.length + ofState);
}

async function applyAll(
  session: Session,
  { decision, meter }: { readonly decision: DecisionRecord; readonly meter: ProgressMeter },
): Promise<{ applied: Applied; failed: RollbackProblem[] }> {
  const failed: RollbackProblem[] = [];
  const applied = { problems: [], displaced: [], kept: [] } as Mutable<Applied>;
  for (const component of decision.components) {
    const { name, root, changes, swap, state, policy } = component;
    meter.turnTo(name);
    if (swap !== undefined) {
      const { problem, displaced } = swapOne(root, swap);
      if (problem !== undefined) failed.push({ ...problem, component: name, path: root });
      for (const each of problem === undefined ? swap.problems : [])
        applied.problems.push({ ...each, component: name, path: joinPath(root, each.path) });
      for (const each of displaced) applied.displaced.push(each);
      for (const path of swap.kept) applied.kept.push(joinPath(root, path));
    }
    for (const change of changes) await applyFiles(component, change, { applied, meter });
    if (state !== undefined) failed.push(...(await applyState({ session, decision, meter }, component)));
    const isChanged = swap !== undefined || changes.some(({ steps }) => steps.length > 0);
    // Records of format 2 have none.
    if (isChanged) failed.push(...(await reloadUnits(name, policy.reload ?? [])));
  }
  return { applied, failed };
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] extends readonly (infer Each)[] ? Each[] : T[Key] };

async function applyFiles(
  { name, root }: DecisionRecord['components'][number],
  change: PreparedChange,
  { applied, meter }: { readonly applied: Mutable<Applied>; readonly meter: ProgressMeter },
): Promise<void> {
  const at = (path: string) => joinPath(joinPath(root, change.mount), path);
  let files = 0;
  const onStep = (path: string) => meter.reach({ files: ++files }, () => at(path));
  const outcome = await applyOne(root, change, onStep);
  for (const each of outcome.problems)
    applied.problems.push({ ...each, component: name, path: at(each.path) });
  for (const each of outcome.displaced) applied.displaced.push(displacedAt(change, at, each));
  for (const path of outcome.kept) applied.kept.push(at(path));
}

/** A root that can't be exchanged any more stays as it is: then it goes back with the rest, or alone. */
function swapOne(
  root: string,
  swap: PreparedSwap,
): { problem?: { code: string; message: string }; displaced: CarriedOut['displaced'] } {
  try {
    return { displaced: applySwap(root, swap) };
  } catch (error) {
    if (!isSavepointError(error)) throw error;
    return { problem: { code: error.code, message: error.message }, displaced: [] };
  }
}

/** A root or a staging directory that somebody took away fails all steps: what is there now is for the verification. */
async function applyOne(
  root: string,
  change: PreparedChange,
  onStep: (path: string) => void,
): Promise<ChangeOutcome> {
  try {
    return await applyChange(root, change, onStep);
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
