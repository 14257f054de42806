// The library's front door: an open store with everything that can be done with it. Each operation loads its code when
// it is first used.
import type { CollectResult as GcResult } from '../store/collect/collect-garbage.js';
import { isSavepointError } from '../store/errors.js';
import type { ObjectFormat } from '../store/object-id.js';
import type { OperationEntry } from '../store/operations/operation-entry.js';
import { bundlesOf, type SavepointBundles } from './bundle/bundles.js';
import type { GcOptions } from './collect.js';
import type { Configuration, RetentionPolicy } from './configuration/configuration.js';
import type { DoctorReport } from './doctor.js';
import type { FindOptions, FoundFile } from './find.js';
import { gitOf, type SavepointGit } from './git/git.js';
import type { ConfirmOptions, GuardAnswer } from './guard/confirm-guard.js';
import type { GuardFollowOptions, GuardStatus } from './guard/follow-guard.js';
import type { GuardOptions, GuardResult } from './guard/guard.js';
import type { Point } from './points.js';
import type { RecoverResult } from './recover.js';
import type { RemoveOptions } from './removed-points.js';
import type { RestoreOptions, RestoreResult } from './restore.js';
import type { RetainedPoints, RetainOptions } from './retention/retain.js';
import { requireIdle } from './rollback/begin-operation.js';
import type { FollowOptions } from './rollback/follow.js';
import type { OperationEvent } from './rollback/operation-event.js';
import type { RecoverOptions } from './rollback/recover.js';
import type { RollbackResult } from './rollback/rollback.js';
import type { RollbackOptions } from './rollback/rollback-options.js';
import type { RedoOptions, UndoOptions } from './rollback/undo.js';
import type { SaveOptions, SaveResult } from './save.js';
import type { ConfiguredSaveResult, SaveConfiguredOptions } from './save-configured.js';
import { changesOf, type SavepointChanges } from './savepoint-changes.js';
import { figuresOf, type SavepointFigures } from './savepoint-figures.js';
import { createSession, type OpenOptions, openSession, type Session } from './session.js';
import type { PathDetails, PointDetails } from './show.js';
import type { HistoryEntry } from './state/history.js';
import type { SavepointTables } from './state/tables.js';
import type { Stoppable } from './stoppable.js';
import type { VerifyOptions, VerifyReport } from './verify.js';
import { type SavepointViews, viewsOf } from './view/views.js';
import type { WatchOptions } from './watchdog/watch-host.js';

/** What of a path is left out, and whether to stay on one file system. */
export interface SavePathOptions extends SaveOptions {
  /** Patterns of what to leave out: one without a slash matches names at any depth, one with a slash whole paths. */
  readonly exclude?: readonly string[];
  readonly oneFileSystem?: boolean;
}

export interface Savepoint extends SavepointChanges, SavepointViews, SavepointFigures {
  /** The store's directory. */
  readonly location: string;
  /** Whether opening made the store. */
  readonly created: boolean;
  readonly objectFormat: ObjectFormat;
  /** Takes a recovery point of `paths` as they are. */
  save(paths: readonly string[], options?: SavePathOptions): Promise<SaveResult>;
  /**
   * Takes a recovery point of the components of a configuration, all or those named, as one; then removes the points that
   * its retention does not keep.
   */
  saveConfigured(
    configuration: Configuration,
    options?: SaveConfiguredOptions,
  ): Promise<ConfiguredSaveResult>;
  /** All points, oldest first. */
  list(): Promise<Point[]>;
  /** The points that are removed and can still be recovered, oldest first. */
  listRemoved(): Promise<Point[]>;
  /** The ids of the points that are pinned. */
  pins(): Promise<ReadonlySet<string>>;
  /** Keeps points from being removed. */
  pin(points: readonly string[]): Promise<Point[]>;
  unpin(points: readonly string[]): Promise<Point[]>;
  /** Removes points, all that are named or none. They can be recovered until garbage collection has come by. */
  forget(points: readonly string[], options?: RemoveOptions): Promise<Point[]>;
  /** Brings a removed point back, by its name or the start of its id. */
  recoverPoint(point: string, options?: RemoveOptions): Promise<Point>;
  /** Removes the points that no rule of `policy` keeps, and says why each is kept or dropped. */
  retain(policy: RetentionPolicy, options?: RetainOptions): Promise<RetainedPoints>;
  /** Frees the space of what no point needs, in two phases, while others save and read. */
  gc(options?: GcOptions): Promise<GcResult>;
  /** What a point holds. */
  show(point: string): Promise<PointDetails>;
  /** A file of a point, and what is in it where it is a directory. */
  showPath(point: string, path: string): Promise<PathDetails>;
  /** The content of a file of a point, in pieces. */
  cat(point: string, path: string, options?: Stoppable): AsyncGenerator<Uint8Array>;
  /** Every version of every path that matches, newest point first. */
  find(pattern: string, options?: FindOptions): AsyncGenerator<FoundFile>;
  /** What was captured of a component, when, at which position and by which operation, and what was put back; oldest first. */
  history(component: string, options?: Stoppable): Promise<HistoryEntry[]>;
  /** Makes a database of a point, `COMPONENT` or `COMPONENT:DATABASE`, anew under another name, beside the one in use. */
  restoreBeside(point: string, path: string, name: string, options?: Stoppable): Promise<void>;
  /** Single tables in databases. */
  readonly tables: SavepointTables;
  /** Points in files that carry them to other stores. */
  readonly bundle: SavepointBundles;
  /** Points to and from git. */
  readonly git: SavepointGit;
  /** Puts files back; single tables go back by `tables`, and throw USAGE here. */
  restore(point: string, options?: RestoreOptions): Promise<RestoreResult>;
  /**
   * Puts components back as a whole, behind a journal: after a crash at any instant they are as before or as the point
   * has them, once `recover` has run; and the rollback can be undone.
   */
  rollback(point: string, options?: RollbackOptions): Promise<RollbackResult>;
  /** Puts components back to the latest point that is known to be good, without a configuration. */
  emergencyRollback(options?: RollbackOptions): Promise<RollbackResult>;
  /** Goes back to the state before the last rollback that is not undone, or before the operation named. */
  undo(options?: UndoOptions): Promise<RollbackResult>;
  /** Takes back the last undo. */
  redo(options?: RedoOptions): Promise<RollbackResult>;
  /**
   * Makes a change that goes back by itself where it fails, takes too long, is not well afterwards, or, where somebody has
   * to confirm it, nobody does; also when this process is killed, or the machine restarts.
   */
  guard(options: GuardOptions): Promise<GuardResult>;
  /** Confirms the change that is on trial, or gives it more time. */
  confirm(options?: ConfirmOptions): Promise<GuardAnswer>;
  /** Takes the guarded change back now. */
  cancel(options?: GuardFollowOptions): Promise<GuardAnswer>;
  /** Watches the host by the triggers and checks of a configuration, and rolls back by its policy, until it is told to end. */
  watch(options: WatchOptions): Promise<void>;
  /** The change that is guarded now; `undefined` where there is none. */
  guardStatus(): Promise<GuardStatus | undefined>;
  /** Finishes, or drops, an operation that was interrupted, and takes back a guarded change that nobody sees to any more. */
  recover(options?: RecoverOptions): Promise<RecoverResult>;
  /**
   * What is told of an operation while it runs, in whichever process, until it is over; the generator returns its entry in
   * the log. Named by its number there or the start of its id; otherwise the operation under way, or the next one. Throws
   * OPERATION_NOT_FOUND, and RECOVERY_NEEDED where its process has died.
   */
  follow(operation?: string, options?: FollowOptions): AsyncGenerator<OperationEvent, OperationEntry, void>;
  /** The operation log, oldest first. */
  operations(): Promise<OperationEntry[]>;
  verify(options?: VerifyOptions): Promise<VerifyReport>;
  close(): Promise<void>;
}

/** Opens a store; with `create` it is made where there is none. */
export async function openSavepoint(options: OpenOptions = {}): Promise<Savepoint> {
  return savepointOf(await openSession(options));
}

/** Makes a store in `directory`. Throws STORE_EXISTS where there is one. */
export async function initSavepoint(
  directory: string,
  options: { readonly objectFormat?: ObjectFormat } = {},
): Promise<Savepoint> {
  return savepointOf(await createSession(directory, options.objectFormat ?? 'sha256'));
}

/**
 * The configuration in `file`, else of $SAVEPOINT_CONFIG, else of the nearest savepoint.yaml from the working directory
 * upwards, else of /etc/savepoint.yaml; `undefined` where there is none. Throws CONFIG_INVALID, which says where and what
 * was expected, UNSUPPORTED, PATH_NOT_FOUND and PERMISSION_DENIED.
 */
export async function readConfiguration(file?: string): Promise<Configuration | undefined> {
  return (await import('./configuration/read-configuration.js')).readConfiguration(file);
}

/** What this machine offers, and what is missing for full service. */
export async function doctor(options: OpenOptions = {}): Promise<DoctorReport> {
  return (await import('./doctor.js')).examine(options);
}

export function savepointOf(session: Session): Savepoint {
  return {
    location: session.location,
    created: session.created,
    objectFormat: session.store.format,
    async save(paths, options = {}) {
      const [{ save }, { componentsOfPaths }, { watchOperations }] = await Promise.all([
        import('./save.js'),
        import('./components.js'),
        import('./rollback/watch-operations.js'),
      ]);
      const beforePublishing = await watchOperations(session);
      return save(session, componentsOfPaths(paths, options), { ...options, beforePublishing });
    },
    saveConfigured: async (configuration, options = {}) =>
      (await import('./save-configured.js')).saveConfigured(session, configuration, options),
    list: async () => (await import('./list.js')).listPoints(session),
    ...careOf(session),
    ...guardOf(session),
    show: async (point) => (await import('./show.js')).showPoint(session, point),
    showPath: async (point, path) => (await import('./show.js')).showPath(session, { point, path }),
    async *cat(point, path, options = {}) {
      yield* (await import('./cat.js')).cat(session, { point, path }, options);
    },
    async *find(pattern, options = {}) {
      yield* (await import('./find.js')).find(session, pattern, options);
    },
    ...changesOf(session),
    ...dataOf(session),
    restore: (point, options = {}) => restoreFiles(session, point, options),
    rollback: async (point, options = {}) =>
      (await import('./rollback/rollback.js')).rollback(session, point, options),
    emergencyRollback: async (options = {}) =>
      (await import('./rollback/emergency.js')).emergencyRollback(session, options),
    undo: async (options = {}) => (await import('./rollback/undo.js')).undo(session, options),
    redo: async (options = {}) => (await import('./rollback/undo.js')).redo(session, options),
    async *follow(operation, options = {}) {
      return yield* (await import('./rollback/follow.js')).follow(session, operation, options);
    },
    operations: async () =>
      (await import('../store/operations/operation-log.js')).openOperationLog(session.store).read(),
    ...viewsOf(session),
    async verify(options = {}) {
      if (options.repair === true) await requireIdle(session);
      return (await import('./verify.js')).verify(session, options);
    },
    ...figuresOf(session),
    close: () => session.close(),
  };
}

async function restoreFiles(
  session: Session,
  point: string,
  options: RestoreOptions,
): Promise<RestoreResult> {
  if (options.dryRun !== true) {
    await requireIdle(session);
    await (await import('./guard/require-unguarded.js')).requireUnguarded(session);
  }
  try {
    return await (await import('./restore.js')).restore(session, point, options);
  } catch (error) {
    const { paths = [] } = options;
    if (isSavepointError(error, 'PATH_NOT_FOUND'))
      await (await import('./state/tables.js')).refuseTables(session, { point, paths });
    throw error;
  }
}

/** Changes that go back by themselves, and what is left of them after a crash. */
function guardOf(
  session: Session,
): Pick<Savepoint, 'guard' | 'confirm' | 'cancel' | 'guardStatus' | 'watch' | 'recover'> {
  const answers = () => import('./guard/confirm-guard.js');
  return {
    guard: async (options) => (await import('./guard/guard.js')).guard(session, options),
    confirm: async (options = {}) => (await answers()).confirmGuard(session, options),
    cancel: async (options = {}) => (await answers()).cancelGuard(session, options),
    guardStatus: async () => (await answers()).readGuardStatus(session),
    watch: async (options) => (await import('./watchdog/watch-host.js')).watchHost(session, options),
    recover: async (options = {}) => (await import('./recover.js')).recover(session, options),
  };
}

type Care = 'listRemoved' | 'pins' | 'pin' | 'unpin' | 'forget' | 'recoverPoint' | 'retain' | 'gc';

/** What becomes of old points. */
function careOf(session: Session): Pick<Savepoint, Care> {
  return {
    listRemoved: async () => (await import('./removed-points.js')).listRemovedPoints(session),
    pins: async () => (await import('./pins.js')).listPins(session),
    pin: async (points) => (await import('./pins.js')).pinPoints(session, points),
    unpin: async (points) => (await import('./pins.js')).unpinPoints(session, points),
    forget: async (points, options = {}) =>
      (await import('./removed-points.js')).forgetPoints(session, points, options),
    recoverPoint: async (point, options = {}) =>
      (await import('./removed-points.js')).recoverPoint(session, point, options),
    retain: async (policy, options = {}) =>
      (await import('./retention/retain.js')).retain(session, policy, options),
    gc: async (options = {}) => (await import('./collect.js')).gc(session, options),
  };
}

/** What there is of databases besides, and of points in files. */
function dataOf(
  session: Session,
): Pick<Savepoint, 'history' | 'restoreBeside' | 'tables' | 'bundle' | 'git'> {
  return {
    restoreBeside: async (point, path, name, options = {}) => {
      await requireIdle(session);
      await (await import('./state/tables.js')).restoreBeside(session, { point, path, name }, options);
    },
    history: async (component, options = {}) =>
      (await import('./state/history.js')).historyOf(session, component, options),
    tables: tablesOf(session),
    bundle: bundlesOf(session),
    git: gitOf(session),
  };
}

function tablesOf(session: Session): SavepointTables {
  return {
    has: async (point, path) => (await import('./state/tables.js')).isTable(session, { point, path }),
    async *read(point, path, options = {}) {
      yield* (await import('./state/tables.js')).readTable(session, { point, path }, options);
    },
    diff: async (sides) => (await import('./state/tables.js')).diffTable(session, sides),
    async restore(point, path, options = {}) {
      if (options.dryRun !== true) await requireIdle(session);
      return (await import('./state/tables.js')).restoreTable(session, { point, path }, options);
    },
  };
}
