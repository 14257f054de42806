// Reads all rows of a table, and makes sure that the server has left nothing out of them.
import { createHash } from 'node:crypto';
import { SavepointError } from '../../store/errors.js';
import type { ClientSession } from './client-session.js';
import type { TableRecord } from './read-catalog.js';
import { readStatement } from './table-record.js';

type ReadTable = Pick<TableRecord, 'name' | 'columns' | 'key'>;

/** Throws UNSUPPORTED where a value is too long for the server's max_allowed_packet: it would give NULL in its place. */
export async function* readLiveRows(
  session: ClientSession,
  {
    database,
    table,
    suffix = '',
  }: { readonly database: string; readonly table: ReadTable; readonly suffix?: string },
): AsyncGenerator<Buffer> {
  yield* session.stream(`${readStatement(database, table)}${suffix}`);
  const [[warnings] = []] = await session.values('SELECT @@warning_count');
  if (warnings === '0') return;
  const said = await session.values('SHOW WARNINGS LIMIT 1');
  throw new SavepointError(
    'UNSUPPORTED',
    `the server does not give all values of it: ${said[0]?.[2] ?? ''}. Raise its max_allowed_packet to three times the longest value, and repeat.`,
    { fields: { database, table: table.name, number: Number(said[0]?.[1]) } },
  );
}

/** Of all rows, in their order. */
export async function hashRows(rows: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of rows) hash.update(piece);
  return hash.digest('hex');
}
