// Makes a new database as a point has one, under a name of its own, and makes sure that it is the same row for row. Nobody
// else knows of it until it is exchanged for the one in use.
import { SavepointError } from '../../store/errors.js';
import { aboutObject } from '../database/about-object.js';
import type { StateReader } from '../state/state-adapter.js';
import { checkTables } from './check-tables.js';
import { createStatement, equipStatements } from './database-record.js';
import { loadTables } from './load-tables.js';
import { LOAD_SETTINGS } from './loading-sessions.js';
import type { PsqlSession } from './psql-session.js';
import { quoteName, quoteQualified, quoteText } from './quote.js';
import { requireSpace } from './require-space.js';
import { runScript } from './run-script.js';
import type { ServerAccess } from './server-access.js';
import { readStoredDatabase, type StoredDatabase } from './stored-database.js';

export interface BuildMeans {
  readonly access: ServerAccess;
  readonly reader: StateReader;
  readonly maintenance: PsqlSession;
  readonly jobs: number;
  readonly signal?: AbortSignal | undefined;
}

export interface Built {
  /** Under which name. */
  readonly staged: string;
  /** For people who meet it: whose it is. */
  readonly comment: string;
}

/** Throws before anybody sees anything of it; what was made by then is the caller's to drop. */
export async function buildDatabase(database: string, built: Built, means: BuildMeans): Promise<void> {
  const { access, reader, maintenance, signal } = means;
  const stored = await readStoredDatabase(reader, database);
  await requireExtensions(stored, maintenance, access.component);
  await requireSpace(stored, maintenance);
  await maintenance.run(createStatement(stored.record, built.staged));
  await maintenance.run(`COMMENT ON DATABASE ${quoteName(built.staged)} IS ${quoteText(built.comment)}`);
  const run = (text: string) =>
    aboutObject(`database ${database}`, () =>
      runScript(access, { database: built.staged, text, settings: LOAD_SETTINGS, signal }),
    );
  await run(stored.before);
  await loadTables(stored, { ...means, database: built.staged });
  await run(`${stored.after}\n${sequencesText(stored)}`);
  // Without it, the first queries of an application know nothing of the data, and take for ever.
  const analyzing = run('ANALYZE;');
  await Promise.all([analyzing, checkTables(stored, { ...means, database: built.staged })]);
  for (const statement of equipStatements(stored.record, built.staged)) await maintenance.run(statement);
}

function sequencesText({ sequences }: StoredDatabase): string {
  const statements = sequences.map(
    (each) =>
      `SELECT pg_catalog.setval(${quoteText(quoteQualified(each))}, ${each.value}, ${each.isCalled});`,
  );
  return statements.join('\n');
}

async function requireExtensions(
  { record }: StoredDatabase,
  maintenance: PsqlSession,
  component: string,
): Promise<void> {
  const rows = await maintenance.rows<{ name: string }>('SELECT name FROM pg_available_extensions');
  const available = new Set(rows.map(({ name }) => name));
  const missing = record.extensions.map(({ name }) => name).filter((name) => !available.has(name));
  if (missing.length === 0) return;
  throw new SavepointError(
    'STATE_REFUSED',
    `database ${record.name}: the server lacks the extension${missing.length === 1 ? '' : 's'} ${missing.join(', ')}. Install what brings ${missing.length === 1 ? 'it' : 'them'} (Debian: postgresql-VERSION-NAME), and repeat.`,
    { fields: { component, database: record.name, extensions: missing } },
  );
}
