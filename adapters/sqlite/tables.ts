// Single tables of SQLite databases: looked at, compared row by row, and put back alone, in one transaction.
import { SavepointError } from '../../store/errors.js';
import type { StateContext, StateReader } from '../state/state-adapter.js';
import type { StateTables, TableDifference, TableSide } from '../state/state-tables.js';
import { targetOf } from './attempt-files.js';
import { compareAttached } from './compare-tables.js';
import { type TableRecord, tablesIn } from './read-tables.js';
import { restoreTable } from './restore-table.js';
import { orderOf, quoteName, quoteText, rowExpression } from './row-text.js';
import { type SqliteAccess, SqliteSession } from './sqlite-session.js';
import { readSqliteSettings } from './sqlite-settings.js';
import { findTable, type StoredTable, storedTables, withStored } from './stored-files.js';

export const sqliteTables: StateTables = {
  list: async (reader) => [...(await storedTables(reader)).keys()].sort(),
  read: readTable,
  compare: compareTable,
  restore: (name, reader, context) =>
    withLive(name, { reader, context }, async (session, { table }) => restoreTable(session, table)),
};

/** Nobody is told which program the component has: it is looked for in the PATH. */
const READING = { component: 'the table', program: undefined, busyTimeoutMs: 0 };

const NEWLINE = Buffer.from('\n');
const PIECE_BYTES = 64 << 10;

async function* readTable(name: string, reader: StateReader): AsyncGenerator<Uint8Array> {
  const { database, table } = await findTable(name, reader);
  const select = `SELECT ${rowExpression(table)} FROM ${quoteName(table.name)} ORDER BY ${orderOf(table)}`;
  yield* withStored(reader, database, async function* (file) {
    const session = await SqliteSession.open(READING, file);
    try {
      let waiting: Buffer[] = [];
      let bytes = 0;
      for await (const line of session.lines(select)) {
        waiting.push(line, NEWLINE);
        bytes += line.length + 1;
        if (bytes < PIECE_BYTES) continue;
        yield Buffer.concat(waiting);
        waiting = [];
        bytes = 0;
      }
      if (waiting.length > 0) yield Buffer.concat(waiting);
      await session.close();
    } finally {
      session.kill();
    }
  });
}

async function compareTable(
  name: string,
  { before, after }: { readonly before: TableSide; readonly after: TableSide },
  context: StateContext,
): Promise<TableDifference> {
  if (before !== 'live' && after !== 'live') return compareStored(name, { before, after, context });
  const reader = before === 'live' ? after : before;
  if (reader === 'live') throw new Error('savepoint bug: a table is compared with itself');
  const sides = before === 'live' ? { before: 'main', after: ATTACHED } : { before: ATTACHED, after: 'main' };
  return withLive(name, { reader, context }, (session, { table }) => compareAttached(session, table, sides));
}

/** What the other file is called in a session. */
const ATTACHED = 'point';

interface StoredSides {
  readonly before: StateReader;
  readonly after: StateReader;
  readonly context: StateContext;
}

async function compareStored(
  name: string,
  { before, after, context }: StoredSides,
): Promise<TableDifference> {
  const [found, other] = [await findTable(name, before), await findTable(name, after)];
  requireColumns(found.table, other.table);
  const sides = { before: ATTACHED, after: 'main' };
  return first(
    withStored(before, found.database, async function* (left) {
      yield* withStored(after, other.database, async function* (right) {
        yield await inSession(accessOf(context), [right, left], (session) =>
          compareAttached(session, found.table, sides),
        );
      });
    }),
  );
}

/** A session with the live database, to which that of the point is attached. */
async function withLive<T>(
  name: string,
  { reader, context }: { readonly reader: StateReader; readonly context: StateContext },
  work: (session: SqliteSession, found: StoredTable) => Promise<T>,
): Promise<T> {
  const found = await findTable(name, reader);
  return first(
    withStored(reader, found.database, async function* (file) {
      yield await inSession(accessOf(context), [targetOf(found.database), file], async (session) => {
        const live = (await tablesIn(session)).find((each) => each.name === found.table.name);
        if (live === undefined) throw noTable(found);
        requireColumns(found.table, live);
        return work(session, found);
      });
    }),
  );
}

async function inSession<T>(
  access: SqliteAccess,
  [main, attached]: readonly [string, string],
  work: (session: SqliteSession) => Promise<T>,
): Promise<T> {
  const session = await SqliteSession.open(access, main);
  try {
    await session.run(`ATTACH ${quoteText(attached)} AS ${ATTACHED}`);
    const result = await work(session);
    await session.close();
    return result;
  } finally {
    session.kill();
  }
}

async function first<T>(values: AsyncGenerator<T>): Promise<T> {
  for await (const value of values) return value;
  throw new Error('savepoint bug: nothing came of it');
}

function accessOf(context: StateContext): SqliteAccess {
  return { component: context.component, signal: context.signal, ...readSqliteSettings(context) };
}

function noTable({ database, table }: StoredTable): SavepointError {
  return new SavepointError(
    'UNSUPPORTED',
    `The database ${database} has no table ${table.name} now: roll it back as a whole, or take the table's rows by 'savepoint cat'.`,
    { fields: { table: table.name } },
  );
}

function requireColumns(left: TableRecord, right: TableRecord): void {
  if (left.columns.join('\0') === right.columns.join('\0')) return;
  const [expected, found] = [left.columns.join(', '), right.columns.join(', ')];
  throw new SavepointError(
    'UNSUPPORTED',
    `The table ${left.name} has other columns (${found}) than the point has (${expected}): its rows can't be compared. Roll the database back as a whole, or take the rows by 'savepoint cat'.`,
    { fields: { table: left.name, expected, found } },
  );
}
