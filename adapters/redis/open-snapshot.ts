// A snapshot of a Redis server's data, in a server of our own, where reading disturbs nobody.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { accessServer } from './access-server.js';
import type { Position, ServerRecord } from './database-record.js';
import { fetchSnapshot } from './fetch-snapshot.js';
import { type PrivateServer, startPrivateServer } from './private-server.js';
import { inSession, type ServerAccess } from './redis-session.js';
import type { RedisSettings } from './redis-settings.js';
import { numberOf, readInfo, requireKnownServer } from './server-info.js';

export interface Snapshot extends PrivateServer {
  readonly server: ServerRecord;
  readonly position: Position;
}

const NAME = 'snapshot.rdb';

/** `directory` has to have room for all of the server's data, for as long as they are read. */
export async function openSnapshot(
  settings: RedisSettings,
  use: {
    readonly component: string;
    readonly directory: string;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<Snapshot> {
  const { component, directory, signal } = use;
  const access = accessServer(component, settings);
  const { info, at } = await inSession(access, { signal }, async (session) => {
    const found = await readInfo(session);
    requireKnownServer(found, component);
    // Ours has more of them.
    for (const number of Array.isArray(settings.databases) ? settings.databases : [])
      if (number !== 0) await session.call('SELECT', String(number));
    const [seconds, micros] = (await session.call('TIME')) as [Buffer, Buffer];
    return { info: found, at: Number(seconds) * 1000 + Math.floor(Number(micros) / 1000) };
  });
  const file = join(directory, NAME);
  const { replicationId, offset, rdbVersion } = await fetchSnapshot(access, file, signal);
  const { programs } = settings;
  const snapshot = { directory, name: NAME };
  try {
    const reading = await startPrivateServer({ component, programs, snapshot, signal });
    return {
      ...reading,
      server: {
        version: info.get('redis_version') ?? '',
        runId: info.get('run_id') ?? '',
        role: info.get('role') ?? '',
        rdbVersion,
      },
      position: {
        ...{ replicationId, offset, at: new Date(at).toISOString() },
        lastSavedAt: new Date(numberOf(info, 'rdb_last_save_time') * 1000).toISOString(),
      },
    };
  } finally {
    rmSync(file, { force: true });
  }
}

/** The numbers of the databases that a component has. */
export async function selectDatabases(
  settings: RedisSettings,
  { address }: ServerAccess,
  all: () => Promise<readonly number[]>,
): Promise<readonly number[]> {
  const { databases = [address.database] } = settings;
  return databases === 'all' ? all() : [...new Set(databases)].sort((left, right) => left - right);
}
