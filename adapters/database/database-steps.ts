// Steps about databases that are made anew as a whole: which of them differ, and in what, in words.
import { readDocument } from '../state/json-document.js';
import type { StateComparison, StateReader, StateStep } from '../state/state-adapter.js';
import { decodeName } from './document-name.js';

/** Where the documents of a database stand. */
export interface DatabasePlace {
  readonly root: string;
  readonly record: string;
  readonly tables: string;
}

/** In the order of their documents. */
export function changedDatabases(changed: readonly string[], prefix: string): string[] {
  const depth = prefix.split('/').length;
  const ofDatabases = changed.filter((path) => path.startsWith(`${prefix}/`));
  return [...new Set(ofDatabases.map((path) => decodeName(path.split('/')[depth] as string)))];
}

/** Its data are the database's name and what is done. */
export async function databaseStep(
  database: string,
  { from, to, changed }: Pick<StateComparison, 'from' | 'to' | 'changed'>,
  place: DatabasePlace,
): Promise<StateStep> {
  const isIn = async (reader: StateReader) => (await reader.read(place.record)) !== undefined;
  const step = (verb: 'replace' | 'create' | 'remove', text: string): StateStep => ({
    ...{ object: `database ${database}`, do: verb, text, data: { database, do: verb } },
  });
  if (!(await isIn(to))) return step('remove', `remove database ${database}`);
  const tables = await describeTables(to, place);
  if (!(await isIn(from))) return step('create', `create database ${database} (${tables})`);
  const parts = changedParts(
    changed.filter((path) => path.startsWith(`${place.root}/`)),
    place,
  );
  return step('replace', `replace database ${database} (${tables}); ${parts} differ`);
}

async function describeTables(reader: StateReader, { tables }: DatabasePlace): Promise<string> {
  let [count, rows] = [0, 0];
  for (const path of (await reader.list(tables)).filter((each) => each.endsWith('/table.json'))) {
    count++;
    rows += (await readDocument<{ readonly rows: number }>(reader, path))?.rows ?? 0;
  }
  return `${count} tables, ${rows} rows`;
}

const MOST_NAMED = 3;

/** What of a database differs, in words. */
function changedParts(paths: readonly string[], { root, tables }: DatabasePlace): string {
  const parts = paths.map((path) => {
    if (path.startsWith(`${tables}/`))
      return decodeName(path.slice(tables.length + 1).split('/')[0] as string);
    const [part = ''] = path.slice(root.length + 1).split('/');
    return PARTS[part] ?? part;
  });
  const names = [...new Set(parts)];
  const more = names.length > MOST_NAMED ? ` and ${names.length - MOST_NAMED} more` : '';
  return `${names.slice(0, MOST_NAMED).join(', ')}${more}`;
}

const PARTS: Readonly<Record<string, string>> = {
  schema: 'definitions',
  'sequences.json': 'sequences',
  'database.json': 'settings',
  'large-objects': 'large objects',
};
