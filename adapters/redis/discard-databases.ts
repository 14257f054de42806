// Takes away what an attempt has left at a server: data beside those in use, and its marks. Keys that were written between the safety
// point and the exchange are in no point: they alone are kept, where they stand.
import { SavepointError } from '../../store/errors.js';
import type { AttemptContext } from '../state/state-adapter.js';
import { accessServer } from './access-server.js';
import { type FoundMarker, findMarkers, isOf, markCommand, unmarkCommand } from './attempt-marker.js';
import { compareKeys, namedRows } from './compare-keys.js';
import { listKeys, readKeys } from './read-keys.js';
import { inSession, type RedisSession } from './redis-session.js';
import { readRedisSettings } from './redis-settings.js';
import { hasStagedRows, stagedRows } from './staged-files.js';

/** Throws INCOMPLETE where keys stay, or were lost, that are in no point. */
export async function discardDatabases(context: AttemptContext): Promise<void> {
  const access = accessServer(context.component, readRedisSettings(context));
  const errors = await inSession(access, { database: 0, signal: context.signal }, async (session) => {
    const found: SavepointError[] = [];
    for (const marker of await findMarkers(session)) {
      if (!isOf(marker, context.attempt, context.component)) continue;
      await session.call('SELECT', String(marker.at));
      const error = await discardOne(session, marker, context);
      if (error !== undefined) found.push(error);
    }
    return found;
  });
  if (errors[0] !== undefined) throw errors[0];
}

async function discardOne(
  session: RedisSession,
  marker: FoundMarker,
  context: AttemptContext,
): Promise<SavepointError | undefined> {
  const { role, keys } = marker;
  if (role === 'changed') {
    await session.call(...unmarkCommand(marker));
    return keys === 0 ? undefined : lostError(marker, context);
  }
  if (role === 'kept') return keptError(marker, context);
  if (role !== 'old') {
    await session.call('FLUSHDB', 'ASYNC');
    return undefined;
  }
  const written = await writtenKeys(session, marker, context);
  if (written.size === 0) {
    await session.call('FLUSHDB', 'ASYNC');
    return undefined;
  }
  const kept: FoundMarker = { ...marker, role: 'kept', keys: written.size };
  await session.call(...markCommand(kept));
  await unlinkOthers(session, written);
  return keptError(kept, context);
}

/** The keys of the session's database that are not as they were when the safety point was taken. */
async function writtenKeys(
  session: RedisSession,
  { database }: FoundMarker,
  context: AttemptContext,
): Promise<ReadonlySet<string>> {
  const names = await listKeys(session);
  // Without a safety point to compare with, all of them may be.
  if (!hasStagedRows(context, database, 'from')) return new Set(names);
  const written = new Set<string>();
  const before = namedRows(stagedRows(context, database, 'from'));
  for await (const difference of compareKeys(before, readKeys(session, names)))
    if (difference.after !== undefined) written.add(difference.name);
  return written;
}

const NAMES_AT_ONCE = 1000;

async function unlinkOthers(session: RedisSession, kept: ReadonlySet<string>): Promise<void> {
  const others = (await listKeys(session)).filter((name) => !kept.has(name));
  for (let at = 0; at < others.length; at += NAMES_AT_ONCE) {
    const names = others.slice(at, at + NAMES_AT_ONCE).map((name) => Buffer.from(name, 'latin1'));
    await session.call('UNLINK', ...names);
  }
}

function keptError({ database, at, keys }: FoundMarker, { component }: AttemptContext): SavepointError {
  return new SavepointError(
    'INCOMPLETE',
    `${keys} keys were written in database ${database} between its safety point and its exchange. They are kept, alone, in database ${at} (SELECT ${at}): look at them, move what is needed (COPY … DB ${database}), and then empty it (SELECT ${at}, FLUSHDB).`,
    { fields: { component, database, keptIn: at, keys } },
  );
}

function lostError({ database, keys }: FoundMarker, { component }: AttemptContext): SavepointError {
  return new SavepointError(
    'INCOMPLETE',
    `${keys} keys of database ${database} were written between its safety point and the rollback, which has put the point's in their place: no point has what was written. Next time, stop who writes there first.`,
    { fields: { component, database, keys } },
  );
}
