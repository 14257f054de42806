// What makes a host go back by itself: the rules that are configured, what was found when they were armed, and what a look
// at them tells.
import type { TriggerRule } from '../configuration/configuration.js';
import type { Session } from '../session.js';
import { armCorruption, type CorruptionBaseline, lookForCorruption } from './corruption.js';
import { armLog, type LogBaseline, lookAtLog } from './critical-log.js';
import type { Look } from './look.js';
import { armServices, lookAtServices, type ServiceBaseline } from './services.js';

export type TriggerBaseline = ServiceBaseline | LogBaseline | CorruptionBaseline;

/** A rule, and what it is compared with. Plain data: another process can go on with it. */
export interface ArmedTrigger {
  readonly rule: TriggerRule;
  readonly baseline?: TriggerBaseline;
}

/** Notes how things are now. Throws UNSUPPORTED for what this machine has no means to look at. */
export async function armTrigger(rule: TriggerRule): Promise<ArmedTrigger> {
  switch (rule.on) {
    case 'service':
      return { rule, baseline: await armServices(rule) };
    case 'critical-log':
      return { rule, baseline: armLog(rule) };
    case 'corruption':
      return { rule, baseline: await armCorruption(rule) };
    default:
      return { rule };
  }
}

/** What is wrong by now with what the trigger watches, if anything, and the trigger as the next look takes it. */
export async function lookAtTrigger(
  session: Session,
  trigger: ArmedTrigger,
): Promise<{ readonly reason: string | undefined; readonly trigger: ArmedTrigger }> {
  const { rule } = trigger;
  const look = await lookAt(session, trigger.baseline);
  if (look === undefined) return { reason: undefined, trigger };
  return { reason: look.reason, trigger: { rule, baseline: look.baseline } };
}

async function lookAt(
  session: Session,
  baseline: TriggerBaseline | undefined,
): Promise<Look<TriggerBaseline> | undefined> {
  switch (baseline?.kind) {
    case 'service':
      return lookAtServices(baseline);
    case 'log':
      return lookAtLog(baseline);
    case 'corruption':
      return lookForCorruption(session, baseline);
    default:
      return undefined;
  }
}
