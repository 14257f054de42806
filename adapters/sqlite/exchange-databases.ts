// Carries out what was prepared. Every function looks at what is there, and so may be called again after a crash.
import { existsSync, lstatSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isSavepointError } from '../../store/errors.js';
import type { ApplyContext, JsonValue, StateProblem } from '../state/state-adapter.js';
import { attemptFiles, targetOf } from './attempt-files.js';
import { findInstant } from './database-record.js';
import { withFile } from './errno.js';
import { changeJournalMode, lookAtLive } from './hold-database.js';
import { moveInPlace, removeDatabase } from './move-in-place.js';
import { restoreInto } from './restore-into.js';
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
  const means = {
    access,
    target,
    files: attemptFiles(context.attempt, target),
    isWayBack: context.takesBack !== undefined,
  };
  if (each.do === 'remove') return removeDatabase(each, means);
  const source = each.source === null ? undefined : { ...each.source, file: locate(each.source.file) };
  if (source !== undefined && lstatSync(target, { throwIfNoEntry: false })?.ino !== source.inode) {
    const live = await lookAtLive(access, target);
    if (live === 'sound' && each.record?.isSound === true)
      await restoreInto(each, { ...means, source: source.file, attempt: context.attempt });
    else await moveInPlace(each, { ...means, source: source.file, live });
  }
  if (each.record === null) return;
  dress(target, each.record);
  if (each.record.format !== null) await requireJournalMode(access, target, each.record.format.journalMode);
  // What an attempt that is taken back kept is in use again.
  if (source !== undefined && existsSync(source.file) && source.file.endsWith('.kept'))
    renameSync(source.file, asOld(source.file));
  writeFileSync(instantFile(each, context), JSON.stringify(findInstant(target)));
}

/** Where what another attempt kept is, after it was in use again. */
function locate(file: string): string {
  return existsSync(file) || !existsSync(asOld(file)) ? file : asOld(file);
}

function asOld(file: string): string {
  return file.replace(/\.kept$/, '.old');
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
  return join(context.staging(), `${encodeURIComponent(path).slice(-200)}.json`);
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
