// Finds the tables that somebody wrote to between the safety point and the exchange, once they stand aside, and notes them there.
// Those that the server knows to be older are not read. Not seen is a write that it has forgotten: it keeps the time of the last
// one in memory, as long as its table_definition_cache has room for the table.

import type { ClientSession } from './client-session.js';
import { type ExchangeMeans, withSession } from './exchange-tables.js';
import { MARKER } from './own-tables.js';
import { quoteQualified, quoteText } from './quote.js';
import { hashRows, readLiveRows } from './read-rows.js';
import { readPosition } from './read-server.js';
import type { PreparedDatabase, Safety } from './stage-databases.js';

/** What the marker says of the tables that it stands with. */
export interface AsideNote {
  readonly database: string;
  readonly written: readonly string[];
}

/** Repeatable. */
export async function noteWritten(
  { database, aside, safety, staged }: PreparedDatabase,
  means: ExchangeMeans,
): Promise<void> {
  if (staged === null) return;
  await withSession(means, async (session) => {
    if ((await readNote(session, aside)) !== undefined) return;
    const written =
      safety === null ? [] : await findWritten(session, { aside, isMariadb: means.isMariadb }, safety);
    const note: AsideNote = { database, written };
    await session.run(
      `INSERT INTO ${quoteQualified(aside, MARKER)} VALUES (${quoteText(JSON.stringify(note))})`,
    );
  });
}

/** `undefined` where none was made yet. */
export async function readNote(session: ClientSession, aside: string): Promise<AsideNote | undefined> {
  const [note] = await session.rows<AsideNote>(`SELECT record FROM ${quoteQualified(aside, MARKER)} LIMIT 1`);
  return note;
}

/** A clock's second, and that the server counts in whole ones. */
const SLACK_SECONDS = 2;

async function findWritten(
  session: ClientSession,
  { aside, isMariadb }: { readonly aside: string; readonly isMariadb: boolean },
  { position, tables }: Safety,
): Promise<string[]> {
  const since = Math.floor(Date.parse(position.at) / 1000) - 1;
  const { startedSeconds } = await readPosition(session, { isMariadb });
  const isRestarted = Math.abs(startedSeconds - position.startedSeconds) > SLACK_SECONDS;
  const found = await session.rows<{ name: string; isOlder: number }>(
    `SELECT JSON_OBJECT('name', TABLE_NAME, 'isOlder', IF(UPDATE_TIME IS NULL OR UNIX_TIMESTAMP(UPDATE_TIME) < ${since}, 1, 0))
     FROM information_schema.TABLES WHERE TABLE_SCHEMA = ${quoteText(aside)} AND TABLE_TYPE = 'BASE TABLE'`,
  );
  const written: string[] = [];
  const before = new Map(tables.map((table) => [table.name, table]));
  for (const { name, isOlder } of found) {
    if (name === MARKER) continue;
    const table = before.get(name);
    if (table !== undefined && isOlder === 1 && !isRestarted) continue;
    const isSame =
      table !== undefined &&
      (await hashRows(readLiveRows(session, { database: aside, table }))) === table.sha256;
    if (!isSame) written.push(name);
  }
  return written;
}
