// Everything of a rollback that comes before its decision: what holds for its components, how well the host is, the safety
// point, the plan, and what it takes.
import { SavepointError } from '../../store/errors.js';
import { openSoundIndex } from '../../store/index/open-sound-index.js';
import { ObjectReader } from '../../store/object-reader.js';
import type { LoggedPoint } from '../../store/operations/operation-entry.js';
import { makeDirectories, type NotChecked, realPath, statPath } from '../composition.js';
import type { PatientHealthCheck } from '../health/wait-for-health.js';
import type { BeginRecord } from '../journal/journal-record.js';
import { definitionOf } from '../live-state.js';
import { readComponents } from '../point-tree.js';
import { save } from '../save.js';
import type { Session } from '../session.js';
import { documentSource } from '../state/state-reader.js';
import { expectHealth } from './expect-health.js';
import { isChanged } from './plan-rollback.js';
import { prepareAttempt } from './prepare-attempt.js';
import type { ProgressMeter } from './progress-meter.js';
import { type InnerRollbackOptions, isForward, type RollbackOptions } from './rollback-options.js';
import { planAll, type Target } from './rollback-target.js';
import { type ComponentPolicy, policyBack, policyOf, requireParsable } from './validate-components.js';
import { sizeOf } from './weigh-steps.js';

export interface RollbackMeans {
  readonly options: InnerRollbackOptions;
  readonly meter: ProgressMeter;
}

/** The decision is missing where nothing differs. Throws before anything that is visible has changed. */
export async function prepareRollback(
  session: Session,
  target: Target,
  means: RollbackMeans & { begin: BeginRecord; onSafety: (safety: LoggedPoint) => void },
) {
  const { begin, options, meter } = means;
  const plannedAtMs = Date.now();
  const isSound = isForward(options);
  const policies = policiesOf(target, options);
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
  const context = documentSource(reader, session.store.format);
  const before = await readComponents(context, saved.point);
  const plans = await planAll(
    session,
    { ...target, context },
    {
      from: (name) => ({ context, ids: before.get(name)?.ids, only: before.get(name)?.record.only }),
      neverRevert: ({ name }) => policies.get(name)?.neverRevert ?? [],
    },
  );
  let notChecked: readonly NotChecked[] = [];
  if (!plans.some(isChanged)) return { plans, health, notChecked, decision: undefined };
  const decision = await prepareAttempt(plans, {
    ...{ session, begin, attempt: 1, index, reader, safety, plannedAtMs, policies, meter },
    before: new Map([...before].map(([name, { record }]) => [name, record])),
    displaceConflicts: options.displaceConflicts === true,
    onNotChecked: (found) => (notChecked = found),
    mustBeWell: isSound,
    mustSwap: isSound && options.swapIfPossible !== true,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  return { plans, health, notChecked, decision };
}

function policiesOf({ selected }: Target, options: InnerRollbackOptions): Map<string, ComponentPolicy> {
  const isSound = isForward(options);
  return new Map(
    selected.map(({ record }) => {
      const policy = policyOf(record, options.configuration?.components);
      return [record.name, isSound ? policy : policyBack(policy)];
    }),
  );
}

/** As the configuration's schema has it. */
const HEALTH_TIMEOUT_MS = 5 * 60_000;

function healthChecksOf({ configuration, health = [] }: RollbackOptions): readonly PatientHealthCheck[] {
  return [...(configuration?.guard.health ?? []), ...health];
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
