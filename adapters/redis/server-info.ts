// What a Redis server says of itself (INFO), and whether it is one that this program knows how to treat.
import { SavepointError } from '../../store/errors.js';
import type { RedisSession } from './redis-session.js';

export type ServerInfo = ReadonlyMap<string, string>;

export async function readInfo(session: RedisSession): Promise<ServerInfo> {
  const text = String(await session.call('INFO'));
  const pairs = text.split(/\r?\n/).flatMap((line): [string, string][] => {
    const colon = line.indexOf(':');
    return colon === -1 || line.startsWith('#') ? [] : [[line.slice(0, colon), line.slice(colon + 1)]];
  });
  return new Map(pairs);
}

export function numberOf(info: ServerInfo, name: string): number {
  return Number(info.get(name) ?? 0);
}

/** The numbers of the databases that have keys, in order. */
export function filledDatabases(info: ServerInfo): number[] {
  const found = [...info.keys()].flatMap((name) => /^db([0-9]+)$/.exec(name)?.[1] ?? []);
  return found.map(Number).sort((left, right) => left - right);
}

/** The first with functions, and with the exact time at which a key expires. */
const OLDEST_MAJOR = 7;

/** Throws UNSUPPORTED for a server of before, and for the node of a cluster. */
export function requireKnownServer(info: ServerInfo, component: string): void {
  const version = info.get('redis_version') ?? '0';
  if (Number(version.split('.')[0]) < OLDEST_MAJOR) {
    throw new SavepointError(
      'UNSUPPORTED',
      `the server is of version ${version}; those from ${OLDEST_MAJOR} on can be captured. Upgrade it.`,
      { fields: { component, found: version, expected: OLDEST_MAJOR } },
    );
  }
  if (info.get('cluster_enabled') !== '1') return;
  throw new SavepointError(
    'UNSUPPORTED',
    'the server is a node of a cluster, whose keys move between nodes: a cluster has no single instant, and none of its nodes can be captured or rolled back alone. Use the snapshots of the cluster itself.',
    { fields: { component } },
  );
}

/** Throws STATE_REFUSED for a replica: what is written there does not last. */
export function requireMaster(info: ServerInfo, component: string): void {
  if (info.get('role') !== 'slave') return;
  const master = `${info.get('master_host')}:${info.get('master_port')}`;
  throw new SavepointError(
    'STATE_REFUSED',
    `the server is a replica of ${master}, and takes its data from there. Roll back the master: name it by 'url'.`,
    { fields: { component, master } },
  );
}
