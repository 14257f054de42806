// Makes a database of a point under another name, beside what is in use: to be looked at, or taken over by hand. It gets its name
// when it is whole.
import { randomBytes } from 'node:crypto';
import { SavepointError } from '../../store/errors.js';
import { attemptNames, OWN_PREFIX } from '../database/attempt-names.js';
import { decodeName } from '../database/document-name.js';
import { readDocument } from '../state/json-document.js';
import type { StateContext, StateReader } from '../state/state-adapter.js';
import { buildDatabase } from './build-database.js';
import { discardAttempt } from './discard-databases.js';
import { databasePaths, databasesPrefix } from './document-paths.js';
import { openMaintenance } from './open-maintenance.js';
import { ownComment } from './own-database.js';
import { readPostgresSettings } from './postgres-settings.js';
import { quoteName, quoteText } from './quote.js';
import { accessServer } from './server-access.js';
import { findOid } from './stage-databases.js';
import type { StoredDatabase } from './stored-database.js';

export interface CopyWanted {
  /** One of the point's databases; its only one where this is missing. */
  readonly database: string | undefined;
  /** What the new one is called. */
  readonly name: string;
}

/** Throws PATH_NOT_FOUND, NAME_TAKEN, and what making a database throws; then nothing of it is left. */
export async function restoreBeside(
  { database, name }: CopyWanted,
  reader: StateReader,
  context: StateContext,
): Promise<void> {
  const wanted = await chooseDatabase(reader, database);
  const settings = readPostgresSettings(context);
  const access = accessServer(context.component, settings);
  const attempt = `copy-${randomBytes(8).toString('hex')}`;
  const maintenance = await openMaintenance(access, { except: [name], signal: context.signal });
  try {
    if (name.startsWith(OWN_PREFIX) || (await findOid(maintenance, name)) !== undefined)
      throw nameTaken(name);
    const { staged } = attemptNames(attempt, name);
    const comment = ownComment({ role: 'new', attempt, database: name, rows: 0 });
    const { jobs } = settings;
    await buildDatabase(
      wanted,
      { staged, comment },
      { access, reader, maintenance, jobs, signal: context.signal },
    );
    const record = await readDocument<StoredDatabase['record']>(reader, databasePaths(wanted).record);
    const about = record?.comment ?? null;
    await maintenance.run('BEGIN');
    await maintenance.run(
      `COMMENT ON DATABASE ${quoteName(staged)} IS ${about === null ? 'NULL' : quoteText(about)}`,
    );
    await maintenance.run(`ALTER DATABASE ${quoteName(staged)} RENAME TO ${quoteName(name)}`);
    await maintenance.commit();
    await maintenance.close();
  } catch (error) {
    maintenance.kill();
    await discardAttempt(access, attempt);
    throw error;
  }
}

async function chooseDatabase(reader: StateReader, database: string | undefined): Promise<string> {
  const depth = databasesPrefix.split('/').length;
  const paths = await reader.list(databasesPrefix);
  const names = [...new Set(paths.map((path) => decodeName(path.split('/')[depth] as string)))];
  const [only] = names;
  if (database !== undefined && names.includes(database)) return database;
  if (database === undefined && only !== undefined && names.length === 1) return only;
  const has = names.length === 0 ? 'It has none.' : `It has ${names.join(', ')}.`;
  throw new SavepointError(
    'PATH_NOT_FOUND',
    database === undefined
      ? `Say which database of the point is meant, as COMPONENT:DATABASE. ${has}`
      : `The point has no database '${database}'. ${has}`,
    { fields: { database, names } },
  );
}

function nameTaken(name: string): SavepointError {
  return new SavepointError(
    'NAME_TAKEN',
    `The server has a database '${name}' already, or keeps that name for itself: choose another name.`,
    { fields: { name } },
  );
}
