// Watches a host by the triggers and checks of its configuration, outside any guarded change, and rolls its components back
// where one finds something: seldom, ever more slowly, and never twice for nothing.
import { isSavepointError } from '../../store/errors.js';
import type { Configuration, TriggerRule } from '../configuration/configuration.js';
import { announce } from '../guard/announce.js';
import { findActive } from '../guard/guard-journal.js';
import { HealthWatch } from '../health/health-watch.js';
import { pause } from '../health/wait-for-health.js';
import type { Session } from '../session.js';
import { type ArmedTrigger, armTrigger } from '../triggers/trigger.js';
import { type TriggerFinding, TriggerWatch } from '../triggers/trigger-watch.js';
import { respond } from './respond.js';
import { watchComponents } from './watch-components.js';
import type { WatchEvent, WatchNews } from './watch-event.js';

export interface WatchOptions {
  readonly configuration: Configuration;
  readonly onEvent?: (event: WatchEvent) => void;
  /** Ends the watching; a rollback under way is finished. */
  readonly signal?: AbortSignal;
}

const POLL_MS = 250;

/** Watches until its signal is aborted. Throws UNSUPPORTED for what this machine has no means to look at, PATH_NOT_FOUND. */
export async function watchHost(session: Session, options: WatchOptions): Promise<void> {
  const { configuration, onEvent, signal = new AbortController().signal } = options;
  const { triggers, health } = configuration.guard;
  const say = (news: WatchNews) => onEvent?.({ at: new Date().toISOString(), ...news });
  const failure = triggers.find(({ on }) => on === 'failure');
  const healthWatch = new HealthWatch(failure === undefined ? [] : health);
  say({ kind: 'watching', triggers: triggers.map(({ on }) => on), checks: failure ? health.length : 0 });
  let watch = await armAll(session, triggers);
  const components = await watchComponents(session, configuration, say);
  try {
    while (!signal.aborted) {
      const finding = await untilFound(session, { watch, healthWatch, failure, signal, say });
      if (finding !== undefined) await respond(session, finding, { configuration, healthWatch, say, signal });
      // What changed by then is no news.
      if (!signal.aborted) watch = await armAll(session, triggers, say);
    }
  } finally {
    components.close();
  }
}

/** With `say`, a rule that can't be watched now is told and left out; without it, its error is thrown. */
async function armAll(
  session: Session,
  rules: readonly TriggerRule[],
  say?: (news: WatchNews) => void,
): Promise<TriggerWatch> {
  const armed: ArmedTrigger[] = [];
  for (const rule of rules) {
    try {
      armed.push(await armTrigger(rule));
    } catch (error) {
      if (say === undefined || !isSavepointError(error)) throw error;
      say({ kind: 'found', trigger: rule.on, reason: `it can't be watched any more: ${error.message}` });
    }
  }
  return new TriggerWatch(session, armed);
}

interface Watching {
  readonly watch: TriggerWatch;
  readonly healthWatch: HealthWatch;
  readonly failure: TriggerRule | undefined;
  readonly signal: AbortSignal;
  readonly say: (news: WatchNews) => void;
}

/** `undefined` where a guarded change has come in between: what it did is no news, and its own watchdog sees to it. */
async function untilFound(session: Session, means: Watching): Promise<TriggerFinding | undefined> {
  const { watch, healthWatch, failure, signal, say } = means;
  const told = new Set<string>();
  for (; !signal.aborted; await pause(POLL_MS, signal)) {
    if (await isGuarded(session)) {
      await untilUnguarded(session, signal);
      return undefined;
    }
    const findings = await watch.look(signal);
    const health = await healthWatch.look();
    if (health === 'well') say({ kind: 'well' });
    else if (health !== undefined && failure !== undefined)
      findings.push({ rule: failure, reason: health.reason });
    for (const finding of findings) {
      if (finding.isBlind === true && told.has(finding.reason)) continue;
      told.add(finding.reason);
      say({ kind: 'found', trigger: finding.rule.on, reason: finding.reason });
      announce(finding.reason);
    }
    const first = findings.find(({ rule, isBlind }) => rule.do === 'revert' && isBlind !== true);
    if (first !== undefined) return first;
  }
  return undefined;
}

async function untilUnguarded(session: Session, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && (await isGuarded(session))) await pause(POLL_MS, signal);
}

/** A store that is out of reach, or damaged there, keeps nobody from watching: what then can't be done is told. */
async function isGuarded(session: Session): Promise<boolean> {
  try {
    return (await findActive(session)) !== undefined;
  } catch (error) {
    if (isSavepointError(error)) return false;
    throw error;
  }
}
