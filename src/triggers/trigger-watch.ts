// Looks at several triggers, each in its own rhythm, and goes on from where it has looked.
import type { TriggerRule } from '../configuration/configuration.js';
import type { Session } from '../session.js';
import { type ArmedTrigger, lookAtTrigger } from './trigger.js';

export interface TriggerFinding {
  readonly rule: TriggerRule;
  readonly reason: string;
  /** Set where only the looking failed: nothing is known of what it watches. */
  readonly isBlind?: true;
}

/** Between two looks. To read all watched files again takes longer than to read on in a log. */
const INTERVAL_MS: Readonly<Partial<Record<TriggerRule['on'], number>>> = {
  service: 2000,
  'critical-log': 1000,
  corruption: 30_000,
};

export class TriggerWatch {
  private readonly triggers: { armed: ArmedTrigger; nextAtMs: number }[];

  constructor(
    private readonly session: Session,
    triggers: readonly ArmedTrigger[],
  ) {
    this.triggers = triggers.map((armed) => ({ armed, nextAtMs: 0 }));
  }

  /** What those have found that it is time to look at. */
  async look(signal: AbortSignal): Promise<TriggerFinding[]> {
    const findings: TriggerFinding[] = [];
    for (const trigger of this.triggers) {
      const { rule } = trigger.armed;
      if (performance.now() < trigger.nextAtMs || signal.aborted) continue;
      trigger.nextAtMs = performance.now() + (INTERVAL_MS[rule.on] ?? Number.POSITIVE_INFINITY);
      try {
        const look = await lookAtTrigger(this.session, trigger.armed);
        trigger.armed = look.trigger;
        if (look.reason !== undefined) findings.push({ rule, reason: look.reason });
      } catch (error) {
        // Whatever it is: a look that fails must not end who looks.
        const what = error instanceof Error ? error.message : String(error);
        const reason = `the trigger '${rule.on}' can't be watched: ${what}`;
        findings.push({ rule, reason, isBlind: true });
      }
    }
    return findings;
  }
}
