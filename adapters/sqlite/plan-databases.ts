// Compares two states of a component of kind `sqlite`: which databases are put back, made anew or taken away.
import { readDocument } from '../state/json-document.js';
import type {
  JsonValue,
  StateComparison,
  StatePlan,
  StateReader,
  StateStep,
} from '../state/state-adapter.js';
import type { DatabaseInstant, DatabaseRecord } from './database-record.js';
import { databaseOf, documentPaths } from './document-paths.js';
import { describeLoss } from './loss-since.js';

/** What a step says to the adapter itself. `set`: the content is as it should be. */
export interface DatabaseStep {
  readonly path: string;
  readonly do: 'replace' | 'create' | 'remove' | 'set';
}

export async function planDatabases({ from, to, changed }: StateComparison): Promise<StatePlan> {
  const steps: StateStep[] = [];
  const notes: string[] = [];
  const paths = changed.map(databaseOf).filter((each) => each !== undefined);
  for (const path of new Set(paths)) {
    const [before, after] = [await recordOf(from, path), await recordOf(to, path)];
    if (before === undefined && after === undefined) continue;
    const step = stepFor(path, before, after);
    steps.push(step);
    if (step.do === 'set' || before === undefined) continue;
    const instants = { now: await instantOf(from, path), since: await instantOf(to, path) };
    notes.push(...describeLoss(path, instants));
  }
  return { steps, unrestorable: [], notes };
}

export function recordOf(reader: StateReader, path: string): Promise<DatabaseRecord | undefined> {
  return readDocument<DatabaseRecord>(reader, documentPaths(path).record);
}

export function instantOf(reader: StateReader, path: string): Promise<DatabaseInstant | undefined> {
  return readDocument<DatabaseInstant>(reader, documentPaths(path).instant);
}

function stepFor(
  path: string,
  before: DatabaseRecord | undefined,
  after: DatabaseRecord | undefined,
): StateStep {
  const object = `database ${path}`;
  const step = (verb: DatabaseStep['do'], text: string): StateStep => {
    const data: DatabaseStep = { path, do: verb };
    return { object, do: verb, text, data: data as unknown as JsonValue };
  };
  if (after === undefined) return step('remove', `remove ${object}`);
  const size = describeSize(after);
  if (before === undefined) return step('create', `create ${object} (${size})`);
  if (before.sha256 !== after.sha256 || before.isSound !== after.isSound)
    return step('replace', `replace the content of ${object} (${size})`);
  return step('set', `put back ${differences(before, after).join(', ')} of ${object}`);
}

function describeSize({ sizeBytes, isSound }: DatabaseRecord): string {
  return `${Math.ceil(sizeBytes / 1024)} KiB${isSound ? '' : ', damaged as it was'}`;
}

function differences(before: DatabaseRecord, after: DatabaseRecord): string[] {
  return [
    ...(before.format?.journalMode === after.format?.journalMode ? [] : ['journal mode']),
    ...(before.mode === after.mode ? [] : ['mode']),
    ...(before.owner === after.owner && before.group === after.group ? [] : ['owner and group']),
  ];
}
