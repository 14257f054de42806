// The mark that an attempt leaves in a database of the server, under a key of a name that is never captured: whose it is, and
// how far it has come. It goes with the data wherever they go, as the server writes both down together.
import type { RedisSession } from './redis-session.js';
import { RedisRefusal } from './resp-parser.js';
import { filledDatabases, readInfo } from './server-info.js';

export const MARKER = '__savepoint_rollback__';

export interface Marker {
  readonly attempt: string;
  /** The one that it is about, whichever it stands in. */
  readonly database: number;
  /**
   * `loading`: data are made ready beside. `ready`: they are, and were checked. `old`: what was in use until they were exchanged.
   * `spent`: the same, of an attempt that is taken back. `kept`: of `old`, what is in no point. `changed`: the database itself,
   * whose keys were put back.
   */
  readonly role: 'loading' | 'ready' | 'old' | 'spent' | 'kept' | 'changed';
  /** Keys, and those of them that never expire: of `ready`. Keys that are in no point: of `old`, `kept`, `changed`. */
  readonly keys: number;
  readonly lasting: number;
}

export interface FoundMarker extends Marker {
  /** The database that it stands in. */
  readonly at: number;
}

export function markCommand(marker: Marker): [string, string, string] {
  return ['SET', MARKER, JSON.stringify(marker)];
}

/** Whether the database that it stands in is nobody's, whatever is in it. */
export function isAside(marker: Marker | undefined): boolean {
  return marker !== undefined && marker.role !== 'changed';
}

/** All of a server. Leaves the session in another database. */
export async function findMarkers(session: RedisSession): Promise<FoundMarker[]> {
  const markers: FoundMarker[] = [];
  for (const at of filledDatabases(await readInfo(session))) {
    await session.call('SELECT', String(at));
    const marker = await findMarker(session);
    if (marker !== undefined) markers.push({ ...marker, at });
  }
  return markers;
}

/** That of the session's database. */
export async function findMarker(session: RedisSession): Promise<Marker | undefined> {
  const [reply] = await session.exchange([['GET', MARKER]]);
  if (reply instanceof RedisRefusal && reply.word !== 'WRONGTYPE') await session.call('GET', MARKER);
  return Buffer.isBuffer(reply) ? parseMarker(reply.toString()) : undefined;
}

function parseMarker(text: string): Marker | undefined {
  try {
    const value = JSON.parse(text) as Partial<Marker> | null;
    const isOurs = typeof value?.attempt === 'string' && typeof value.database === 'number';
    return isOurs ? (value as Marker) : undefined;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return undefined;
  }
}
