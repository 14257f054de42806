// Puts a content into a live database by SQLite's backup API, in one transaction: whoever has it open sees the old content or the
// new one, and a crash in the middle is rolled back by SQLite's own journal. The last content before is kept beside it.
import { existsSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { isSavepointError } from '../../store/errors.js';
import type { attemptFiles } from './attempt-files.js';
import { findAside } from './attempt-files.js';
import { findOrigin } from './canonical-file.js';
import { readFormat } from './database-record.js';
import { type HeldDatabase, holdDatabase } from './hold-database.js';
import type { SqliteAccess } from './sqlite-session.js';
import type { PreparedDatabase } from './stage-databases.js';
import { syncPath } from './sync-path.js';

export interface ExchangeMeans {
  readonly attempt: string;
  readonly access: SqliteAccess;
  /** The live file. */
  readonly target: string;
  readonly files: ReturnType<typeof attemptFiles>;
  /** Nobody wants what was written to a content that was never good. */
  readonly isWayBack: boolean;
}

/** Answers whether it had not been done before. */
export async function restoreInto(
  each: PreparedDatabase,
  means: ExchangeMeans & { readonly source: string },
): Promise<boolean> {
  const { access, target, source } = means;
  const held = await holdDatabase(access, target, readFormat(source).pageSizeBytes);
  try {
    const isNew = await exchange(held, each, means);
    if (each.record?.format?.journalMode === 'wal' && held.journalMode !== 'wal')
      await held.setJournalMode('wal');
    await held.close();
    return isNew;
  } finally {
    held.kill();
  }
}

async function exchange(
  held: HeldDatabase,
  { safeSha256 }: PreparedDatabase,
  means: ExchangeMeans & { readonly source: string },
): Promise<boolean> {
  const { files, source, isWayBack } = means;
  const { sha256 } = await held.copyTo(files.part);
  // Not before others are kept from writing: what was killed may have come to its end only now.
  if (wasDone(means)) {
    rmSync(files.part);
    return false;
  }
  await syncPath(files.part);
  const isWritten = !isWayBack && safeSha256 !== null && sha256 !== safeSha256;
  const [aside, other] = isWritten ? [files.kept, files.aside] : [files.aside, files.kept];
  renameSync(files.part, aside);
  // From before a crash, and not the last content any more.
  rmSync(other, { force: true });
  await syncPath(dirname(aside));
  let isLate: boolean;
  try {
    isLate = await held.restore(source);
  } catch (error) {
    // It was rolled back; only where sqlite3 was killed, nobody knows.
    if (isSavepointError(error) && error.code !== 'PROGRAM_FAILED') rmSync(aside, { force: true });
    throw error;
  }
  if (isLate && !isWayBack && aside === files.aside) renameSync(aside, files.kept);
  return true;
}

/** By the last content: whether it comes from what this attempt has put there. */
function wasDone({ attempt, target, files, source }: ExchangeMeans & { readonly source: string }): boolean {
  const aside = findAside(attempt, target);
  if (aside === undefined) return false;
  const origin = findOrigin(files.part, [
    { name: 'aside', path: aside },
    { name: 'source', path: source },
  ]);
  // Where nothing tells, all of it is kept.
  if (origin === undefined) renameSync(aside, freeName(files.kept));
  return origin === 'source';
}

/** Found by nobody but people. */
function freeName(path: string): string {
  let number = 2;
  while (existsSync(`${path}-${number}`)) number++;
  return `${path}-${number}`;
}
