// What the store knows of a guarded change: one record when it is armed, and one more for each change of its state. A state
// is written down before anything is done about it.

import type { LoggedPoint, OperationId } from '../../store/operations/operation-entry.js';
import type { GuardPolicy } from '../configuration/configuration.js';
import type { HealthReport } from '../health/check-health.js';
import type { ArmedTrigger } from '../triggers/trigger.js';
import type { Deadline } from './boot-clock.js';

/** What starts a way back by itself; `manual` where somebody asked for it. */
export type RollbackTrigger =
  | 'failure'
  | 'timeout'
  | 'service'
  | 'critical-log'
  | 'corruption'
  | 'unconfirmed'
  | 'interrupted'
  | 'reboot'
  | 'manual';

/** The change is armed: the point is taken, and nothing has been done yet. */
export interface GuardBegin {
  readonly id: OperationId;
  /** From 1: the guarded changes of a store are counted, and the highest one counts. */
  readonly number: number;
  /** Names the process that carries the change out, as names of unfinished files do. */
  readonly process: string;
  readonly bootId: string;
  readonly startedAt: string;
  readonly user: string;
  readonly host: string;
  readonly command: readonly string[];
  readonly components: readonly string[];
  /** The category of each component. */
  readonly categories: Readonly<Record<string, string>>;
  /** The kinds that state adapters are needed for, and the modules of those that are not this version's own. */
  readonly kinds?: readonly string[];
  readonly adapters?: readonly string[];
  /** The state before. */
  readonly point: LoggedPoint;
  /** Equal for a change that would do the same to the same. */
  readonly fingerprint: string;
  readonly policy: ArmedPolicy;
}

export interface ArmedPolicy extends GuardedPolicy {
  readonly triggers: readonly ArmedTrigger[];
}

/** What of a configuration's policy a guarded change goes by. */
export type GuardedPolicy = Pick<
  GuardPolicy,
  'timeoutMs' | 'confirmMs' | 'watchMs' | 'partial' | 'withData' | 'priority' | 'health'
>;

/** One state after the other. `by` names the process that brought it about. */
export type GuardChange = { readonly number: number; readonly at: string; readonly by: string } & GuardPhase;

export type GuardPhase =
  | { readonly state: 'armed' }
  /** The change is being made; it has to be done by the deadline. */
  | { readonly state: 'running'; readonly deadline: Deadline }
  | TrialPhase
  | {
      readonly state: 'reverting';
      readonly trigger: RollbackTrigger;
      readonly reason: string;
      readonly components?: readonly string[];
    }
  | FinalPhase;

/** The change is made: its checks have to hold, and somebody may have to confirm. */
export interface TrialPhase {
  readonly state: 'trial';
  readonly confirmBy?: Deadline;
  /** Who has confirmed, while checks are still waited for. */
  readonly confirmedBy?: string;
  /** Set once all checks hold. */
  readonly health?: HealthReport;
}

export type FinalPhase =
  /** The change stays. */
  | { readonly state: 'confirmed'; readonly confirmedBy?: string; readonly health?: HealthReport }
  /** Nothing had been done. */
  | { readonly state: 'dropped'; readonly reason: string }
  | EndedPhase;

/** The host is as it was before, or, where it is `inconsistent`, as `reason` says. */
export interface EndedPhase {
  readonly state: 'reverted' | 'inconsistent';
  readonly trigger: RollbackTrigger;
  readonly reason: string;
  /** The rollback that was carried out. */
  readonly rollback?: OperationId;
  /** Its safety point: the state that the change had led to. */
  readonly safety?: LoggedPoint;
  /** The components that went back; all where it is missing. */
  readonly components?: readonly string[];
  /** Processes of the change that were ended for it. */
  readonly stopped?: readonly string[];
}

export type GuardState = GuardPhase['state'];

const FINAL: readonly GuardState[] = ['confirmed', 'dropped', 'reverted', 'inconsistent'];

export function isFinal(phase: GuardPhase): phase is FinalPhase {
  return FINAL.includes(phase.state);
}
