// Compares two states of a component of kind `redis`: which databases are made as a point has them, and whether functions are.
import { readDocument } from '../state/json-document.js';
import type { StateComparison, StatePlan, StateReader, StateStep } from '../state/state-adapter.js';
import { countChanges } from './count-changes.js';
import type { DatabaseRecord } from './database-record.js';
import { databasePaths, databasesIn, functionsPrefix } from './document-paths.js';
import { describeLoss, positionOf } from './loss-since.js';

/** What a step says to the adapter itself. */
export type RedisStep = { readonly database: number } | { readonly functions: true };

export async function planDatabases({ from, to, changed }: StateComparison): Promise<StatePlan> {
  const steps: StateStep[] = [];
  for (const database of databasesIn(changed)) steps.push(await databaseStep(database, { from, to }));
  const libraries = changed.filter((path) => path.startsWith(`${functionsPrefix}/`));
  if (libraries.length > 0) {
    const names = libraries.map((path) => path.slice(functionsPrefix.length + 1));
    const text = `replace the server's functions; ${names.join(', ')} differ`;
    steps.push({ object: 'functions', do: 'load', text, data: { functions: true } });
  }
  const notes = steps.length === 0 ? [] : describeLoss(await positionOf(from), await positionOf(to));
  return { steps, unrestorable: [], notes };
}

async function databaseStep(
  database: number,
  { from, to }: { readonly from: StateReader; readonly to: StateReader },
): Promise<StateStep> {
  const { record: path } = databasePaths(database);
  const record = await readDocument<DatabaseRecord>(to, path);
  const rows = record?.rows ?? 0;
  const before = (await readDocument<DatabaseRecord>(from, path))?.rows ?? 0;
  const changes = await countChanges(database, { from, to });
  const what =
    changes === undefined
      ? `${before} keys become ${rows}`
      : `${changes.added} keys are added, ${changes.removed} removed, ${changes.changed} changed`;
  const whole = record?.keys === null || record === undefined ? '' : ' with the keys of the component alone';
  return {
    ...{ object: `database ${database}`, do: rows === 0 ? 'empty' : 'replace', data: { database } },
    text: `${rows === 0 ? 'empty' : 'replace'} database ${database}${whole} (${rows} keys): ${what}`,
  };
}
