// The marks that attempts leave in databases of the server, in a hash of a name that is never captured: whose data they are, and
// how far an attempt has come. They go with the data wherever they go, as the server writes both down together.
import { parseJson } from '../../store/parse-json.js';
import type { Command, RedisSession } from './redis-session.js';
import { RedisRefusal } from './resp-parser.js';
import { filledDatabases, readInfo } from './server-info.js';

export const MARKER = '__savepoint_rollback__';

export interface MarkerOwner {
  readonly attempt: string;
  readonly component: string;
}

export interface Marker extends MarkerOwner {
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

export function markCommand({ attempt, component, database, role, keys, lasting }: Marker): Command {
  const text = JSON.stringify({ attempt, component, database, role, keys, lasting });
  return ['HSET', MARKER, fieldOf({ attempt, component, database }), text];
}

export function unmarkCommand(marker: Marker): Command {
  return ['HDEL', MARKER, fieldOf(marker)];
}

function fieldOf({ attempt, component, database }: MarkerOwner & { readonly database: number }): string {
  return `${attempt} ${database} ${component}`;
}

export function isOf(marker: Marker, attempt: string | undefined, component: string): boolean {
  return marker.attempt === attempt && marker.component === component;
}

/** Whether the database that they stand in is nobody's, whatever is in it. */
export function areAside(markers: readonly Marker[]): boolean {
  return markers.some(({ role }) => role !== 'changed');
}

/** All of a server. Leaves the session in another database. */
export async function findMarkers(session: RedisSession): Promise<FoundMarker[]> {
  const found: FoundMarker[] = [];
  for (const at of filledDatabases(await readInfo(session))) {
    await session.call('SELECT', String(at));
    for (const marker of await markersHere(session)) found.push({ ...marker, at });
  }
  return found;
}

/** Those of the session's database. */
export async function markersHere(session: RedisSession): Promise<Marker[]> {
  const [reply] = await session.exchange([['HGETALL', MARKER]]);
  if (reply instanceof RedisRefusal && reply.word !== 'WRONGTYPE') await session.call('HGETALL', MARKER);
  if (!Array.isArray(reply)) return [];
  return reply.filter((_, at) => at % 2 === 1).flatMap((text) => parseMarker(String(text)));
}

function parseMarker(text: string): Marker[] {
  try {
    const value = parseJson(text) as Partial<Marker> | null;
    const isOurs = typeof value?.attempt === 'string' && typeof value.database === 'number';
    return isOurs ? [value as Marker] : [];
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return [];
  }
}
