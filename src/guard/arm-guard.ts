// Arms a guarded change: the point of the state before is taken, and the store knows of the change before it begins.
import { createHash } from 'node:crypto';
import { SavepointError } from '../../store/errors.js';
import type { OperationEntry } from '../../store/operations/operation-entry.js';
import { openOperationLog } from '../../store/operations/operation-log.js';
import type { ComponentDefinition } from '../components.js';
import { createTemporaryName } from '../composition.js';
import type { GuardPolicy } from '../configuration/configuration.js';
import { checkHealth, type HealthReport } from '../health/check-health.js';
import { operationOrigin } from '../operation-origin.js';
import { requireIdle } from '../rollback/begin-operation.js';
import { watchOperations } from '../rollback/watch-operations.js';
import { type SaveResult, save } from '../save.js';
import type { Session } from '../session.js';
import { armTrigger } from '../triggers/trigger.js';
import { readBootId } from './boot-clock.js';
import { guardJournal } from './guard-journal.js';
import type { ArmedPolicy, GuardBegin } from './guard-record.js';
import { requireUnguarded } from './require-unguarded.js';

export interface ArmOptions {
  /** The words of the change, for people and for the log. */
  readonly command: readonly string[];
  readonly definitions: readonly ComponentDefinition[];
  readonly policy: GuardPolicy;
  /** Repeat what was reverted before. */
  readonly force: boolean;
  readonly message?: string;
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
  const { command, definitions, policy, signal } = options;
  await requireUnguarded(session);
  const health = await checkHealth(policy.health);
  const beforePublishing = await watchOperations(session);
  const armedPolicy = await armPolicy(policy);
  const saved = await save(session, definitions, {
    ...{ message: options.message ?? `Before: ${command.join(' ')}`, trigger: 'guard', beforePublishing },
    ...{ health: health.level, command: ['guard', ...command] },
    ...(signal === undefined ? {} : { signal }),
  });
  const fingerprint = fingerprintOf(command, saved);
  if (!options.force) await requireUnquarantined(session, fingerprint);
  const begin: Omit<GuardBegin, 'number'> = {
    ...operationOrigin(),
    ...{ process: createTemporaryName(), bootId: readBootId(), startedAt: new Date().toISOString() },
    ...{ command, components: saved.point.components, fingerprint, policy: armedPolicy },
    point: { name: saved.point.name, id: saved.point.id },
  };
  return { begin: await arm(session, begin), saved, health };
}

async function armPolicy({ triggers, ...policy }: GuardPolicy): Promise<ArmedPolicy> {
  const armed = [];
  for (const rule of triggers) armed.push(await armTrigger(rule));
  return { ...policy, triggers: armed };
}

async function arm(session: Session, begin: Omit<GuardBegin, 'number'>): Promise<GuardBegin> {
  for (;;) {
    await requireUnguarded(session);
    const last = await guardJournal.read(session.store);
    const numbered = { ...begin, number: (last?.begin.number ?? 0) + 1 };
    if (!(await guardJournal.arm(session.store, numbered))) continue;
    try {
      // One that began meanwhile has seen nothing of this: one of both has to stand back.
      await requireIdle(session);
    } catch (error) {
      const guarded = await guardJournal.read(session.store);
      const reason = 'another operation was faster';
      if (guarded !== undefined)
        await guardJournal.advance(session.store, guarded, { state: 'dropped', reason });
      throw error;
    }
    return numbered;
  }
}

/** Equal for the same words on the same content. */
function fingerprintOf(command: readonly string[], { components }: SaveResult): string {
  const content = components.map(({ name, tree }) => [name, tree]);
  return createHash('sha256')
    .update(JSON.stringify(['guard', command, content]))
    .digest('hex');
}

/** Throws QUARANTINED where the last attempt with this fingerprint was taken back for what it led to. */
export async function requireUnquarantined(session: Session, fingerprint: string): Promise<void> {
  const entries = await openOperationLog(session.store).read();
  const last = entries.filter((entry) => entry.fingerprint === fingerprint).at(-1);
  if (last?.quarantined === true) throw quarantined(last);
}

function quarantined({ number, startedAt, message = '', id }: OperationEntry): SavepointError {
  return new SavepointError(
    'QUARANTINED',
    `This was tried on the same state at ${startedAt} (operation ${number}) and had to be taken back: ${message}. Nothing was changed now. If the cause is gone, add --force.`,
    { fields: { operation: id, startedAt } },
  );
}
