// Saves the components of a configuration as one point, and then does what it says of old points: retention, and, once
// a day at most, garbage collection. The point is made by then: what fails of that is told, and takes nothing back.
import { removedIds } from '../store/collect/collect-context.js';
import { readMarks } from '../store/collect/garbage-files.js';
import { isSavepointError } from '../store/errors.js';
import { GRACE_MS, gc } from './collect.js';
import type { Configuration } from './configuration/configuration.js';
import { definitionsOf } from './configuration/definitions-of.js';
import { recordConfiguration } from './configuration/record-configuration.js';
import { findActive } from './guard/guard-journal.js';
import { checkHealth, type HealthReport } from './health/check-health.js';
import { retain } from './retention/retain.js';
import { watchOperations } from './rollback/watch-operations.js';
import { type SaveOptions, type SaveResult, save } from './save.js';
import type { Session } from './session.js';

export interface SaveConfiguredOptions extends SaveOptions {
  /** Names or categories of components; all where this is missing. */
  readonly components?: readonly string[];
}

/** What became of old points after a save. */
export interface AutomaticRetention {
  /** Names of points that no rule keeps: they can still be recovered. */
  readonly removed: readonly string[];
  /** What kept it from being done. */
  readonly problem?: { readonly code: string; readonly message: string };
}

export type ConfiguredSaveResult = SaveResult & {
  /** What the health checks of the configuration said before anything was saved. */
  readonly health: HealthReport;
  readonly retention: AutomaticRetention;
};

export async function saveConfigured(
  session: Session,
  configuration: Configuration,
  options: SaveConfiguredOptions = {},
): Promise<ConfiguredSaveResult> {
  const beforePublishing = await watchOperations(session);
  await session.adapters.addModules(configuration.adapters);
  const definitions = definitionsOf(configuration, options.components);
  const health = await checkHealth(configuration.guard.health, { signal: options.signal });
  // What a change on trial has led to may yet be taken back: nobody should take it for known to be good.
  const isGuarded = (await findActive(session)) !== undefined;
  const level = isGuarded ? 'unknown' : health.level;
  const saved = await save(session, definitions, {
    ...{ health: level, ...options, beforePublishing },
    configuration: recordConfiguration(configuration),
  });
  return { ...saved, health, retention: await tidyUp(session, configuration) };
}

async function tidyUp(session: Session, { retention }: Configuration): Promise<AutomaticRetention> {
  let removed: string[] = [];
  try {
    const { decisions } = await retain(session, retention, { command: ['save'] });
    removed = decisions.filter(({ keep }) => !keep).map(({ point }) => point.name);
    if (await isCollectionDue(session)) await gc(session, { command: ['save'] });
    return { removed };
  } catch (error) {
    if (!isSavepointError(error)) throw error;
    return { removed, problem: { code: error.code, message: error.message } };
  }
}

/** Where something is removed that no mark knows of, or the grace period of a mark is over. */
async function isCollectionDue({ store }: Session): Promise<boolean> {
  const marks = await readMarks(store);
  if (marks.length === 0) return removedIds(await store.refs.read()).size > 0;
  return marks.some(({ markedAtMs }) => Date.now() - markedAtMs >= GRACE_MS);
}
