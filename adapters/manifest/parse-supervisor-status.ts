// Reads what `supervisorctl status` prints: a line for each program with its name, its state and, depending on that, a pid
// and uptime, a time, or a reason. Pids, uptimes and times change by themselves and are left out.
import type { Service } from './running-state.js';

const LINE = /^(\S+)\s+(STOPPED|STARTING|RUNNING|BACKOFF|STOPPING|EXITED|FATAL|UNKNOWN)(?:\s+(.*\S))?\s*$/;
/** The states that supervisord gives the reason of. */
const WITH_REASON: readonly string[] = ['BACKOFF', 'FATAL'];

/** `undefined` where `text` is something else. */
export function parseSupervisorStatus(text: string): Service[] | undefined {
  const services: Service[] = [];
  for (const line of text.split('\n').filter((each) => each.trim() !== '')) {
    const match = LINE.exec(line);
    if (match === null) return undefined;
    const [, name, state, reason] = match;
    const hasReason = reason !== undefined && WITH_REASON.includes(state);
    services.push({ name, state, ...(hasReason ? { details: { reason } } : {}) });
  }
  return services.length === 0 ? undefined : services;
}
