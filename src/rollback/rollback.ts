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
import { journal } from '../journal/journal.js';
import type { BeginRecord } from '../journal/journal-record.js';
import { definitionOf, readLiveState } from '../live-state.js';
import { type PointComponent, readComponents, readPointRecord, type TreeContext } from '../point-tree.js';
import { findPoint, type Point } from '../points.js';
import { save } from '../save.js';
import type { Session } from '../session.js';
import { beginOperation } from './begin-operation.js';
import { type CarriedOut, carryOut } from './carry-out.js';
import { endOperation, leaveJournal, logOperation } from './end-operation.js';
import { type ComponentPlan, planComponent, selectComponents } from './plan-rollback.js';
import { prepareAttempt } from './prepare-attempt.js';
import type { RollbackProblem } from './rollback-problem.js';
import { policyBack, policyOf, requireParsable } from './validate-components.js';

export interface RollbackOptions {
  /** Names or categories of components; all of the point's where this is missing. */
  readonly components?: readonly string[];
  /** What holds for its components in place of what the point recorded. */
  readonly configuration?: Configuration;
  /** Only say what would be done. */
  readonly dryRun?: boolean;
  /** The words of the command line, for the operation log. */
  readonly command?: readonly string[];
  readonly onProgress?: (progress: { readonly bytes: number; readonly totalBytes: number }) => void;
  /** Before the decision an abort leaves everything as it was; after it the rollback is finished. */
  readonly signal?: AbortSignal;
}

/** A rollback that takes another operation back. */
export interface UndoingOptions extends RollbackOptions {
  readonly kind?: Extract<OperationKind, 'rollback' | 'undo' | 'redo'>;
  readonly undoes?: OperationId;
  /** Have a component that can't be swapped go back file by file. An undo does so anyway. */
  readonly swapIfPossible?: boolean;
}

type ShownPlan = Pick<ComponentPlan, 'component' | 'root' | 'steps' | 'kept'>;

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
  readonly problems: readonly RollbackProblem[];
  readonly displaced: CarriedOut['displaced'];
  readonly seconds: number;
}

/**
 * Rolls `text`'s point back. Throws before anything is changed: POINT_NOT_FOUND, COMPONENT_NOT_FOUND, LOCKED,
 * RECOVERY_NEEDED, OBJECT_MISSING, STORAGE_FULL, STEP_CONFLICT, TARGET_CONFLICT, UNSUPPORTED, ABORTED. Afterwards it
 * answers with the outcome, be it `reverted` or `inconsistent`.
 */
export async function rollback(
  session: Session,
  text: string,
  options: UndoingOptions = {},
): Promise<RollbackResult> {
  const started = performance.now();
  const target = await openTarget(session, text, options);
  const done = options.dryRun === true ? await dryRun(session, target) : await run(session, target, options);
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
  return { point, context, ...selectComponents(components, options.components) };
}

async function dryRun(session: Session, target: Target): Promise<Done> {
  const definitions = target.selected.map(({ record }) => definitionOf(record));
  const live = await readLiveState(session, definitions);
  const from = (name: string) => ({
    context: { source: live.source, format: session.store.format },
    ids: live.components.get(name)?.ids,
  });
  const components = await planAll(target, from);
  return { outcome: 'done', components: components.map(shown), problems: [], displaced: [] };
}

async function run(session: Session, target: Target, options: UndoingOptions): Promise<Done> {
  const { point, selected } = target;
  const begin = await beginOperation(session, {
    kind: options.kind ?? 'rollback',
    command: options.command ?? ['rollback', point.name],
    components: selected.map(({ record }) => record.name),
    target: { name: point.name, id: point.id },
    ...(options.undoes === undefined ? {} : { undoes: options.undoes }),
    madeRoots: selected.flatMap(({ record }) => missingDirectories(record.origin)),
  });
  let safety: LoggedPoint | undefined;
  let ready: Awaited<ReturnType<typeof prepare>>;
  try {
    ready = await prepare(session, target, { begin, options, onSafety: (made) => (safety = made) });
    if (ready.decision !== undefined) await journal.decide(session.store, ready.decision);
  } catch (error) {
    await giveUp(session, begin, { safety, error });
    throw error;
  }
  const components = ready.plans.map(shown);
  const { decision } = ready;
  if (decision === undefined || safety === undefined) {
    await logOperation(session, begin, { outcome: 'done', message: 'nothing differed', safety });
    await leaveJournal(session);
    return { outcome: 'done', components, problems: [], displaced: [], ...known(begin, safety) };
  }
  const carried = await carryOut(session, begin, { decision, safety });
  await endOperation(session, begin, { carried, safety });
  const { outcome, problems, displaced, message } = carried;
  const told = message === undefined ? {} : { message };
  return { outcome, components, problems, displaced, ...told, ...known(begin, safety) };
}

function known(begin: BeginRecord, safety: LoggedPoint | undefined) {
  return { operation: begin.id, ...(safety === undefined ? {} : { safety }) };
}

async function prepare(
  session: Session,
  target: Target,
  means: { begin: BeginRecord; options: UndoingOptions; onSafety: (safety: LoggedPoint) => void },
) {
  const { begin, options } = means;
  const plannedAtMs = Date.now();
  const isForward = begin.kind === 'rollback';
  const policies = new Map(
    target.selected.map(({ record }) => {
      const policy = policyOf(record, options.configuration?.components);
      return [record.name, isForward ? policy : policyBack(policy)];
    }),
  );
  for (const [name, policy] of policies) await requireParsable(name, policy);
  for (const { record } of target.selected) makeRoot(record.origin);
  const saved = await save(
    session,
    target.selected.map(({ record }) => ({ ...definitionOf(record), origin: realPath(record.origin) })),
    {
      ...{
        message: `Before ${begin.kind} to ${target.point.name}`,
        trigger: begin.kind,
        isSafetyPoint: true,
      },
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    },
  );
  const safety = { name: saved.point.name, id: saved.point.id };
  means.onSafety(safety);
  const { index } = await openSoundIndex(session.store);
  const reader = new ObjectReader(session.store, index);
  const context = { source: reader, format: session.store.format };
  const before = await readComponents(context, saved.point);
  const plans = await planAll({ ...target, context }, (name) => ({ context, ids: before.get(name)?.ids }));
  if (plans.every(({ steps }) => steps.length === 0)) return { plans, decision: undefined };
  const decision = await prepareAttempt(plans, {
    ...{ session, begin, attempt: 1, index, reader, safety, plannedAtMs, policies },
    mustSwap: isForward && options.swapIfPossible !== true,
    ...(options.onProgress === undefined ? {} : { onProgress: options.onProgress }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  return { plans, decision };
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

function shown({ component, root, steps, kept }: ComponentPlan): ShownPlan {
  return { component, root, steps, kept };
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
