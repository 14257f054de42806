// Carries out what was prepared. Every function looks at what is there, and so may be called again after a crash.
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isSavepointError } from '../../store/errors.js';
import type { ApplyContext, JsonValue, StateProblem } from '../state/state-adapter.js';
import { attemptFiles, targetOf } from './attempt-files.js';
import { findInstant } from './database-record.js';
import { withFile } from './errno.js';
import { changeJournalMode, lookAtLive } from './hold-database.js';
import { moveInPlace, moveSidecars, removeDatabase } from './move-in-place.js';
import { restoreInto } from './restore-into.js';
import { isDamage } from './sqlite-error.js';
import { type SqliteAccess, SqliteSession } from './sqlite-session.js';
import { readSqliteSettings } from './sqlite-settings.js';
import { dress, type PreparedDatabase } from './stage-databases.js';

export async function applyDatabases(prepared: JsonValue, context: ApplyContext): Promise<StateProblem[]> {
  const { component, signal } = context;
  const access: SqliteAccess = { component, signal, ...readSqliteSettings(context) };
  return forEachDatabase(prepared, async (each) => {
    await withFile(each.path, () => applyOne(each, access, context));
    context.done({ object: `database ${each.path}` });
  });
}

async function applyOne(each: PreparedDatabase, access: SqliteAccess, context: ApplyContext): Promise<void> {
  const target = targetOf(each.path);
  const { attempt, takesBack } = context;
  const files = attemptFiles(attempt, target);
  const means = { access, target, files, attempt, isWayBack: takesBack !== undefined };
  const { record, source } = each;
  if (each.do === 'remove') return removeDatabase(each, means);
  if (record === null) return;
  const file = source === null ? undefined : locate(source.file);
  const isThere = source === null || lstatSync(target, { throwIfNoEntry: false })?.ino === source.inode;
  const isExchanged = !isThere && file !== undefined && (await exchange(each, { ...means, source: file }));
  if (isThere && source !== null) moveSidecars(source.file, target);
  dress(target, record);
  if (record.format !== null) await requireJournalMode(access, target, record.format.journalMode);
  // What an attempt that is taken back kept is in use again.
  if (file?.endsWith(KEPT) === true && existsSync(file)) renameSync(file, asOld(file));
  if (isExchanged) writeFileSync(instantFile(each, context), JSON.stringify(findInstant(target)));
}

/** Whether it had not been done before. */
async function exchange(each: PreparedDatabase, means: Parameters<typeof restoreInto>[1]): Promise<boolean> {
  const { access, target } = means;
  let live = await lookAtLive(access, target);
  if (live === 'sound' && each.record?.isSound === true) {
    try {
      return await restoreInto(each, means);
    } catch (error) {
      if (!isDamage(error)) throw error;
      // Further on than at its beginning.
      live = 'damaged';
    }
  }
  await moveInPlace(each, { ...means, live });
  return true;
}

/** Where what another attempt kept is, after it was in use again. */
function locate(file: string): string {
  return existsSync(file) || !existsSync(asOld(file)) ? file : asOld(file);
}

const KEPT = '.kept';

function asOld(file: string): string {
  return file.endsWith(KEPT) ? `${file.slice(0, -KEPT.length)}.old` : file;
}

async function requireJournalMode(
  access: SqliteAccess,
  target: string,
  mode: 'wal' | 'delete',
): Promise<void> {
  const session = await SqliteSession.open(access, target);
  try {
    await changeJournalMode(session, mode);
    await session.close();
  } finally {
    session.kill();
  }
}

/** Tells, in `verify`, whether somebody has written to it since. */
export function instantFile({ path }: PreparedDatabase, context: Pick<ApplyContext, 'staging'>): string {
  return join(context.staging(), `${createHash('sha256').update(path).digest('hex')}.json`);
}

/** What `work` throws of a database is a problem of it. */
export async function forEachDatabase(
  prepared: JsonValue,
  work: (each: PreparedDatabase) => Promise<void>,
): Promise<StateProblem[]> {
  const problems: StateProblem[] = [];
  for (const each of prepared as unknown as readonly PreparedDatabase[]) {
    try {
      await work(each);
    } catch (error) {
      if (!isSavepointError(error) || error.code === 'ABORTED') throw error;
      problems.push({ object: `database ${each.path}`, code: error.code, message: error.message });
    }
  }
  return problems;
}
