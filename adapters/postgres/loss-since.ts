// What a rollback of databases would lose: transactions and rows since the instant of a point, from the server's counters.

import { decodeName } from '../database/document-name.js';
import { readDocument } from '../state/json-document.js';
import type { StateContext, StateInstant, StateReader } from '../state/state-adapter.js';
import { openDatabase, type Position } from './capture-database.js';
import { readSystem, type ServerRecord } from './capture-postgres.js';
import { positionPath, positionsPrefix, SERVER_PATH } from './document-paths.js';
import { openMaintenance } from './open-maintenance.js';
import { readPostgresSettings } from './postgres-settings.js';
import { selectDatabases } from './select-databases.js';
import { accessServer } from './server-access.js';

/** Where a server and one of its databases are, or were. */
export interface Instant {
  readonly system: string | null | undefined;
  readonly position: Position | undefined;
}

/** In a sentence for each database of a point. */
export async function lossSince(point: StateReader, context: StateContext): Promise<readonly string[]> {
  const settings = readPostgresSettings(context);
  const access = accessServer(context.component, settings);
  const maintenance = await openMaintenance(access, { signal: context.signal });
  try {
    const { found } = await selectDatabases(maintenance, settings.databases ?? [access.database]);
    const system = await readSystem(maintenance);
    const sentences: string[] = [];
    for (const name of found) {
      const { lead, position } = await openDatabase(access, name, context.signal);
      await lead.close();
      sentences.push(...describeLoss(name, { from: { system, position }, to: await instantOf(point, name) }));
    }
    await maintenance.close();
    return sentences;
  } finally {
    maintenance.kill();
  }
}

/** Of each database in a point. */
export async function instantsOfPoint(point: StateReader): Promise<StateInstant[]> {
  const server = await readDocument<ServerRecord>(point, SERVER_PATH);
  const mark = server?.restorePoint ?? undefined;
  const found: StateInstant[] = [];
  for (const path of await point.list(positionsPrefix)) {
    const position = await readDocument<Position>(point, path);
    if (position === undefined) continue;
    const name = decodeName(path.slice(positionsPrefix.length + 1, -'.json'.length));
    const at = `LSN ${position.lsn}, transaction ${position.transaction}`;
    found.push({
      ...{ object: `database ${name}`, at: position.at },
      position: mark === undefined ? at : `${at}, restore point '${mark}'`,
    });
  }
  return found;
}

/** As documents have it. */
export async function instantOf(reader: StateReader, database: string): Promise<Instant> {
  const server = await readDocument<ServerRecord>(reader, SERVER_PATH);
  return { system: server?.system, position: await readDocument<Position>(reader, positionPath(database)) };
}

/** What of a database is lost on the way from one instant to another; nothing where it is not there. */
export function describeLoss(
  database: string,
  { from, to }: { readonly from: Instant; readonly to: Instant },
): string[] {
  const [now, then] = [from.position, to.position];
  if (now === undefined) return [];
  if (then === undefined) return [`database ${database} is lost with all that is in it.`];
  const lost = `database ${database} loses what was written since ${then.at}`;
  const transactions = BigInt(now.transaction) - BigInt(then.transaction);
  if (from.system !== to.system || transactions < 0n)
    return [`${lost}; the server was set up anew since then.`];
  const rows = now.rowsWritten - then.rowsWritten;
  const ofRows = rows < 0 || now.oid !== then.oid ? '' : `, ${rows} rows written in it`;
  return [`${lost}: at most ${transactions} transactions of the whole server${ofRows}.`];
}
