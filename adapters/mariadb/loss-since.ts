// What a rollback of databases would lose: the tables that were written to since the instant of a point, as far as the server tells.
import { readDocument } from '../state/json-document.js';
import type { StateContext, StateInstant, StateReader } from '../state/state-adapter.js';
import { ClientSession } from './client-session.js';
import { databasePaths, POSITION_PATH } from './document-paths.js';
import { readMariadbSettings } from './mariadb-settings.js';
import { quoteText } from './quote.js';
import { type Position, readPosition, readServer } from './read-server.js';
import { selectDatabases, wantedDatabases } from './select-databases.js';
import { accessServer } from './server-access.js';

/** In a sentence for each database. */
export async function lossSince(point: StateReader, context: StateContext): Promise<readonly string[]> {
  const settings = readMariadbSettings(context);
  const access = accessServer(context.component, settings);
  const session = await ClientSession.open(access, { signal: context.signal });
  try {
    const { found } = await selectDatabases(session, wantedDatabases(settings, access));
    const then = await readDocument<Position>(point, POSITION_PATH);
    const now = await readPosition(session, await readServer(session));
    const sentences: string[] = [];
    for (const name of found) {
      const isInPoint = (await point.read(databasePaths(name).record)) !== undefined;
      if (then === undefined || !isInPoint)
        sentences.push(`database ${name} is lost with all that is in it.`);
      else
        sentences.push(
          `database ${name} loses what was written since ${then.at}${await describe(session, name, { then, now })}.`,
        );
    }
    await session.close();
    return sentences;
  } finally {
    session.kill();
  }
}

/** Of the whole server in a point: all databases are of one. */
export async function instantsOfPoint(point: StateReader): Promise<StateInstant[]> {
  const position = await readDocument<Position>(point, POSITION_PATH);
  if (position === undefined) return [];
  const { at, binaryLog } = position;
  if (binaryLog === null) return [{ object: 'server', at, position: 'no binary log' }];
  const gtid = binaryLog.gtid === null || binaryLog.gtid === '' ? '' : `, GTID ${binaryLog.gtid}`;
  return [{ object: 'server', at, position: `${binaryLog.file} ${binaryLog.position}${gtid}` }];
}

const SLACK_SECONDS = 2;
const MOST_NAMED = 5;

async function describe(
  session: ClientSession,
  database: string,
  { then, now }: { readonly then: Position; readonly now: Position },
): Promise<string> {
  if (Math.abs(now.startedSeconds - then.startedSeconds) > SLACK_SECONDS)
    return '; the server was started anew since then';
  const since = Math.floor(Date.parse(then.at) / 1000);
  const tables = await session.rows<{ name: string }>(
    `SELECT JSON_OBJECT('name', TABLE_NAME) FROM information_schema.TABLES WHERE TABLE_SCHEMA = ${quoteText(database)}
       AND TABLE_TYPE = 'BASE TABLE' AND UNIX_TIMESTAMP(UPDATE_TIME) >= ${since} ORDER BY TABLE_NAME`,
  );
  if (tables.length === 0) return ': to no table, as far as the server knows';
  const named = tables.slice(0, MOST_NAMED).map(({ name }) => name);
  const more = tables.length > MOST_NAMED ? ` and ${tables.length - MOST_NAMED} more` : '';
  return `, in ${named.join(', ')}${more}`;
}
