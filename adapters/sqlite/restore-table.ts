// Makes one live table as a point has it, in one transaction: only rows that differ are touched, nobody else writes to the database
// meanwhile, no trigger sees it, and what refers to the rows still has to.
import { SavepointError } from '../../store/errors.js';
import type { TableDifference } from '../state/state-tables.js';
import { differenceOf, selectDifferences } from './compare-tables.js';
import type { TableRecord } from './read-tables.js';
import { quoteName, rowExpression, rowIdOf } from './row-text.js';
import type { SqliteSession } from './sqlite-session.js';

const SIDES = { before: 'main', after: 'point' };
const DIFFERING = 'temp.savepoint_differing';
const BROKEN = 'temp.savepoint_broken';

/** The point's database is attached as `point`. Throws before anything is visible to others: VALIDATION_FAILED, UNSUPPORTED. */
export async function restoreTable(session: SqliteSession, table: TableRecord): Promise<TableDifference> {
  await session.command('.dbconfig enable_trigger off');
  // No row of another table goes with one that goes.
  await session.run('PRAGMA foreign_keys = OFF');
  await session.run('BEGIN IMMEDIATE');
  await session.run(`CREATE TEMP TABLE savepoint_broken AS SELECT * FROM pragma_foreign_key_check`);
  await session.run(`CREATE TEMP TABLE savepoint_differing AS ${selectDifferences(table, SIDES)}`);
  const lines = await session.run(`SELECT count || char(9) || row FROM ${DIFFERING}`);
  for (const statement of changes(table)) await session.run(statement);
  await requireSame(session, table);
  await requireReferences(session, table);
  await session.commit();
  return differenceOf(lines, table);
}

/** Rows go before others come: no key is there twice. */
function changes(table: TableRecord): string[] {
  const name = quoteName(table.name);
  const columns = table.columns.map(quoteName).join(', ');
  const numbered = (side: string, more: string) =>
    `SELECT ${more}, ${rowExpression(table)} AS row, row_number() OVER (PARTITION BY ${rowExpression(table)}) AS number FROM ${side}.${name}`;
  const rowId = table.hasRowId ? numberOf(table) : undefined;
  const id = rowId ?? table.key.map(quoteName).join(', ');
  const names = table.hasRowId ? 'id' : id;
  const gone = `SELECT ${names} FROM (${numbered('main', table.hasRowId ? `${rowId} AS id` : id)}) JOIN ${DIFFERING} AS differing USING (row)
    WHERE differing.count < 0 AND number <= -differing.count`;
  const come = `SELECT ${columns} FROM (${numbered('point', columns)}) JOIN ${DIFFERING} AS differing USING (row)
    WHERE differing.count > 0 AND number <= differing.count`;
  return [
    `DELETE FROM main.${name} WHERE ${table.hasRowId ? id : `(${id})`} IN (${gone})`,
    `INSERT INTO main.${name} (${columns}) ${come}`,
  ];
}

function numberOf(table: TableRecord): string {
  const rowId = rowIdOf(table);
  if (rowId !== undefined) return rowId;
  throw new SavepointError(
    'UNSUPPORTED',
    `The columns of ${table.name} have all names by which its rows could be told apart: roll the database back as a whole.`,
    { fields: { table: table.name } },
  );
}

async function requireSame(session: SqliteSession, table: TableRecord): Promise<void> {
  const [count] = await session.run(`SELECT count(*) FROM (${selectDifferences(table, SIDES)})`);
  if (count === '0') return;
  throw new SavepointError(
    'VALIDATION_FAILED',
    `The table ${table.name} would not have the rows of the point (${count} would differ): nothing was changed. Roll the database back as a whole.`,
    { fields: { table: table.name, found: count } },
  );
}

/** References that were broken before are nobody's fault here. */
async function requireReferences(session: SqliteSession, table: TableRecord): Promise<void> {
  const [broken] = await session.rows<{ table: string; parent: string }>(
    `SELECT "table", parent FROM (SELECT * FROM pragma_foreign_key_check EXCEPT SELECT * FROM ${BROKEN}) LIMIT 1`,
  );
  if (broken === undefined) return;
  throw new SavepointError(
    'UNSUPPORTED',
    `With the rows of the point in ${table.name}, rows of ${broken.table} would refer to rows of ${broken.parent} that are not there: nothing was changed. Roll the database back as a whole, or put ${broken.parent === table.name ? broken.table : broken.parent} back first.`,
    { fields: { table: table.name, dependant: broken.table, parent: broken.parent } },
  );
}
