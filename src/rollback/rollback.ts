// Rolls components back to a point: safety point, staging, decision, then forward only. Until the decision nothing that
// is visible has changed; after it a crash leaves everything to `recover`.
import { isSavepointError, SavepointError } from '../../store/errors.js';
import type { LoggedPoint, OperationId, OperationOutcome } from '../../store/operations/operation-entry.js';
import { hasXattrCalls, missingDirectories, type NotChecked, type StatePlan } from '../composition.js';
import { requireUnguarded } from '../guard/require-unguarded.js';
import type { HealthReport } from '../health/check-health.js';
import { journal } from '../journal/journal.js';
import type { BeginRecord, DecisionRecord } from '../journal/journal-record.js';
import { definitionOf, readLiveState, sideOf } from '../live-state.js';
import { createOperationId } from '../operation-origin.js';
import type { Point } from '../points.js';
import { requireUnquarantined } from '../quarantine.js';
import type { Session } from '../session.js';
import { beginOperation, letGo } from './begin-operation.js';
import { type CarriedOut, carryOut } from './carry-out.js';
import { endOperation, leaveJournal, logOperation } from './end-operation.js';
import type { HealthExpectation } from './expect-health.js';
import { describeKept, type KeptData } from './kept-data.js';
import type { ComponentPlan } from './plan-rollback.js';
import { prepareRollback, type RollbackMeans } from './prepare-rollback.js';
import { openProgressLog } from './progress-log.js';
import { ProgressMeter } from './progress-meter.js';
import { type BroughtCommands, describeBrought, findBrought, requireTrusted } from './require-trusted.js';
import { type InnerRollbackOptions, isForward } from './rollback-options.js';
import type { RollbackProblem } from './rollback-problem.js';
import { fingerprintOfTarget, openTarget, planAll, type Target } from './rollback-target.js';
import { policyOf } from './validate-components.js';
import { sizeOf } from './weigh-steps.js';

/** What is done to one component, or would be. */
export interface ShownPlan extends Pick<ComponentPlan, 'component' | 'root' | 'steps' | 'kept'> {
  /** What is done besides its files, and what differs and can't be put back. */
  readonly state?: StatePlan;
  /** What could not be left as it is live, in words. */
  readonly notes?: readonly string[];
}

export interface RollbackResult {
  readonly point: Point;
  readonly dryRun: boolean;
  /** Missing for a dry run, and where nothing differed. */
  readonly operation?: OperationId;
  /** The state before, to go back to. */
  readonly safety?: LoggedPoint;
  readonly outcome: OperationOutcome;
  readonly message?: string;
  readonly components: readonly ShownPlan[];
  /** Components that are newer now than one that they depend on. */
  readonly leftNewer: readonly string[];
  /** Data that stays as it is, as nobody asked for it. */
  readonly keptData: readonly KeptData[];
  readonly problems: readonly RollbackProblem[];
  readonly displaced: CarriedOut['displaced'];
  /** Directories that were to go and hold files that no point knows: they stay. Absolute paths; missing where there are none. */
  readonly keptDirectories?: readonly string[];
  /** Programs that would have judged what was put back, and could not be asked before it was; missing where there are none. */
  readonly notChecked?: readonly NotChecked[];
  /** Set where extended attributes can't be read or given here: files that are replaced lose theirs. */
  readonly withoutXattrs?: true;
  /** What the health checks said at its end; missing where nobody looked. */
  readonly health?: HealthReport;
  readonly seconds: number;
}

/**
 * Rolls `text`'s point back. Throws before anything is changed: POINT_NOT_FOUND, COMPONENT_NOT_FOUND, LOCKED,
 * RECOVERY_NEEDED, QUARANTINED, UNTRUSTED, OBJECT_MISSING, STORAGE_FULL, STEP_CONFLICT, TARGET_CONFLICT, UNSUPPORTED, ABORTED.
 * Afterwards it answers with the outcome, be it `reverted` or `inconsistent`.
 */
export async function rollback(
  session: Session,
  text: string,
  options: InnerRollbackOptions = {},
): Promise<RollbackResult> {
  const started = performance.now();
  await session.adapters.addModules(options.configuration?.adapters ?? []);
  const target = await openTarget(session, text, options);
  const keptData = await describeKept(session, target);
  const meter = options.meter ?? new ProgressMeter(createOperationId(), options.onProgress);
  meter.expect({ tree: sizeOf(target.selected) });
  const done = await (options.dryRun === true ? dryRun : run)(session, target, { options, meter });
  meter.throwFailure();
  const { point, leftNewer } = target;
  return {
    point,
    keptData,
    dryRun: options.dryRun ?? false,
    leftNewer,
    ...done,
    ...(hasXattrCalls() ? {} : { withoutXattrs: true }),
    seconds: (performance.now() - started) / 1000,
  };
}

type Done = Omit<RollbackResult, 'point' | 'dryRun' | 'leftNewer' | 'keptData' | 'withoutXattrs' | 'seconds'>;

async function dryRun(session: Session, target: Target, { options, meter }: RollbackMeans): Promise<Done> {
  meter.enter('planning', sizeOf(target.selected));
  const definitions = target.selected.map(({ record }) => definitionOf(record));
  const live = await readLiveState(session, definitions, {
    onProgress: (component, { files, bytes }) => meter.reach({ component, files, bytes }),
  });
  const configured = options.configuration?.components;
  const components = await planAll(session, target, {
    from: (name) => sideOf(live, name),
    neverRevert: (record) => policyOf(record, configured).neverRevert,
  });
  const brought = await findBrought(session, target, options.configuration);
  meter.end('done');
  return {
    ...{ outcome: 'done', problems: [], displaced: [] },
    components: components.map((plan) => shown(withBrought(plan, brought))),
  };
}

async function run(session: Session, target: Target, { options, meter }: RollbackMeans): Promise<Done> {
  const { point, selected } = target;
  await requireUnguarded(session, options.guard);
  if (isForward(options) && options.trust !== true)
    await requireTrusted(session, target, options.configuration);
  const fingerprint = isForward(options) ? fingerprintOfTarget(target) : undefined;
  if (fingerprint !== undefined && options.force !== true) await requireUnquarantined(session, fingerprint);
  const begin = await beginOperation(session, {
    id: meter.operation,
    kind: options.kind ?? 'rollback',
    command: options.command ?? ['rollback', point.name],
    components: selected.map(({ record }) => record.name),
    target: { name: point.name, id: point.id },
    ...(options.undoes === undefined ? {} : { undoes: options.undoes }),
    ...(options.guard === undefined ? {} : { guard: options.guard }),
    ...(fingerprint === undefined ? {} : { fingerprint }),
    ...(session.adapters.modules().length === 0 ? {} : { adapters: session.adapters.modules() }),
    madeRoots: selected.flatMap(({ record }) => missingDirectories(record.origin)),
  });
  let safety: LoggedPoint | undefined;
  let ready: Awaited<ReturnType<typeof prepareRollback>>;
  try {
    // One that was armed meanwhile has seen nothing of this: one of both has to stand back.
    await requireUnguarded(session, options.guard);
    meter.listen(openProgressLog(session, begin.id).append);
    meter.enter('preflight');
    ready = await prepareRollback(session, target, {
      begin,
      options,
      meter,
      onSafety: (made) => (safety = made),
    });
    if (ready.decision !== undefined) await journal.decide(session.store, ready.decision);
  } catch (error) {
    const left = await giveUp(session, begin, { safety, error });
    meter.end('failed');
    throw left.length === 0 ? error : withLeft(error, left);
  }
  const components = ready.plans.map(shown);
  const { decision } = ready;
  if (decision === undefined || safety === undefined) {
    await logOperation(session, begin, { outcome: 'done', message: 'nothing differed', safety });
    await leaveJournal(session);
    meter.end('done');
    return { outcome: 'done', components, problems: [], displaced: [], ...known(begin, safety) };
  }
  const done = await carryThrough(session, begin, { decision, safety, meter, health: ready.health });
  const { notChecked } = ready;
  return {
    ...{ components, ...done, ...known(begin, safety) },
    ...(notChecked.length === 0 ? {} : { notChecked }),
  };
}

interface Decided {
  readonly decision: DecisionRecord;
  readonly safety: LoggedPoint;
  readonly meter: ProgressMeter;
  readonly health: HealthExpectation | undefined;
}

/** One that fails behind its decision, in a process that lives on, is for `recover` to finish, as after a crash. */
async function carryThrough(
  session: Session,
  begin: BeginRecord,
  { health, ...decided }: Decided,
): Promise<Pick<Done, 'outcome' | 'problems' | 'displaced' | 'keptDirectories' | 'message' | 'health'>> {
  const { safety, meter } = decided;
  const examine = async () => {
    if (health === undefined) return [];
    meter.enter('health');
    return health.examine();
  };
  let carried: CarriedOut;
  let left: readonly RollbackProblem[];
  try {
    carried = await carryOut(session, begin, { ...decided, examine });
    left = await endOperation(session, begin, { carried, safety });
  } catch (error) {
    letGo(begin.process);
    throw error;
  }
  meter.end(carried.outcome);
  const { outcome, displaced, kept, message } = carried;
  const problems = [...carried.problems, ...left];
  const found = health?.found();
  return {
    ...{ outcome, problems, displaced },
    ...(kept.length === 0 ? {} : { keptDirectories: kept }),
    ...(message === undefined ? {} : { message }),
    ...(found === undefined ? {} : { health: found }),
  };
}

function known(begin: BeginRecord, safety: LoggedPoint | undefined) {
  return { operation: begin.id, ...(safety === undefined ? {} : { safety }) };
}

/** Nothing has been decided: what was staged goes, and the log says why. Answers what could not be taken away. */
async function giveUp(
  session: Session,
  begin: BeginRecord,
  { safety, error }: { safety: LoggedPoint | undefined; error: unknown },
): Promise<readonly RollbackProblem[]> {
  const message = isSavepointError(error) ? error.message : String(error);
  try {
    await logOperation(session, begin, { outcome: 'failed', message, safety });
  } catch (failure) {
    // Where even that can't be written, the reason is the one that is thrown.
    if (!isSavepointError(failure)) throw failure;
  }
  try {
    return await leaveJournal(session);
  } catch (failure) {
    letGo(begin.process);
    if (!isSavepointError(failure)) throw failure;
    return [];
  }
}

function withLeft(error: unknown, problems: readonly RollbackProblem[]): unknown {
  if (!isSavepointError(error)) return error;
  const more = problems.map(({ component, message }) => `${component}: ${message}`).join(' ');
  return new SavepointError(error.code, `${error.message} ${more}`, {
    fields: { ...error.fields, left: problems },
    cause: error,
  });
}

/** What a point from elsewhere would have run is said before it is. */
function withBrought(plan: ComponentPlan, brought: readonly BroughtCommands[]): ComponentPlan {
  const found = brought.filter(({ component }) => component === plan.component);
  const notes = found.map(
    (each) =>
      `the point was not made in this store, and says itself what is to be run, with --trust: ${describeBrought(each)}`,
  );
  return { ...plan, notes: [...plan.notes, ...notes] };
}

function shown({ component, root, steps, kept, state, notes }: ComponentPlan): ShownPlan {
  const ofState = state && { steps: state.steps, unrestorable: state.unrestorable };
  return {
    ...{ component, root, steps, kept },
    ...(ofState === undefined ? {} : { state: ofState }),
    ...(notes.length === 0 ? {} : { notes }),
  };
}
