// Fixes one instant for all tables of databases: a consistent snapshot in one session, in which no definition can change any
// more, and read locks on tables that know no snapshots.
import { isSavepointError, SavepointError } from '../../store/errors.js';
import { ClientSession } from './client-session.js';
import { type DatabaseRecord, findDatabase } from './database-record.js';
import type { Definition } from './definition-text.js';
import { quoteName, quoteQualified } from './quote.js';
import { type Catalog, readCatalog } from './read-catalog.js';
import { readPrograms, readTableDefinitions } from './read-definitions.js';
import { type Position, readPosition, type ServerRecord } from './read-server.js';
import type { ServerAccess } from './server-access.js';

/** A database as it is at the instant; its rows are still to be read. */
export interface OpenDatabase {
  readonly record: DatabaseRecord;
  readonly catalog: Catalog;
  readonly definitions: readonly Definition[];
  readonly programs: readonly Definition[];
  readonly autoIncrements: ReadonlyMap<string, string>;
}

export interface Snapshot {
  /** The one session that sees the instant. */
  readonly lead: ClientSession;
  readonly position: Position;
  readonly databases: readonly OpenDatabase[];
  /** Lets others write to the tables that are locked: once their rows are read. */
  unlock(): Promise<void>;
  /** `database` and name of tables that could not be locked, with the reason. */
  readonly unlocked: readonly {
    readonly database: string;
    readonly table: string;
    readonly reason: SavepointError;
  }[];
  close(): Promise<void>;
  kill(): void;
}

export interface SnapshotMeans {
  readonly access: ServerAccess;
  /** A session for all that is no part of the snapshot. */
  readonly side: ClientSession;
  readonly server: ServerRecord;
  readonly databases: readonly string[];
  readonly signal?: AbortSignal | undefined;
}

const MOST_TRIES = 3;
/** A table that is gone, or was altered since the snapshot. */
const CHANGED = [1146, 1412, 1932];

/** Throws STATE_BUSY where definitions keep changing. */
export async function openSnapshot(means: SnapshotMeans): Promise<Snapshot> {
  for (let tries = 1; ; tries++) {
    const snapshot = await tryOnce(means);
    if (snapshot !== undefined) return snapshot;
    if (tries === MOST_TRIES) {
      throw new SavepointError(
        'STATE_BUSY',
        `somebody keeps altering tables of ${means.databases.join(', ')} while they are captured. Repeat when that is over.`,
        { fields: { component: means.access.component, databases: means.databases } },
      );
    }
  }
}

/** `undefined` where definitions changed meanwhile. */
async function tryOnce(means: SnapshotMeans): Promise<Snapshot | undefined> {
  const { access, side, server, databases, signal } = means;
  const before = await describe(side, databases);
  const locks = await lockOthers(means, before);
  const lead = await ClientSession.open(access, { signal }).catch((error) => {
    locks.kill();
    throw error;
  });
  const kill = () => {
    lead.kill();
    locks.kill();
  };
  try {
    await lead.run('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ');
    await lead.run('START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY');
    const position = await readPosition(lead, server);
    // Who has looked at a table holds its definition until the end.
    for (const { record, catalog } of before) {
      for (const { name } of catalog.tables)
        await lead.run(`SELECT 1 FROM ${quoteQualified(record.name, name)} LIMIT 1`);
    }
    const after = await describe(side, databases);
    if (fingerprint(before) !== fingerprint(after)) {
      kill();
      return undefined;
    }
    const close = async () => {
      await lead.run('COMMIT');
      await lead.close();
      await locks.close();
    };
    return { lead, position, databases: after, unlock: locks.close, unlocked: locks.failed, close, kill };
  } catch (error) {
    kill();
    if (isSavepointError(error) && CHANGED.includes(error.fields['number'] as number)) return undefined;
    throw error;
  }
}

async function describe(side: ClientSession, names: readonly string[]): Promise<OpenDatabase[]> {
  const found: OpenDatabase[] = [];
  for (const name of names) {
    const record = await findDatabase(side, name);
    if (record === undefined) continue;
    await side.run(`USE ${quoteName(name)}`);
    const catalog = await readCatalog(side, name);
    const tables = await readTableDefinitions(side, catalog);
    found.push({ record, catalog, ...tables, programs: await readPrograms(side, name) });
  }
  return found;
}

function fingerprint(databases: readonly OpenDatabase[]): string {
  return JSON.stringify(
    databases.map(({ record, definitions, programs }) => ({ record, definitions, programs })),
  );
}

/** Read locks on tables whose engines know no transactions, held by a session of their own. */
async function lockOthers({ access, side, signal }: SnapshotMeans, databases: readonly OpenDatabase[]) {
  const engines = await side.values(
    "SELECT ENGINE FROM information_schema.ENGINES WHERE TRANSACTIONS = 'YES' AND SAVEPOINTS = 'YES'",
  );
  const transactional = new Set(engines.map(([engine]) => engine));
  const tables = databases.flatMap(({ record, catalog }) =>
    catalog.tables.flatMap(({ name, engine }) =>
      transactional.has(engine) ? [] : [{ database: record.name, table: name }],
    ),
  );
  const none = { failed: [] as Snapshot['unlocked'], close: async () => {}, kill: () => {} };
  if (tables.length === 0) return none;
  const holder = await ClientSession.open(access, { signal });
  try {
    await holder.run(
      `LOCK TABLES ${tables.map(({ database, table }) => `${quoteQualified(database, table)} READ`).join(', ')}`,
    );
  } catch (error) {
    holder.kill();
    if (!isSavepointError(error, 'PERMISSION_DENIED')) throw error;
    return { ...none, failed: tables.map((each) => ({ ...each, reason: error })) };
  }
  let isOpen = true;
  const close = async () => {
    if (isOpen) await holder.close();
    isOpen = false;
  };
  return { failed: [] as Snapshot['unlocked'], close, kill: () => holder.kill() };
}

/** Those that are locked for others come first. */
export function lockedFirst<T extends { readonly engine: string }>(tables: readonly T[]): T[] {
  return [...tables].sort(
    (left, right) => Number(left.engine === 'InnoDB') - Number(right.engine === 'InnoDB'),
  );
}
