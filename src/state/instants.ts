// Of which instants a point's data is, and whether what depends on it is of the same: files that nobody changed between that
// instant and the end of their capture are; for others it is said by how much not.
import { isSavepointError } from '../../store/errors.js';
import type { StateAdapter, StateInstant } from '../composition.js';
import type { PointRecord } from '../point-record.js';
import { type PointComponent, readDirectory, type TreeContext } from '../point-tree.js';
import type { StateAdapters } from './state-adapters.js';
import type { DocumentSource } from './state-reader.js';
import { stateReader } from './state-reader.js';

export interface ComponentInstants {
  readonly component: string;
  readonly instants: readonly StateInstant[];
}

/** How a component and the data that it depends on, directly or further up, go together. */
export interface Agreement {
  readonly component: string;
  readonly data: string;
  /** How far apart they may be; 0 where both are of one instant. */
  readonly seconds: number;
  /** Files that were changed after the instant of the data, and so may be newer. */
  readonly changedFiles: number;
}

/** Of the data in a point. Components without an adapter here, or that are damaged, are passed over. */
export async function instantsOf(
  components: ReadonlyMap<string, PointComponent>,
  { source, adapters }: { readonly source: DocumentSource; readonly adapters: StateAdapters },
): Promise<ComponentInstants[]> {
  const found: ComponentInstants[] = [];
  for (const [name, { record, ids }] of components) {
    if (record.settings === undefined || record.category !== 'database') continue;
    const adapter = await findAdapter(adapters, record.kind, name);
    const instants = (await adapter?.instants?.(stateReader(source, ids))) ?? [];
    if (instants.length > 0) found.push({ component: name, instants });
  }
  return found;
}

async function findAdapter(
  adapters: StateAdapters,
  kind: string,
  name: string,
): Promise<StateAdapter | undefined> {
  try {
    return await adapters.get(kind, name);
  } catch (error) {
    if (!isSavepointError(error, 'ADAPTER_MISSING', 'CONFIG_INVALID')) throw error;
    return undefined;
  }
}

export async function agreementsOf(
  components: ReadonlyMap<string, PointComponent>,
  instants: readonly ComponentInstants[],
  { record, context }: { readonly record: PointRecord; readonly context: TreeContext },
): Promise<Agreement[]> {
  const agreements: Agreement[] = [];
  for (const [name, component] of components) {
    const upwards = dependenciesOf(components, name);
    for (const data of instants.filter((each) => upwards.has(each.component))) {
      const times = data.instants.map(({ at }) => Date.parse(at));
      agreements.push({
        ...{ component: name, data: data.component },
        ...(await compareTimes(component, {
          first: Math.min(...times),
          last: Math.max(...times),
          record,
          context,
        })),
      });
    }
  }
  return agreements;
}

function dependenciesOf(components: ReadonlyMap<string, PointComponent>, name: string): Set<string> {
  const found = new Set<string>();
  const waiting = [...(components.get(name)?.record.dependsOn ?? [])];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (found.has(next)) continue;
    found.add(next);
    waiting.push(...(components.get(next)?.record.dependsOn ?? []));
  }
  return found;
}

/** In milliseconds. */
interface Times {
  /** The instants of the data, the first and the last of them. */
  readonly first: number;
  readonly last: number;
  readonly record: PointRecord;
  readonly context: TreeContext;
}

async function compareTimes(
  { record: component, ids }: PointComponent,
  { first, last, record, context }: Times,
): Promise<Pick<Agreement, 'seconds' | 'changedFiles'>> {
  const begun = Date.parse(component.capturedAt);
  // What was read before the instant may have been changed until then.
  const before = Math.max(0, last - begun);
  const spread = last - first;
  if (component.settings !== undefined) {
    const after = Math.max(0, Date.parse(record.createdAt) - first);
    return { seconds: Math.max(before, after) / 1000, changedFiles: 0 };
  }
  const { latest, count } = await filesChangedAfter(context, ids, first);
  const after = count === 0 ? 0 : Math.max(0, Math.min(latest, Date.parse(record.createdAt)) - first);
  return { seconds: Math.max(before, after, spread) / 1000, changedFiles: count };
}

async function filesChangedAfter(
  context: TreeContext,
  ids: PointComponent['ids'],
  afterMs: number,
): Promise<{ readonly latest: number; readonly count: number }> {
  let [latest, count] = [0, 0];
  for (const { attributes, directory } of (await readDirectory(context, ids)).entries.values()) {
    const modifiedMs = attributes.modifiedSeconds * 1000 + attributes.modifiedNanoseconds / 1e6;
    if (modifiedMs > afterMs) {
      latest = Math.max(latest, modifiedMs);
      count++;
    }
    if (directory === undefined) continue;
    const below = await filesChangedAfter(context, directory, afterMs);
    latest = Math.max(latest, below.latest);
    count += below.count;
  }
  return { latest, count };
}
