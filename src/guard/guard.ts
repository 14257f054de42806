// A change that goes back by itself: it is made between a point and a trial, and a watchdog, a process of its own, sees to it
// that it goes back unless all is well in the end.
import { lstatSync, realpathSync, statSync } from 'node:fs';
import { SavepointError } from '../../store/errors.js';
import type { OperationId } from '../../store/operations/operation-entry.js';
import { type ComponentDefinition, componentsOfPaths } from '../components.js';
import type { Configuration, GuardPolicy } from '../configuration/configuration.js';
import { definitionsOf } from '../configuration/definitions-of.js';
import type { HealthReport } from '../health/check-health.js';
import type { PatientHealthCheck } from '../health/wait-for-health.js';
import { type BootRecovery, findBootRecovery } from '../install/boot-recovery.js';
import type { PointProblem } from '../point-record.js';
import type { Point } from '../points.js';
import { requireLocated, type Session } from '../session.js';
import { type Armed, type ArmOptions, armGuard } from './arm-guard.js';
import { followGuard, type GuardFollowOptions, type GuardStatus, statusOf } from './follow-guard.js';
import { type Guarded, guardJournal } from './guard-journal.js';
import type { RollbackTrigger } from './guard-record.js';
import { type Change, makeChange } from './make-change.js';
import { settleGuard } from './settle-guard.js';
import { keepWatchdog } from './start-watchdog.js';

export interface GuardOptions {
  readonly change: Change;
  /** What is guarded: the components of a configuration, all or those named, or `paths`. */
  readonly configuration?: Configuration;
  readonly components?: readonly string[];
  readonly paths?: readonly string[];
  readonly exclude?: readonly string[];
  readonly oneFileSystem?: boolean;
  /** Checks besides those of the configuration. Functions are looked at by this process, before the trial begins. */
  readonly health?: readonly PatientHealthCheck[];
  /** These hold in place of what the configuration says. */
  readonly timeoutMs?: number;
  readonly confirmMs?: number;
  /** Take data, of the category database, back, too; as the configuration says unless set. */
  readonly withData?: boolean;
  /** Repeat a change that was taken back on the same state. */
  readonly force?: boolean;
  /** Answer as soon as only the confirmation is missing. */
  readonly detach?: boolean;
  readonly message?: string;
  readonly onArmed?: (armed: Pick<Armed, 'saved' | 'health'> & Pick<GuardResult, 'bootRecovery'>) => void;
  readonly onStatus?: (status: GuardStatus) => void;
  /** Before the change begins, nothing happens; while it is made, it is stopped and taken back; later, only the waiting ends. */
  readonly signal?: AbortSignal;
}

export interface GuardResult extends GuardStatus {
  readonly saved: Point;
  /** Files that the point does not hold, or not as they were. */
  readonly problems: readonly PointProblem[];
  /** Whether it goes back by itself, too, where the machine restarts before it is final. */
  readonly bootRecovery: BootRecovery;
  /** Of the command; missing where there was none, or where it was ended. */
  readonly exitCode?: number;
  /** What went wrong with it, though that may have been no reason to take it back. */
  readonly failure?: string;
  /** What took it back, and why. */
  readonly trigger?: RollbackTrigger;
  readonly reason?: string;
  /** The components that went back, where these are not all that are guarded. */
  readonly wentBack?: readonly string[];
  readonly confirmedBy?: string;
  readonly health?: HealthReport;
  readonly rollback?: OperationId;
  /** The state that the change had led to, before it was taken back. */
  readonly safety?: { readonly name: string; readonly id: string };
  /** Processes of the change that were ended for it. */
  readonly stopped?: readonly string[];
  readonly seconds: number;
}

/** What a listener throws must not keep a change from being taken back: it is thrown when that is over. */
class Listening {
  private failure: { readonly error: unknown } | undefined;

  constructor(private readonly listener: GuardOptions['onStatus']) {}

  readonly tell = (status: GuardStatus): void => {
    if (this.failure !== undefined) return;
    try {
      this.listener?.(status);
    } catch (error) {
      this.failure = { error };
    }
  };

  throwFailure(): void {
    if (this.failure !== undefined) throw this.failure.error;
  }
}

/** As the configuration's schema has it. */
const DEFAULT_POLICY: ArmOptions['policy'] = {
  timeoutMs: 5 * 60_000,
  triggers: [
    { on: 'failure', do: 'revert' },
    { on: 'timeout', do: 'revert' },
  ],
  ...{ watchMs: 5000, partial: false, priority: [], health: [] },
};

/**
 * Makes a change under guard and answers how that ended. Throws before anything is changed: what a save throws, LOCKED,
 * RECOVERY_NEEDED, QUARANTINED, UNSUPPORTED, PATH_NOT_FOUND for a command that is not there, ABORTED.
 */
export async function guard(session: Session, options: GuardOptions): Promise<GuardResult> {
  const started = performance.now();
  requireLocated(session, 'A guarded change');
  const listening = new Listening(options.onStatus);
  const { policy, functions } = policyOf(options);
  await session.adapters.addModules(options.configuration?.adapters ?? []);
  const definitions = definitionsFor(options);
  requireComponents(definitions.length);
  const { change, signal, message } = options;
  const armed = await armGuard(session, {
    ...{ command: wordsOf(change), definitions, policy, force: options.force ?? false },
    configuration: options.configuration,
    ...(message === undefined ? {} : { message }),
    ...(signal === undefined ? {} : { signal }),
  });
  const bootRecovery = findBootRecovery(session.location);
  options.onArmed?.({ ...armed, bootRecovery });
  const { end, release } = await carryThrough(session, { armed, functions, options, listening });
  try {
    // What was stopped while it was made is still seen to its end.
    const wasStopped = options.signal?.aborted === true;
    const guarded = await followGuard(
      session,
      armed.begin,
      followOptions(options, { wasStopped, listening }),
    );
    listening.throwFailure();
    const { exitCode, failure } = end ?? {};
    const of = {
      ...(exitCode === undefined ? {} : { exitCode }),
      ...(failure === undefined ? {} : { failure }),
    };
    return {
      ...resultOf(guarded, armed),
      ...of,
      bootRecovery,
      seconds: (performance.now() - started) / 1000,
    };
  } finally {
    release();
  }
}

function definitionsFor(options: GuardOptions): ComponentDefinition[] {
  const { configuration, components, paths = [], exclude = [], oneFileSystem = false } = options;
  for (const path of paths) requireNoLink(path);
  return configuration === undefined
    ? componentsOfPaths(paths, { exclude, oneFileSystem })
    : definitionsOf(configuration, components);
}

/** Who names a link to a directory means what is in that, which would not be guarded. */
function requireNoLink(path: string): void {
  const status = lstatSync(path, { throwIfNoEntry: false });
  if (status?.isSymbolicLink() !== true) return;
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) return;
  const real = realpathSync(path);
  throw new SavepointError(
    'USAGE',
    `${path} is a link to the directory ${real}: name that. Nothing was changed.`,
    {
      fields: { path, target: real },
    },
  );
}

type Means = {
  readonly armed: Armed;
  readonly functions: readonly PatientHealthCheck[];
  readonly options: GuardOptions;
  readonly listening: Listening;
};

async function carryThrough(session: Session, { armed, functions, options, listening }: Means) {
  const { change, signal } = options;
  let watchdog: { release(): void } | undefined;
  try {
    watchdog = await keepWatchdog(session, armed.begin);
    const { release } = watchdog;
    const end = await makeChange(session, armed.begin, {
      ...{ change, functions },
      ...(signal === undefined ? {} : { signal }),
      onStatus: listening.tell,
    });
    return { end, release };
  } catch (error) {
    watchdog?.release();
    const guarded = await guardJournal.readState(session, armed.begin);
    const reason = error instanceof Error ? error.message : String(error);
    if (guarded?.last.state === 'armed') await settleGuard(session, guarded, { state: 'dropped', reason });
    throw error;
  }
}

function policyOf(options: GuardOptions) {
  const base: ArmOptions['policy'] = options.configuration?.guard ?? DEFAULT_POLICY;
  const added = options.health ?? [];
  const isFunction = ({ probe }: PatientHealthCheck) => probe.kind === 'function';
  const plain = added.filter((check) => !isFunction(check)) as unknown as GuardPolicy['health'];
  const { timeoutMs, confirmMs, watchMs, triggers, partial, priority, withData } = base;
  const policy: ArmOptions['policy'] = {
    ...{ timeoutMs, watchMs, triggers, partial, priority, withData: options.withData ?? withData === true },
    ...(confirmMs === undefined ? {} : { confirmMs }),
    health: [...base.health, ...plain],
    ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
    ...(options.confirmMs === undefined ? {} : { confirmMs: options.confirmMs }),
  };
  return { policy, functions: added.filter(isFunction) };
}

function followOptions(
  { detach, signal }: GuardOptions,
  { wasStopped, listening }: { readonly wasStopped: boolean; readonly listening: Listening },
): GuardFollowOptions {
  return {
    onStatus: listening.tell,
    ...(signal === undefined || wasStopped ? {} : { signal }),
    ...(detach === true ? { until: isWaitingForPeople } : {}),
  };
}

function isWaitingForPeople({ needsConfirmation, awaitsHealth }: GuardStatus): boolean {
  return needsConfirmation && !awaitsHealth;
}

function wordsOf(change: Change): readonly string[] {
  return 'command' in change ? change.command : [change.name];
}

function resultOf(guarded: Guarded, { saved }: Armed): Omit<GuardResult, 'seconds' | 'bootRecovery'> {
  return { ...statusOf(guarded), ...endingOf(guarded), saved: saved.point, problems: saved.problems };
}

/** What the last state says besides. */
function endingOf({ last }: Guarded): Partial<GuardResult> {
  switch (last.state) {
    case 'reverted':
    case 'inconsistent': {
      const { trigger, reason, rollback, safety, stopped, components } = last;
      return {
        ...{ trigger, reason },
        ...(components && { wentBack: components }),
        ...(rollback && { rollback }),
        ...(safety && { safety }),
        ...(stopped && { stopped }),
      };
    }
    case 'confirmed':
    case 'trial':
      return {
        ...(last.confirmedBy && { confirmedBy: last.confirmedBy }),
        ...(last.health && { health: last.health }),
      };
    case 'dropped':
      return { reason: last.reason };
    default:
      return {};
  }
}

function requireComponents(count: number): void {
  if (count > 0) return;
  throw new SavepointError(
    'USAGE',
    'Nothing is guarded: name the paths that the change may touch, or write their components into a savepoint.yaml.',
  );
}
