// What the watchdog tells as it goes.
import type { OperationOutcome } from '../../store/operations/operation-entry.js';
import type { TriggerRule } from '../configuration/configuration.js';

/** What the watchdog has seen, or done. */
export type WatchEvent = { readonly at: string } & WatchNews;

export type WatchNews =
  | { readonly kind: 'watching'; readonly triggers: readonly TriggerRule['on'][]; readonly checks: number }
  /** Something is wrong. */
  | { readonly kind: 'found'; readonly trigger: TriggerRule['on']; readonly reason: string }
  /** An object of a component that a state adapter watches has changed. */
  | { readonly kind: 'changed'; readonly component: string; readonly object: string }
  /** A component that should be watched, and can't be. */
  | { readonly kind: 'not-watched'; readonly component: string; readonly reason: string }
  /** The checks hold again. */
  | { readonly kind: 'well' }
  /** Why nothing is done about it. */
  | { readonly kind: 'held-back'; readonly reason: string }
  | {
      readonly kind: 'rolled-back';
      readonly point: string;
      readonly outcome: OperationOutcome;
      readonly operation?: string;
      readonly message?: string;
    };
