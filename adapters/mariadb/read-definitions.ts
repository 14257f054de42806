// The definitions in a MariaDB database, each as the server itself says how to make it: equal definitions are equal text.
import { SavepointError } from '../../store/errors.js';
import type { ClientSession } from './client-session.js';
import type { Definition, DefinitionKind } from './definition-text.js';
import { quoteName, quoteQualified, quoteText } from './quote.js';
import type { Catalog } from './read-catalog.js';

export interface TableDefinitions {
  /** In the order of their names. Where the counter of a table stands is no part of it. */
  readonly definitions: readonly Definition[];
  readonly autoIncrements: ReadonlyMap<string, string>;
}

/** `database` is in use in the session: names inside it then stand alone. */
export async function readTableDefinitions(
  session: ClientSession,
  { tables, sequences }: Catalog,
): Promise<TableDefinitions> {
  const autoIncrements = new Map<string, string>();
  const definitions: Definition[] = [];
  for (const name of sequences) {
    const [[, create]] = (await session.values(`SHOW CREATE SEQUENCE ${quoteName(name)}`)) as [
      [string, string],
    ];
    definitions.push({ kind: 'sequence', name, create });
  }
  for (const name of tables.map((table) => table.name).sort()) {
    const [[, create]] = (await session.values(`SHOW CREATE TABLE ${quoteName(name)}`)) as [[string, string]];
    const [, counter] = COUNTER.exec(create) ?? [];
    if (counter !== undefined) autoIncrements.set(name, counter);
    definitions.push({
      kind: 'table',
      name,
      create: create.replace(COUNTER, (text) => text.replace(/ AUTO_INCREMENT=\d+/, '')),
    });
  }
  return { definitions, autoIncrements };
}

/** The only line that begins like that: newlines in texts are escaped. */
const COUNTER = /^\) ENGINE=\S+(?: \/\*.*?\*\/)? AUTO_INCREMENT=(\d+)/m;

/** All else, in an order in which it can be made. */
export async function readPrograms(session: ClientSession, database: string): Promise<Definition[]> {
  return [
    ...(await readRoutines(session, database)),
    ...(await readViews(session, database)),
    ...(await readTriggers(session, database)),
    ...(await readEvents(session, database)),
  ];
}

const ROUTINES: readonly DefinitionKind[] = ['package', 'package body', 'function', 'procedure'];

async function readRoutines(session: ClientSession, database: string): Promise<Definition[]> {
  const found = await session.rows<{ name: string; type: string }>(
    `SELECT JSON_OBJECT('name', ROUTINE_NAME, 'type', ROUTINE_TYPE) FROM information_schema.ROUTINES
     WHERE ROUTINE_SCHEMA = ${quoteText(database)}`,
  );
  const routines = found.map(({ name, type }) => ({ name, kind: type.toLowerCase() as DefinitionKind }));
  routines.sort(
    (left, right) =>
      ROUTINES.indexOf(left.kind) - ROUTINES.indexOf(right.kind) || (left.name < right.name ? -1 : 1),
  );
  const definitions: Definition[] = [];
  for (const { name, kind } of routines) {
    const [row] = await session.values(`SHOW CREATE ${kind.toUpperCase()} ${quoteName(name)}`);
    const [, sqlMode, create, client, collation] = row ?? [];
    if (typeof create !== 'string') throw hidden(database, `${kind} ${name}`, 'SELECT on mysql.proc');
    definitions.push({
      kind,
      name,
      sqlMode: sqlMode as string,
      client: client as string,
      collation: collation as string,
      create,
    });
  }
  return definitions;
}

async function readViews(session: ClientSession, database: string): Promise<Definition[]> {
  const found = await session.rows<{ name: string }>(
    `SELECT JSON_OBJECT('name', TABLE_NAME) FROM information_schema.TABLES
     WHERE TABLE_SCHEMA = ${quoteText(database)} AND TABLE_TYPE = 'VIEW'`,
  );
  const views: Definition[] = [];
  for (const name of found.map((each) => each.name).sort()) {
    const [row] = await session.values(`SHOW CREATE VIEW ${quoteName(name)}`);
    const [, create, client, collation] = row as [string, string, string, string];
    views.push({
      kind: 'view',
      name,
      client,
      collation,
      ...(await brokenMark(session, quoteQualified(database, name))),
      create,
    });
  }
  return inOrder(views);
}

async function brokenMark(session: ClientSession, view: string): Promise<{ readonly isBroken?: true }> {
  const said = await session.values(`CHECK TABLE ${view}`);
  return said.some(([, , type]) => type?.toLowerCase() === 'error') ? { isBroken: true } : {};
}

/** Views behind those that they are made of: by the names that stand in them, in backticks. */
function inOrder(views: readonly Definition[]): Definition[] {
  const ordered = new Set<Definition>();
  const begun = new Set<Definition>();
  const put = (view: Definition) => {
    if (begun.has(view)) return;
    begun.add(view);
    for (const other of views) if (other !== view && view.create.includes(quoteName(other.name))) put(other);
    ordered.add(view);
  };
  for (const view of views) put(view);
  return [...ordered];
}

interface FoundTrigger {
  readonly name: string;
  readonly table: string;
  readonly when: string;
  readonly event: string;
  readonly definer: string;
  readonly body: string;
  readonly sqlMode: string;
  readonly client: string;
  readonly collation: string;
}

/** Put together from their parts: the server writes their text anew when their table is renamed. */
async function readTriggers(session: ClientSession, database: string): Promise<Definition[]> {
  const found = await session.rows<FoundTrigger>(
    `SELECT JSON_OBJECT('name', TRIGGER_NAME, 'table', EVENT_OBJECT_TABLE, 'when', ACTION_TIMING, 'event', EVENT_MANIPULATION,
      'definer', DEFINER, 'body', ACTION_STATEMENT, 'sqlMode', SQL_MODE, 'client', CHARACTER_SET_CLIENT,
      'collation', COLLATION_CONNECTION) FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = ${quoteText(database)}
     ORDER BY EVENT_OBJECT_TABLE, EVENT_MANIPULATION, ACTION_TIMING, ACTION_ORDER`,
  );
  return found.map(({ name, table, when, event, definer, body, sqlMode, client, collation }) => ({
    ...{ kind: 'trigger', name, table, sqlMode, client, collation },
    create: `CREATE DEFINER=${quoteDefiner(definer)} TRIGGER ${quoteName(name)} ${when} ${event} ON ${quoteName(table)} FOR EACH ROW ${body}`,
  }));
}

function quoteDefiner(definer: string): string {
  const at = definer.lastIndexOf('@');
  // A role has no host.
  if (at === -1 || at === definer.length - 1) return quoteName(definer.replace(/@$/, ''));
  return `${quoteName(definer.slice(0, at))}@${quoteName(definer.slice(at + 1))}`;
}

async function readEvents(session: ClientSession, database: string): Promise<Definition[]> {
  const found = await session.rows<{ name: string }>(
    `SELECT JSON_OBJECT('name', EVENT_NAME) FROM information_schema.EVENTS WHERE EVENT_SCHEMA = ${quoteText(database)}`,
  );
  const definitions: Definition[] = [];
  for (const name of found.map((each) => each.name).sort()) {
    const [row] = await session.values(`SHOW CREATE EVENT ${quoteName(name)}`);
    const [, sqlMode, timeZone, create, client, collation] = row as [
      string,
      string,
      string,
      string,
      string,
      string,
    ];
    definitions.push({ kind: 'event', name, sqlMode, client, collation, timeZone, create });
  }
  return definitions;
}

function hidden(database: string, object: string, right: string): SavepointError {
  return new SavepointError(
    'PERMISSION_DENIED',
    `the server does not show how ${object} of database ${database} is made. Grant ${right} to the account that the address names.`,
    { fields: { database, object } },
  );
}
