// What a recovery point says of a unit: what can be put back, and what is only to look at. A unit that is not there has a
// record, too, so that one that came later is taken away.
import { readDocument } from '../state/json-document.js';
import type { JsonObject, StateReader } from '../state/state-adapter.js';
import type { UnitFacts } from './unit-facts.js';
import { environmentFiles } from './unit-files.js';
import { matchesUnit } from './unit-name.js';

/**
 * active, inactive or failed; `on-demand` of a unit that others start when it is needed, so that whether it runs at an instant
 * says nothing; activating, reloading or deactivating where that went on for too long.
 */
export type Activity = string;

export interface UnitState {
  readonly load: string;
  readonly active: Activity;
  readonly unitFile: string;
  /** Whose other name it is; that unit has a record of its own. */
  readonly alias?: string;
}

export interface ObservedUnit {
  readonly active: string;
  readonly sub: string;
  readonly mainPid?: number;
  readonly restarts?: number;
  readonly result?: string;
  readonly status?: string;
  readonly memoryBytes?: number;
  readonly activeSince?: string;
  readonly lastTrigger?: string;
  readonly nextElapse?: string;
  readonly needsReload: boolean;
  /** The units of the component that it is started after. */
  readonly after: readonly string[];
  readonly can: { readonly start: boolean; readonly stop: boolean; readonly reload: boolean };
  readonly files: UnitFacts['files'];
}

export interface UnitRecord {
  readonly state: UnitState;
  readonly observed?: ObservedUnit;
}

export interface RecordedUnits {
  readonly records: ReadonlyMap<string, UnitRecord>;
  /** What is not known of has no record and matches no setting of then: it may have been anything. */
  find(name: string): UnitRecord | undefined;
}

const STATES = 'state/units';
const OBSERVED = 'observed/units';
export const SELECTION = 'observed/selection.json';
const SUFFIX = '.json';
const ABSENT: UnitRecord = { state: { load: 'not-found', active: 'inactive', unitFile: '' } };

export const statePath = (name: string) => `${STATES}/${name}${SUFFIX}`;
export const observedPath = (name: string) => `${OBSERVED}/${name}${SUFFIX}`;

export async function readUnits(reader: StateReader): Promise<RecordedUnits> {
  const records = new Map<string, UnitRecord>();
  for (const path of await reader.list(STATES)) {
    const name = path.slice(STATES.length + 1, -SUFFIX.length);
    const state = await readDocument<UnitState>(reader, path);
    if (state === undefined) continue;
    const observed = await readDocument<ObservedUnit>(reader, observedPath(name));
    records.set(name, { state, ...(observed === undefined ? {} : { observed }) });
  }
  const selection = await readDocument<{ units: readonly string[] }>(reader, SELECTION);
  const isSelected = (name: string) => selection?.units.some((unit) => matchesUnit(name, unit)) ?? false;
  return { records, find: (name) => records.get(name) ?? (isSelected(name) ? ABSENT : undefined) };
}

export function describeState(facts: UnitFacts, active: Activity): JsonObject {
  const { name, id, load, unitFile } = facts;
  return name === id ? { load, active, unitFile } : { load, active, unitFile, alias: id };
}

/** `isOurs` says of a unit whether it belongs to the component. */
export function describeObserved(facts: UnitFacts, isOurs: (unit: string) => boolean): JsonObject {
  const { active, sub, needsReload, can, mainPid, restarts, result, statusText } = facts;
  const { memoryBytes, activeSince, lastTrigger, nextElapse } = facts;
  return {
    ...{ active, sub, needsReload, can },
    files: { ...facts.files, environment: environmentFiles(facts) },
    after: facts.after.filter((unit) => unit !== facts.id && isOurs(unit)).sort(),
    ...(mainPid > 0 ? { mainPid } : {}),
    ...(restarts > 0 ? { restarts } : {}),
    ...(result === '' || result === 'success' ? {} : { result }),
    ...(statusText === '' ? {} : { status: statusText }),
    ...(memoryBytes === undefined ? {} : { memoryBytes }),
    ...(activeSince === undefined ? {} : { activeSince }),
    ...(lastTrigger === undefined ? {} : { lastTrigger }),
    ...(nextElapse === undefined ? {} : { nextElapse }),
  };
}
