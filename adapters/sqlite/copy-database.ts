// Copies a database that is in use by SQLite's backup API, of one instant, while others go on writing.
import { closeSync, openSync, rmSync, statSync } from 'node:fs';
import { isSavepointError, SavepointError } from '../../store/errors.js';
import { type CanonicalFile, sealCopy } from './canonical-file.js';
import { withFile } from './errno.js';
import { isBeyondProgram, isDamage } from './sqlite-error.js';
import { type SqliteAccess, SqliteSession } from './sqlite-session.js';

export interface CopiedDatabase extends CanonicalFile {
  readonly journalMode: 'wal' | 'delete';
}

/** How long a copy may be begun anew after each write, before writers have to wait for it. */
const PATIENCE_MS = 1000;
const BYTES_A_MS = 50_000;

/**
 * Writes a canonical copy to `file`, which is new. Throws STATE_BUSY where others hold the database for too long, and what
 * `isDamage` knows where it is damaged.
 */
export async function copyDatabase(
  access: SqliteAccess,
  source: string,
  file: string,
): Promise<CopiedDatabase> {
  const journalMode = await backUp(access, source, file);
  return { ...(await withFile(file, () => sealCopy(file))), journalMode };
}

/** Writes a copy as the backup API makes it; answers the database's own journal mode. Throws as `copyDatabase` does. */
export async function backUp(
  access: SqliteAccess,
  source: string,
  file: string,
): Promise<CopiedDatabase['journalMode']> {
  const session = await SqliteSession.open(access, source);
  try {
    // What is locked or damaged says so here, with a code.
    await session.run('SELECT count(*) FROM sqlite_schema');
    const journalMode = await readJournalMode(session);
    // Readers of a write-ahead log are in nobody's way. Else, each writer makes the copy begin anew: that can't go on for ever.
    const isCopied = journalMode === 'wal' ? false : await copyBetweenWrites(access, source, file);
    if (!isCopied) {
      createPrivate(file);
      await session.run('BEGIN');
      await session.run('SELECT count(*) FROM sqlite_schema');
      await session.backupTo(file);
      await session.run('COMMIT');
    }
    await session.close();
    return journalMode;
  } finally {
    session.kill();
  }
}

/** What is in a database is not for everybody. */
export function createPrivate(file: string): void {
  rmSync(file, { force: true });
  closeSync(openSync(file, 'wx', 0o600));
}

/** Whether it came to its end before it took too long. */
async function copyBetweenWrites(access: SqliteAccess, source: string, file: string): Promise<boolean> {
  const session = await SqliteSession.open(access, source);
  const timer = setTimeout(() => session.kill(), PATIENCE_MS + statSync(source).size / BYTES_A_MS);
  try {
    createPrivate(file);
    await session.backupTo(file);
    await session.close();
    return true;
  } catch (error) {
    if (!isSavepointError(error, 'PROGRAM_FAILED', 'STATE_BUSY')) throw error;
    return false;
  } finally {
    clearTimeout(timer);
    session.kill();
  }
}

/** `wal`, or that of a rollback journal: which one of these is every connection's own affair. */
export async function readJournalMode(session: SqliteSession): Promise<'wal' | 'delete'> {
  const [mode] = await session.run('PRAGMA journal_mode');
  return mode === 'wal' ? 'wal' : 'delete';
}

/** Throws VALIDATION_FAILED where the file, which nobody else has open, is not sound. */
export async function checkDatabase(
  access: SqliteAccess,
  file: string,
  check: 'quick_check' | 'integrity_check',
): Promise<void> {
  const session = await SqliteSession.open(access, file);
  try {
    requireSound(await session.run(`PRAGMA ${check}(5)`), file);
    await session.close();
  } catch (error) {
    if (isBeyondProgram(error)) return checkPages(access, file);
    if (!isDamage(error)) throw error;
    throw unsound(file, error as Error);
  } finally {
    session.kill();
  }
}

/** Whether the pages are in order: what is in an index that only the application can read is left to it. */
async function checkPages(access: SqliteAccess, file: string): Promise<void> {
  const session = await SqliteSession.open(access, file);
  try {
    await session.run('SELECT count(*) FROM dbstat');
    await session.close();
  } catch (error) {
    // Not every sqlite3 has that table.
    if (isBeyondProgram(error)) return;
    throw isDamage(error) ? unsound(file, error as Error) : error;
  } finally {
    session.kill();
  }
}

function unsound(file: string, cause: Error): SavepointError {
  const fields = { path: file };
  return new SavepointError('VALIDATION_FAILED', `${file} is damaged: ${cause.message}`, { fields, cause });
}

/** By what `PRAGMA integrity_check` or `quick_check` answers. */
export function requireSound(found: readonly string[], file: string): void {
  if (found.length === 1 && found[0] === 'ok') return;
  throw new SavepointError(
    'VALIDATION_FAILED',
    `${file} is damaged: ${found.join('; ')}. Roll the database back, or save what '.recover' of sqlite3 finds in it.`,
    { fields: { path: file, found } },
  );
}
