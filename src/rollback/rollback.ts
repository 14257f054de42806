// Rolls components back to a point: safety point, staging, decision, then forward only. Until the decision nothing that
// is visible has changed; after it a crash leaves everything to `recover`.
import { isSavepointError, SavepointError } from '../../store/errors.js';
import { openSoundIndex } from '../../store/index/open-sound-index.js';
import { ObjectReader } from '../../store/object-reader.js';
import type {
  LoggedPoint,
  OperationId,
  OperationKind,
  OperationOutcome,
} from '../../store/operations/operation-entry.js';
import { makeDirectories, missingDirectories, realPath, statPath } from '../composition.js';
import type { Configuration } from '../configuration/configuration.js';
import { requireUnguarded } from '../guard/require-unguarded.js';
import type { HealthReport } from '../health/check-health.js';
import type { PatientHealthCheck } from '../health/wait-for-health.js';
import { journal } from '../journal/journal.js';
import type { BeginRecord } from '../journal/journal-record.js';
import { definitionOf, readLiveState } from '../live-state.js';
import { createOperationId } from '../operation-origin.js';
import { type PointComponent, readComponents, readPointRecord, type TreeContext } from '../point-tree.js';
import { findPoint, type Point } from '../points.js';
import { fingerprintOf, requireUnquarantined } from '../quarantine.js';
import { save } from '../save.js';
import type { Session } from '../session.js';
import { beginOperation } from './begin-operation.js';
import { type CarriedOut, carryOut } from './carry-out.js';
import { endOperation, leaveJournal, logOperation } from './end-operation.js';
import { expectHealth } from './expect-health.js';
import { type ComponentPlan, planComponent, selectComponents } from './plan-rollback.js';
import { prepareAttempt } from './prepare-attempt.js';
import { openProgressLog } from './progress-log.js';
import { ProgressMeter } from './progress-meter.js';
import type { RollbackProblem } from './rollback-problem.js';
import type { ProgressListener } from './rollback-progress.js';
import { policyOf, requireParsable } from './validate-components.js';
import { sizeOf } from './weigh-steps.js';

export interface RollbackOptions {
  /** Names or categories of components; all of the point's where this is missing. */
  readonly components?: readonly string[];
  /** What holds for its components in place of what the point recorded. */
  readonly configuration?: Configuration;
  /** Checks besides those of the configuration; those that hold before the rollback have to hold after it. */
  readonly health?: readonly PatientHealthCheck[];
  /** Names or categories that go first, as far as dependencies leave a choice; the configuration's unless set. */
  readonly priority?: readonly string[];
  /** Only say what would be done. */
  readonly dryRun?: boolean;
  /** Go to a state even if the last rollback to the same had to be taken back. */
  readonly force?: boolean;
  /** The words of the command line, for the operation log. */
  readonly command?: readonly string[];
  /** Hears how far it has come. What it throws ends the listening, and is thrown once the rollback is over. */
  readonly onProgress?: ProgressListener;
  /** Before the decision an abort leaves everything as it was; after it the rollback is finished. */
  readonly signal?: AbortSignal;
}

/** What only our own code says of a rollback. */
export interface InnerRollbackOptions extends RollbackOptions {
  readonly kind?: Extract<OperationKind, 'rollback' | 'undo' | 'redo'>;
  readonly undoes?: OperationId;
  /** The guarded change that it takes back. */
  readonly guard?: OperationId;
  /** Who watches, and the operation's id. */
  readonly meter?: ProgressMeter;
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
  readonly components: readonly Omit<ComponentPlan, 'expected'>[];
  /** Components that are newer now than one that they depend on. */
  readonly leftNewer: readonly string[];
  readonly problems: readonly RollbackProblem[];
  readonly displaced: CarriedOut['displaced'];
  /** What the health checks said at its end; missing where nobody looked. */
  readonly health?: HealthReport;
  readonly seconds: number;
}

/**
 * Rolls `text`'s point back. Throws before anything is changed: POINT_NOT_FOUND, COMPONENT_NOT_FOUND, LOCKED,
 * RECOVERY_NEEDED, QUARANTINED, OBJECT_MISSING, STORAGE_FULL, STEP_CONFLICT, TARGET_CONFLICT, ABORTED. Afterwards it answers with
 * the outcome, be it `reverted` or `inconsistent`.
 */
export async function rollback(
  session: Session,
  text: string,
  options: InnerRollbackOptions = {},
): Promise<RollbackResult> {
  const started = performance.now();
  const target = await openTarget(session, text, options);
  const meter = options.meter ?? new ProgressMeter(createOperationId(), options.onProgress);
  meter.expect({ tree: sizeOf(target.selected) });
  const done = await (options.dryRun === true ? dryRun : run)(session, target, { options, meter });
  meter.throwFailure();
  const { point, leftNewer } = target;
  return {
    point,
    dryRun: options.dryRun ?? false,
    leftNewer,
    ...done,
    seconds: (performance.now() - started) / 1000,
  };
}

interface Target {
  readonly point: Point;
  readonly context: TreeContext;
  readonly selected: readonly PointComponent[];
  readonly leftNewer: readonly string[];
}

type Done = Omit<RollbackResult, 'point' | 'dryRun' | 'leftNewer' | 'seconds'>;

async function openTarget(session: Session, text: string, options: RollbackOptions): Promise<Target> {
  const reader = new ObjectReader(session.store, await session.store.openIndex());
  const context = { source: reader, format: session.store.format };
  const point = await findPoint(session, reader, text);
  const components = await readComponents(context, point);
  const priority = options.priority ?? options.configuration?.guard.priority;
  return { point, context, ...selectComponents(components, options.components, priority) };
}

interface Means {
  readonly options: InnerRollbackOptions;
  readonly meter: ProgressMeter;
}

async function dryRun(session: Session, target: Target, { meter }: Means): Promise<Done> {
  meter.enter('planning', sizeOf(target.selected));
  const definitions = target.selected.map(({ record }) => definitionOf(record));
  const live = await readLiveState(session, definitions, {
    onProgress: (component, { files, bytes }) => meter.reach({ component, files, bytes }),
  });
  const from = (name: string) => ({
    context: { source: live.source, format: session.store.format },
    ids: live.components.get(name)?.ids,
  });
  const components = await planAll(target, from);
  meter.end('done');
  return { outcome: 'done', components: components.map(shown), problems: [], displaced: [] };
}

async function run(session: Session, target: Target, { options, meter }: Means): Promise<Done> {
  const { point, selected } = target;
  await requireUnguarded(session, options.guard);
  const fingerprint = isForward(options) ? fingerprintOfTarget(target) : undefined;
  if (fingerprint !== undefined && options.force !== true) await requireUnquarantined(session, fingerprint);
  const begin = await beginOperation(session, {
    id: meter.operation,
    kind: options.kind ?? 'rollback',
    command: options.command ?? ['rollback', point.name],
    components: selected.map(({ record }) => record.name),
    target: { name: point.name, id: point.id },
    ...(options.undoes === undefined ? {} : { undoes: options.undoes }),
    ...(fingerprint === undefined ? {} : { fingerprint }),
    madeRoots: selected.flatMap(({ record }) => missingDirectories(record.origin)),
  });
  let safety: LoggedPoint | undefined;
  let ready: Awaited<ReturnType<typeof prepare>>;
  try {
    // One that was armed meanwhile has seen nothing of this: one of both has to stand back.
    await requireUnguarded(session, options.guard);
    meter.listen(openProgressLog(session, begin.id).append);
    meter.enter('preflight');
    ready = await prepare(session, target, { begin, options, meter, onSafety: (made) => (safety = made) });
    if (ready.decision !== undefined) await journal.decide(session.store, ready.decision);
  } catch (error) {
    await giveUp(session, begin, { safety, error });
    meter.end('failed');
    throw error;
  }
  const components = ready.plans.map(shown);
  const { decision } = ready;
  if (decision === undefined || safety === undefined) {
    await logOperation(session, begin, { outcome: 'done', message: 'nothing differed', safety });
    await leaveJournal(session);
    meter.end('done');
    return { outcome: 'done', components, problems: [], displaced: [], ...known(begin, safety) };
  }
  const { health } = ready;
  const examine = () => {
    meter.enter('health');
    return health.examine();
  };
  const carried = await carryOut(session, begin, { decision, safety, meter, examine });
  await endOperation(session, begin, { carried, safety });
  meter.end(carried.outcome);
  const { outcome, problems, displaced, message } = carried;
  const found = health.found();
  const told = {
    ...(message === undefined ? {} : { message }),
    ...(found === undefined ? {} : { health: found }),
  };
  return { outcome, components, problems, displaced, ...told, ...known(begin, safety) };
}

/** What an undo goes back to was there, be it sound or not; and so was what a guarded change goes back to. */
function isForward({ kind = 'rollback', guard }: InnerRollbackOptions): boolean {
  return kind === 'rollback' && guard === undefined;
}

function fingerprintOfTarget({ selected }: Target): string {
  return fingerprintOf(
    'rollback',
    selected.map(({ record, ids }) => [record.name, ids]),
  );
}

function known(begin: BeginRecord, safety: LoggedPoint | undefined) {
  return { operation: begin.id, ...(safety === undefined ? {} : { safety }) };
}

async function prepare(
  session: Session,
  target: Target,
  means: Means & { begin: BeginRecord; onSafety: (safety: LoggedPoint) => void },
) {
  const { begin, options, meter } = means;
  const plannedAtMs = Date.now();
  const isSound = isForward(options);
  const policies = new Map(
    (isSound ? target.selected : []).map(({ record }) => [
      record.name,
      policyOf(record, options.configuration?.components),
    ]),
  );
  for (const [name, policy] of policies) await requireParsable(name, policy);
  const health = await expectHealth(isSound ? healthChecksOf(options) : [], {
    timeoutMs: options.configuration?.guard.timeoutMs ?? HEALTH_TIMEOUT_MS,
  });
  for (const { record } of target.selected) makeRoot(record.origin);
  meter.enter('safety-point', sizeOf(target.selected));
  const saved = await save(
    session,
    target.selected.map(({ record }) => ({ ...definitionOf(record), origin: realPath(record.origin) })),
    {
      ...{
        message: `Before ${begin.kind} to ${target.point.name}`,
        trigger: begin.kind,
        isSafetyPoint: true,
        onProgress: (counts) => meter.reach(counts),
      },
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    },
  );
  const safety = { name: saved.point.name, id: saved.point.id };
  means.onSafety(safety);
  meter.enter('planning');
  const { index } = await openSoundIndex(session.store);
  const reader = new ObjectReader(session.store, index);
  const context = { source: reader, format: session.store.format };
  const before = await readComponents(context, saved.point);
  const plans = await planAll({ ...target, context }, (name) => ({ context, ids: before.get(name)?.ids }));
  if (plans.every(({ steps }) => steps.length === 0)) return { plans, health, decision: undefined };
  const decision = await prepareAttempt(plans, {
    ...{ session, begin, attempt: 1, index, reader, safety, plannedAtMs, policies, meter },
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  return { plans, health, decision };
}

/** As the configuration's schema has it. */
const HEALTH_TIMEOUT_MS = 5 * 60_000;

function healthChecksOf({ configuration, health = [] }: RollbackOptions): readonly PatientHealthCheck[] {
  return [...(configuration?.guard.health ?? []), ...health];
}

/** Nothing has been decided: what was staged goes, and the log says why. */
async function giveUp(
  session: Session,
  begin: BeginRecord,
  { safety, error }: { safety: LoggedPoint | undefined; error: unknown },
): Promise<void> {
  const message = isSavepointError(error) ? error.message : String(error);
  await logOperation(session, begin, { outcome: 'failed', message, safety });
  await leaveJournal(session);
}

async function planAll(
  target: Target,
  from: (name: string) => Parameters<typeof planComponent>[1]['from'],
): Promise<ComponentPlan[]> {
  const record = await readPointRecord(target.context, target.point);
  const plans: ComponentPlan[] = [];
  for (const component of target.selected) {
    const { name, origin } = component.record;
    const root = statPath(origin) === 'directory' ? realPath(origin) : origin;
    plans.push(await planComponent({ component, root }, { from: from(name), to: target.context, record }));
  }
  return plans;
}

function shown({ expected: _, ...plan }: ComponentPlan): Omit<ComponentPlan, 'expected'> {
  return plan;
}

/** A component whose directory is gone gets a new one; a link or a file in its place is nobody's to replace. */
function makeRoot(origin: string): void {
  const type = statPath(origin);
  if (type === 'directory') return;
  if (type !== undefined) {
    throw new SavepointError(
      'TARGET_CONFLICT',
      `${origin} is a ${type} where the point has a directory; nothing was changed. Move it away and repeat.`,
      { fields: { path: origin, type } },
    );
  }
  makeDirectories(origin, 0o777);
}
