// The library for programs that guard a whole system: recovery points of configured components, and rollbacks as operations
// that can be watched and stopped. All of it is `Savepoint` underneath.
import { SavepointError } from '../store/errors.js';
import type { ObjectId } from '../store/object-id.js';
import type { OperationEntry, OperationId } from '../store/operations/operation-entry.js';
import type { Configuration } from './configuration/configuration.js';
import { createOperationId } from './operation-origin.js';
import type { Point } from './points.js';
import { ProgressChannel } from './rollback/progress-channel.js';
import { ProgressMeter } from './rollback/progress-meter.js';
import type { RecoverOptions, RecoverResult } from './rollback/recover.js';
import type { RollbackResult } from './rollback/rollback.js';
import type { RollbackOptions } from './rollback/rollback-options.js';
import type { ProgressListener, RollbackProgress } from './rollback/rollback-progress.js';
import type { RedoOptions, UndoOptions } from './rollback/undo.js';
import type { SaveConfiguredOptions } from './save-configured.js';
import { readConfiguration, type Savepoint, savepointOf } from './savepoint.js';
import { type OpenOptions, openSession, type Session } from './session.js';

/** What identifies a recovery point: the id of its tag. */
export type RecoveryPointId = ObjectId & { readonly idOf: 'recovery point' };

/** What identifies the state that a recovery point holds: the id of its commit. */
export type SnapshotId = ObjectId & { readonly idOf: 'snapshot' };

export type RollbackOperationId = OperationId;

export interface RecoveryPoint extends Point {
  readonly id: RecoveryPointId;
  readonly commit: SnapshotId;
}

export interface RollbackSystemOptions extends Omit<OpenOptions, 'config'> {
  /**
   * The configuration, or its file; looked for as `readConfiguration` does where this is missing. A file is read whenever it
   * is needed: it may change, and what is wrong with it keeps nobody from an emergency rollback.
   */
  readonly config?: string | Configuration;
}

export type RecoveryPointOptions = Pick<
  SaveConfiguredOptions,
  'components' | 'name' | 'tags' | 'pin' | 'onProgress' | 'signal'
>;

/** All components of the point, or those that are named. */
export type RollbackScope = 'full' | 'partial';

export interface RollbackRequest
  extends Pick<RollbackOptions, 'withData' | 'dryRun' | 'onProgress' | 'signal'> {
  readonly scope: RollbackScope;
  /** A point, its name, or the start of its id. */
  readonly point: Point | string;
  /** Names or categories: of a partial rollback, and only of that. */
  readonly components?: readonly string[];
}

/** A rollback under way. */
export interface RollbackOperation {
  /** As the operation log will have it. */
  readonly id: RollbackOperationId;
  /**
   * How far it has come, for each reader from the beginning on: at least the latest event of each phase that is over, then
   * live ones. Ends with the operation, and throws what that throws. Who stops reading does not stop the operation.
   */
  progress(): AsyncIterable<RollbackProgress>;
  /** Tells `listener`, from now on. What it throws ends the listening, and is thrown once the operation is over. */
  onProgress(listener: ProgressListener): void;
  /** Settles when the operation is over, as `Savepoint.rollback` does. A failure that nobody asks for is not reported. */
  readonly result: Promise<RollbackResult>;
  /** Before the decision everything stays as it was, and the result is ABORTED; after it the rollback is finished. */
  abort(): void;
}

export interface RollbackSystem {
  /** What all of this is done with. */
  readonly savepoint: Savepoint;
  /**
   * Takes a recovery point of the configured components, all or those named. Throws COMPONENT_NOT_FOUND where nothing is
   * configured, and what `Savepoint.saveConfigured` throws.
   */
  createRecoveryPoint(message?: string, options?: RecoveryPointOptions): Promise<RecoveryPoint>;
  /** Oldest first. */
  listRecoveryPoints(): Promise<RecoveryPoint[]>;
  /** Starts a rollback. Throws USAGE at once where scope and components do not fit. */
  executeRollback(request: RollbackRequest): RollbackOperation;
  /** To the latest point that is known to be good, whatever the configuration says. */
  emergencyRollback(
    options?: Pick<RollbackOptions, 'dryRun' | 'onProgress' | 'signal'>,
  ): Promise<RollbackResult>;
  /** The components of the category `configuration`, to `point` or the latest one. */
  rollbackConfiguration(
    point?: Point | string,
    options?: Pick<RollbackOptions, 'dryRun' | 'onProgress' | 'signal'>,
  ): Promise<RollbackResult>;
  undo(options?: UndoOptions): Promise<RollbackResult>;
  redo(options?: RedoOptions): Promise<RollbackResult>;
  recover(options?: RecoverOptions): Promise<RecoverResult>;
  /** The operation log, oldest first. */
  operations(): Promise<OperationEntry[]>;
  /** Waits for the operations that were started here, and closes the store. */
  close(): Promise<void>;
}

/** Opens a store as `openSavepoint` does, and throws what that throws. */
export async function openRollbackSystem(options: RollbackSystemOptions = {}): Promise<RollbackSystem> {
  const { config, ...open } = options;
  const session = await openSession({ ...open, ...(typeof config === 'string' ? { config } : {}) });
  if (typeof config === 'object') await session.adapters.addModules(config.adapters);
  const savepoint = savepointOf(session);
  const running = new Set<Promise<unknown>>();
  const track = <T>(work: Promise<T>): Promise<T> => {
    const tracked = work.finally(() => running.delete(tracked));
    running.add(tracked);
    return tracked;
  };
  const readConfig = async () => (typeof config === 'object' ? config : readConfiguration(config));
  const executeRollback = (request: RollbackRequest) => {
    requireFitting(request);
    const operation = startRollback(session, request, readConfig);
    track(operation.result).catch(() => undefined);
    return operation;
  };
  return {
    savepoint,
    createRecoveryPoint: (message, settings = {}) =>
      track(
        createPoint(savepoint, readConfig, { ...settings, ...(message === undefined ? {} : { message }) }),
      ),
    listRecoveryPoints: async () => (await savepoint.list()).map(recoveryPointOf),
    executeRollback,
    emergencyRollback: (settings) => track(savepoint.emergencyRollback(settings)),
    rollbackConfiguration: (point = 'latest', settings = {}) =>
      executeRollback({ ...settings, scope: 'partial', point, components: ['configuration'] }).result,
    undo: (settings) => track(savepoint.undo(settings)),
    redo: (settings) => track(savepoint.redo(settings)),
    recover: (settings) => track(savepoint.recover(settings)),
    operations: () => savepoint.operations(),
    async close() {
      while (running.size > 0) await Promise.allSettled(running);
      await savepoint.close();
    },
  };
}

type ReadConfig = () => Promise<Configuration | undefined>;

async function createPoint(
  savepoint: Savepoint,
  readConfig: ReadConfig,
  options: SaveConfiguredOptions,
): Promise<RecoveryPoint> {
  const configuration = await readConfig();
  if (configuration !== undefined)
    return recoveryPointOf((await savepoint.saveConfigured(configuration, options)).point);
  throw new SavepointError(
    'COMPONENT_NOT_FOUND',
    "There is no configuration that says what a recovery point holds. Hand one over as 'config', write a savepoint.yaml, or save paths by 'savepoint.save'.",
  );
}

function recoveryPointOf(point: Point): RecoveryPoint {
  return point as RecoveryPoint;
}

function requireFitting(request: RollbackRequest): void {
  const complaint = complaintAbout(request);
  if (complaint === undefined) return;
  throw new SavepointError('USAGE', complaint, { fields: { scope: request.scope } });
}

function complaintAbout({ scope, components }: RollbackRequest): string | undefined {
  switch (scope) {
    case 'full':
      if (components === undefined) return undefined;
      return "A full rollback takes all components of the point: leave 'components' out, or make the scope 'partial'.";
    case 'partial':
      if (components !== undefined && components.length > 0) return undefined;
      return "A partial rollback takes components by name or category: give 'components', or make the scope 'full'.";
    default:
      return `'${scope}' is no scope of a rollback: say 'full' or 'partial'.`;
  }
}

function startRollback(
  session: Session,
  request: RollbackRequest,
  readConfig: ReadConfig,
): RollbackOperation {
  const { point, components, withData, dryRun, signal, onProgress } = request;
  const controller = new AbortController();
  const meter = new ProgressMeter(createOperationId(), onProgress);
  const channel = new ProgressChannel();
  meter.listen(channel.tell);
  const run = async () => {
    const { rollback } = await import('./rollback/rollback.js');
    const configuration = await readConfig();
    return rollback(session, typeof point === 'string' ? point : point.id, {
      meter,
      signal: signal === undefined ? controller.signal : AbortSignal.any([signal, controller.signal]),
      ...(components === undefined ? {} : { components }),
      ...(withData === undefined ? {} : { withData }),
      ...(dryRun === undefined ? {} : { dryRun }),
      ...(configuration === undefined ? {} : { configuration }),
    });
  };
  const result = run();
  result.then(
    () => channel.end(),
    (error: unknown) => channel.end({ error }),
  );
  return {
    id: meter.operation,
    progress: () => channel.read(),
    onProgress: (listener) => meter.listen(listener),
    result,
    abort: () => controller.abort(),
  };
}
