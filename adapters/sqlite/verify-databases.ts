// What is wrong with databases after they were exchanged, and how well they are at any time.
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { isSavepointError, SavepointError } from '../../store/errors.js';
import type {
  ApplyContext,
  JsonValue,
  StateContext,
  StateHealth,
  StateProblem,
} from '../state/state-adapter.js';
import { attemptFiles, targetOf } from './attempt-files.js';
import { checkDatabase, copyDatabase } from './copy-database.js';
import { type DatabaseInstant, findInstant, isSameInstant } from './database-record.js';
import { withFile } from './errno.js';
import { forEachDatabase, instantFile } from './exchange-databases.js';
import { selectDatabases } from './select-databases.js';
import type { SqliteAccess } from './sqlite-session.js';
import { readSqliteSettings } from './sqlite-settings.js';
import type { PreparedDatabase } from './stage-databases.js';

/** A sound file; and the content of the point, where nobody has written since. */
export async function verifyDatabases(prepared: JsonValue, context: ApplyContext): Promise<StateProblem[]> {
  const { component, signal } = context;
  const access: SqliteAccess = { component, signal, ...readSqliteSettings(context) };
  return forEachDatabase(prepared, async (each) => {
    const target = targetOf(each.path);
    const { record } = each;
    if (record === null) return;
    if (!existsSync(target)) throw missing(each.path);
    if (!record.isSound) return;
    await checkDatabase(access, target, 'integrity_check');
    if (each.source === null) return;
    const { look } = attemptFiles(context.attempt, target);
    const isAsWanted = await withFile(look, () =>
      hasContent(target, { access, look, sha256: record.sha256 }),
    );
    if (isAsWanted || isWrittenSince(each, target, context)) return;
    throw new SavepointError(
      'TARGET_CONFLICT',
      'it does not have the content that was put there, and nobody has written to it since: somebody else has exchanged it. Leave that to one of both, and repeat.',
      { fields: { path: each.path } },
    );
  });
}

async function hasContent(
  target: string,
  { access, look, sha256 }: { readonly access: SqliteAccess; readonly look: string; readonly sha256: string },
): Promise<boolean> {
  rmSync(look, { force: true });
  try {
    return (await copyDatabase(access, target, look)).sha256 === sha256;
  } finally {
    rmSync(look, { force: true });
  }
}

/** What came back from an attempt before has the writes after the safety point. */
function isWrittenSince(each: PreparedDatabase, target: string, context: ApplyContext): boolean {
  if (context.takesBack !== undefined) return true;
  const file = instantFile(each, context);
  const now = findInstant(target);
  if (!existsSync(file) || now === undefined) return true;
  return !isSameInstant(JSON.parse(readFileSync(file, 'utf8')) as DatabaseInstant, now);
}

export async function databaseHealth(context: StateContext): Promise<StateHealth> {
  const settings = readSqliteSettings(context);
  const access: SqliteAccess = { component: context.component, signal: context.signal, ...settings };
  const { found, missing: gone } = selectDatabases(settings);
  const problems: StateProblem[] = gone.map((path) => ({
    object: `database ${path}`,
    code: 'STATE_UNREADABLE',
    message: 'is not there',
  }));
  for (const path of found) {
    try {
      await checkDatabase(access, targetOf(path), 'quick_check');
    } catch (error) {
      if (!isSavepointError(error) || error.code === 'ABORTED') throw error;
      problems.push({ object: `database ${path}`, code: error.code, message: error.message });
    }
  }
  return { level: problems.length === 0 ? 'healthy' : 'critical', problems };
}

function missing(path: string): SavepointError {
  return new SavepointError(
    'TARGET_CONFLICT',
    'it is not there: somebody else has taken it away. Repeat when nobody does.',
    { fields: { path } },
  );
}
