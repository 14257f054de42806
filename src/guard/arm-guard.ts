// Arms a guarded change: the point of the state before is taken, and the store knows of the change before it begins.

import { SavepointError } from '../../store/errors.js';
import type { ComponentDefinition } from '../components.js';
import { createTemporaryName } from '../composition.js';
import type { Configuration, TriggerRule } from '../configuration/configuration.js';
import { recordConfiguration } from '../configuration/record-configuration.js';
import { checkHealth, type HealthReport } from '../health/check-health.js';
import { operationOrigin } from '../operation-origin.js';
import { listAllPointRefs } from '../points.js';
import { fingerprintOf, requireUnquarantined } from '../quarantine.js';
import { requireIdle } from '../rollback/begin-operation.js';
import { watchOperations } from '../rollback/watch-operations.js';
import { type SaveResult, save } from '../save.js';
import type { Session } from '../session.js';
import { armTrigger } from '../triggers/trigger.js';
import { takeBallast } from './ballast.js';
import { readBootId } from './boot-clock.js';
import { guardJournal } from './guard-journal.js';
import type { ArmedPolicy, GuardBegin, GuardedPolicy } from './guard-record.js';
import { requireUnguarded } from './require-unguarded.js';
import { logSettled, settleGuard } from './settle-guard.js';

export interface ArmOptions {
  /** The words of the change, for people and for the log. */
  readonly command: readonly string[];
  readonly definitions: readonly ComponentDefinition[];
  readonly policy: GuardedPolicy & { readonly triggers: readonly TriggerRule[] };
  /** Repeat what was reverted before. */
  readonly force: boolean;
  readonly message?: string;
  /** What the definitions and the policy come from, where it is one. */
  readonly configuration?: Configuration | undefined;
  readonly signal?: AbortSignal;
}

export interface Armed {
  readonly begin: GuardBegin;
  readonly saved: SaveResult;
  readonly health: HealthReport;
}

/**
 * Throws LOCKED where another change is guarded or an operation is under way, QUARANTINED for a change that was reverted
 * on the same state, UNSUPPORTED for a trigger that can't be watched, and what a save throws. Nothing is armed then.
 */
export async function armGuard(session: Session, options: ArmOptions): Promise<Armed> {
  const { command, definitions, policy, signal, configuration } = options;
  await requireUnguarded(session);
  requireSharedAdapters(session, definitions);
  const health = await checkHealth(policy.health);
  const beforePublishing = await watchOperations(session);
  const armedPolicy = await armPolicy(policy);
  const saved = await save(session, definitions, {
    ...{ message: options.message ?? `Before: ${command.join(' ')}`, trigger: 'guard', beforePublishing },
    ...{ health: health.level, command: ['guard', ...command] },
    ...(signal === undefined ? {} : { signal }),
    ...(configuration === undefined ? {} : { configuration: recordConfiguration(configuration) }),
  });
  // The same words on the same content.
  const fingerprint = fingerprintOf(
    'guard',
    command,
    saved.components.map((component) => [component.name, component.fingerprint]),
  );
  if (!options.force) await requireUnquarantined(session, fingerprint);
  const begin: Omit<GuardBegin, 'number'> = {
    ...operationOrigin(),
    ...{ process: createTemporaryName(), bootId: readBootId(), startedAt: new Date().toISOString() },
    ...{ command, components: saved.point.components, fingerprint, policy: armedPolicy },
    categories: Object.fromEntries(
      definitions.map(({ name, role }) => [name, role?.category ?? 'filesystem']),
    ),
    ...adaptersOf(session, definitions),
    point: { name: saved.point.name, id: saved.point.id },
  };
  return { begin: await arm(session, begin), saved, health };
}

/** Who takes the change back is another process. */
function requireSharedAdapters({ adapters }: Session, definitions: readonly ComponentDefinition[]): void {
  for (const { name, settings, role } of definitions) {
    if (settings === undefined || role === undefined || !adapters.isOfCaller(role.kind)) continue;
    throw new SavepointError(
      'UNSUPPORTED',
      `${name} is of the kind '${role.kind}', whose adapter only this process has, and no watchdog could take the change back. Put it into a module, and name that under 'adapters' in the configuration.`,
      { fields: { component: name, kind: role.kind } },
    );
  }
}

/** What a watchdog has to load to take the change back. */
function adaptersOf(
  { adapters }: Session,
  definitions: readonly ComponentDefinition[],
): Pick<GuardBegin, 'kinds' | 'adapters'> {
  const ofState = definitions.filter(({ settings }) => settings !== undefined);
  const kinds = [...new Set(ofState.flatMap(({ role }) => role?.kind ?? []))];
  const modules = adapters.modules();
  return { ...(kinds.length === 0 ? {} : { kinds }), ...(modules.length === 0 ? {} : { adapters: modules }) };
}

async function armPolicy({ triggers, ...policy }: ArmOptions['policy']): Promise<ArmedPolicy> {
  const armed = [];
  for (const rule of triggers) armed.push(await armTrigger(rule));
  return { ...policy, triggers: armed };
}

async function arm(session: Session, begin: Omit<GuardBegin, 'number'>): Promise<GuardBegin> {
  for (;;) {
    await requireUnguarded(session);
    const last = await guardJournal.read(session);
    // Its records go: what they say has to be in the log.
    if (last !== undefined) await logSettled(session, last);
    const numbered = { ...begin, number: (last?.begin.number ?? 0) + 1 };
    if (!(await guardJournal.arm(session, numbered))) continue;
    try {
      // One that began meanwhile has seen nothing of this: one of both has to stand back.
      await requireIdle(session);
      await requirePoint(session, begin);
    } catch (error) {
      const guarded = await guardJournal.readState(session, numbered);
      const reason = 'another operation was faster';
      if (guarded !== undefined) await settleGuard(session, guarded, { state: 'dropped', reason });
      throw error;
    }
    takeBallast(session);
    return numbered;
  }
}

/** From now on the point is kept; until now somebody could remove it. */
async function requirePoint(session: Session, { point }: Omit<GuardBegin, 'number'>): Promise<void> {
  if ((await listAllPointRefs(session)).some(({ id }) => id === point.id)) return;
  throw new SavepointError(
    'REF_MOVED',
    `${point.name} was removed before the change began; nothing was changed. Repeat.`,
    {
      fields: { point: point.name },
    },
  );
}
