// The names of all tables and sequences in a database, ours among them; none where there is no such database.
import type { ClientSession } from './client-session.js';
import { quoteText } from './quote.js';

export async function listTables(session: ClientSession, database: string): Promise<string[]> {
  const rows = await session.rows<{ name: string }>(
    `SELECT JSON_OBJECT('name', TABLE_NAME) FROM information_schema.TABLES
     WHERE TABLE_SCHEMA = ${quoteText(database)} AND TABLE_TYPE <> 'VIEW'`,
  );
  return rows.map(({ name }) => name).sort();
}

export async function listViews(session: ClientSession, database: string): Promise<string[]> {
  const rows = await session.rows<{ name: string }>(
    `SELECT JSON_OBJECT('name', TABLE_NAME) FROM information_schema.TABLES
     WHERE TABLE_SCHEMA = ${quoteText(database)} AND TABLE_TYPE = 'VIEW'`,
  );
  return rows.map(({ name }) => name).sort();
}
