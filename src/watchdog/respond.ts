// What the watchdog does about a finding: one rollback to the latest point that is known to be good, unless there have been
// too many. How many there were is read from the operation log, so that to start the watchdog again changes nothing.
import { isSavepointError } from '../../store/errors.js';
import type { OperationEntry } from '../../store/operations/operation-entry.js';
import type { Configuration, GuardPolicy } from '../configuration/configuration.js';
import { announce } from '../guard/announce.js';
import type { HealthWatch } from '../health/health-watch.js';
import { pause } from '../health/wait-for-health.js';
import { emergencyRollback } from '../rollback/emergency.js';
import { readRecent } from '../rollback/recent-operations.js';
import type { Session } from '../session.js';
import type { TriggerFinding } from '../triggers/trigger-watch.js';
import type { WatchNews } from './watch-event.js';

export interface ResponseMeans {
  readonly configuration: Configuration;
  readonly healthWatch: HealthWatch;
  readonly say: (news: WatchNews) => void;
  readonly signal: AbortSignal;
}

const HOUR_MS = 3_600_000;
const PASSING = ['LOCKED', 'RECOVERY_NEEDED', 'STEP_CONFLICT', 'STORAGE_FULL', 'STORAGE_FAILED'] as const;
/** How the log names rollbacks of the watchdog. */
const WATCHDOG = 'watchdog';

export async function respond(
  session: Session,
  finding: TriggerFinding,
  means: ResponseMeans,
): Promise<void> {
  const { configuration, healthWatch, say, signal } = means;
  const hold = (reason: string) => {
    say({ kind: 'held-back', reason });
    announce(`${finding.reason}. Nothing is rolled back: ${reason}`);
  };
  const { guard } = configuration;
  const before = recentRollbacks(await readRecent(session), Date.now());
  if (before.length >= guard.rollbacksPerHour) {
    hold(`there have been ${before.length} rollbacks within the hour`);
    return;
  }
  const waitMs = backOff(before, { guard, nowMs: Date.now() });
  if (waitMs > 0) {
    say({
      kind: 'held-back',
      reason: `the last rollback was just now; waiting for ${Math.ceil(waitMs / 1000)} s`,
    });
    await pause(waitMs, signal);
    if (signal.aborted) return;
    if (finding.rule.on === 'failure' && (await healthWatch.ask()) === undefined) {
      say({ kind: 'held-back', reason: 'all is well again' });
      return;
    }
  }
  try {
    if (await goBack(session, finding, { configuration, say, hold })) healthWatch.reset();
  } catch (error) {
    if (!isSavepointError(error)) throw error;
    hold(error.message);
    // What passes: while the host stays ill, it is tried again, as often as that may be.
    if (isSavepointError(error, ...PASSING)) healthWatch.reset();
  }
}

/** Answers whether there was anything to be rolled back. */
async function goBack(
  session: Session,
  { rule, reason }: TriggerFinding,
  means: Pick<ResponseMeans, 'configuration' | 'say'> & { readonly hold: (reason: string) => void },
): Promise<boolean> {
  const { configuration, say, hold } = means;
  const isPartial = configuration.guard.partial && rule.components !== undefined;
  const result = await emergencyRollback(session, {
    ...{ onlyGood: true, holding: configuration.components.map(({ name }) => name) },
    ...{ configuration, command: [WATCHDOG, rule.on, reason] },
    withData: configuration.guard.withData === true,
    ...(isPartial ? { components: rule.components } : {}),
  });
  const { outcome, operation, message, point, components } = result;
  if (components.every(({ steps, state }) => steps.length + (state?.steps.length ?? 0) === 0)) {
    hold(`everything is as at ${point.name} already`);
    return false;
  }
  say({
    ...{ kind: 'rolled-back', point: point.name, outcome },
    ...(operation === undefined ? {} : { operation }),
    ...(message === undefined ? {} : { message }),
  });
  announce(
    `${reason}. Rolled back to ${point.name}: ${outcome}${message === undefined ? '' : ` (${message})`}`,
  );
  return true;
}

/** Those of the watchdog, of the last hour, oldest first. One that found nothing to do counts: to try again is no use. */
export function recentRollbacks(entries: readonly OperationEntry[], nowMs: number): OperationEntry[] {
  return entries.filter(
    ({ command, startedAt }) => command[0] === WATCHDOG && nowMs - Date.parse(startedAt) < HOUR_MS,
  );
}

/** How long to wait yet: twice as long after each rollback. Times that lie ahead, of a clock that was set back, count as now. */
export function backOff(
  before: readonly OperationEntry[],
  { guard, nowMs }: { readonly guard: Pick<GuardPolicy, 'backOffMs'>; readonly nowMs: number },
): number {
  const last = before.at(-1);
  if (last === undefined) return 0;
  const sinceMs = Math.max(0, nowMs - Date.parse(last.startedAt) - last.seconds * 1000);
  return Math.max(0, guard.backOffMs * 2 ** (before.length - 1) - sinceMs);
}
