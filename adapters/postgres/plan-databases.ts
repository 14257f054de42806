// Compares two states of a component of kind `postgres`: which databases are made anew, and which roles are put back.

import { decodeName } from '../database/document-name.js';
import { readDocument } from '../state/json-document.js';
import type { StateComparison, StatePlan, StateReader, StateStep } from '../state/state-adapter.js';
import type { RoleRecord } from './capture-roles.js';
import { databasePaths, databasesPrefix, rolesPrefix } from './document-paths.js';
import { describeLoss, instantOf } from './loss-since.js';
import type { CapturedTable } from './table-record.js';

/** What a step says to the adapter itself. */
export type DatabaseStep =
  | { readonly database: string; readonly do: 'replace' | 'create' | 'remove' }
  | { readonly role: RoleRecord };

export async function planDatabases({ from, to, changed }: StateComparison): Promise<StatePlan> {
  const steps: StateStep[] = [];
  const unrestorable: StatePlan['unrestorable'][number][] = [];
  const notes: string[] = [];
  for (const path of changed.filter((each) => each.startsWith(`${rolesPrefix}/`))) {
    const [before, after] = [
      await readDocument<RoleRecord>(from, path),
      await readDocument<RoleRecord>(to, path),
    ];
    if (after !== undefined) steps.push(roleStep(after, before));
    else if (before !== undefined) {
      const text = `role ${before.name} is not in the point: it stays as it is`;
      unrestorable.push({ object: `role ${before.name}`, text });
    }
  }
  for (const database of changedDatabases(changed)) {
    steps.push(await databaseStep(database, { from, to, changed }));
    const instants = { from: await instantOf(from, database), to: await instantOf(to, database) };
    notes.push(...describeLoss(database, instants));
  }
  return { steps, unrestorable, notes };
}

function roleStep(role: RoleRecord, before: RoleRecord | undefined): StateStep {
  const isNew = before === undefined;
  return {
    object: `role ${role.name}`,
    do: isNew ? 'grant' : 'alter',
    text: isNew
      ? `see that role ${role.name} is there, as it was`
      : `alter role ${role.name}: ${differences(role, before).join(', ')}`,
    data: { role } as unknown as StateStep['data'] & object,
  };
}

function differences(role: RoleRecord, before: RoleRecord): string[] {
  const keys = Object.keys(role) as (keyof RoleRecord)[];
  const differing = keys.filter((key) => JSON.stringify(role[key]) !== JSON.stringify(before[key]));
  return differing.filter((key) => key !== 'knowsPassword').map((key) => WORDS[key] ?? key);
}

const WORDS: Readonly<Partial<Record<keyof RoleRecord, string>>> = {
  connectionLimit: 'connection limit',
  validUntil: 'end of validity',
  memberOf: 'memberships',
};

function changedDatabases(changed: readonly string[]): string[] {
  const depth = databasesPrefix.split('/').length;
  const ofDatabases = changed.filter((path) => path.startsWith(`${databasesPrefix}/`));
  return [...new Set(ofDatabases.map((path) => decodeName(path.split('/')[depth] as string)))];
}

async function databaseStep(
  database: string,
  { from, to, changed }: Pick<StateComparison, 'from' | 'to' | 'changed'>,
): Promise<StateStep> {
  const { record, root } = databasePaths(database);
  const [isThere, isWanted] = [await from.read(record), await to.read(record)].map(
    (each) => each !== undefined,
  );
  const object = `database ${database}`;
  if (!isWanted)
    return { object, do: 'remove', text: `remove database ${database}`, data: { database, do: 'remove' } };
  const tables = await describeTables(to, database);
  if (!isThere)
    return {
      object,
      do: 'create',
      text: `create database ${database} (${tables})`,
      data: { database, do: 'create' },
    };
  const parts = changedParts(
    changed.filter((path) => path.startsWith(`${root}/`)),
    database,
  );
  return {
    ...{ object, do: 'replace', data: { database, do: 'replace' } },
    text: `replace database ${database} (${tables}); ${parts} differ`,
  };
}

async function describeTables(reader: StateReader, database: string): Promise<string> {
  const paths = await reader.list(databasePaths(database).tables);
  let [tables, rows] = [0, 0];
  for (const path of paths.filter((each) => each.endsWith('/table.json'))) {
    tables++;
    rows += (await readDocument<CapturedTable>(reader, path))?.rows ?? 0;
  }
  return `${tables} tables, ${rows} rows`;
}

const MOST_NAMED = 3;

/** What of a database differs, in words. */
function changedParts(paths: readonly string[], database: string): string {
  const { root, tables, largeObjects } = databasePaths(database);
  const parts = paths.map((path) => {
    if (path.startsWith(`${tables}/`))
      return decodeName(path.slice(tables.length + 1).split('/')[0] as string);
    if (path.startsWith(`${largeObjects.root}/`)) return 'large objects';
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
};
