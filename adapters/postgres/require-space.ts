// Whether there is room for a new database, where its disk is one of this host: a server whose disk is full is in trouble, and
// so is all else on it.
import { existsSync, statfsSync } from 'node:fs';
import { SavepointError } from '../../store/errors.js';
import type { PsqlSession } from './psql-session.js';
import { quoteText } from './quote.js';
import type { StoredDatabase } from './stored-database.js';

/** Rows take about so much more on the disk than as text, and indexes come on top. */
const SHARE = 1.2;
/** What an empty database takes, and the log meanwhile. */
const LEAST_BYTES = 16 << 20;

/** Throws STORAGE_FULL. */
export async function requireSpace(stored: StoredDatabase, maintenance: PsqlSession): Promise<void> {
  const { record, tables } = stored;
  const { place, isLocal } = await maintenance.row<{ place: string | null; isLocal: boolean }>(
    `SELECT CASE spcname WHEN 'pg_default' THEN current_setting('data_directory', true)
       ELSE pg_tablespace_location(oid) END AS place,
       inet_server_addr() IS NOT DISTINCT FROM inet_client_addr() AS "isLocal"
     FROM pg_tablespace WHERE spcname = ${quoteText(record.tablespace)}`,
  );
  if (!isLocal || place === null || !existsSync(place)) return;
  const neededBytes = LEAST_BYTES + SHARE * tables.reduce((sum, { table }) => sum + table.bytes, 0);
  const { bavail, bsize } = statfsSync(place);
  const freeBytes = bavail * bsize;
  if (freeBytes >= neededBytes) return;
  const [needed, free] = [neededBytes, freeBytes].map((bytes) => `${Math.ceil(bytes / 2 ** 20)} MiB`);
  throw new SavepointError(
    'STORAGE_FULL',
    `database ${record.name}: a new one beside it takes about ${needed} at ${place}, and ${free} are free. Free space on the server's disk, and repeat.`,
    { fields: { database: record.name, path: place, neededBytes, freeBytes } },
  );
}
