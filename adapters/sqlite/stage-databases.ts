// Makes ready what a rollback of databases needs: each file whole and checked, beside the one in use. What stands aside from an
// attempt that is taken back is taken as it is.
import {
  accessSync,
  chmodSync,
  chownSync,
  constants,
  existsSync,
  rmSync,
  statfsSync,
  statSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { SavepointError } from '../../store/errors.js';
import { aboutObject } from '../database/about-object.js';
import type { JsonValue, StageContext, StateStep } from '../state/state-adapter.js';
import { attemptFiles, findAside, foreignFiles, targetOf } from './attempt-files.js';
import { readContent } from './canonical-file.js';
import { checkDatabase } from './copy-database.js';
import type { DatabaseRecord } from './database-record.js';
import { documentPaths } from './document-paths.js';
import { withFile } from './errno.js';
import { originOfLive } from './origin-of-live.js';
import { type DatabaseStep, recordOf } from './plan-databases.js';
import type { SqliteAccess } from './sqlite-session.js';
import { readSqliteSettings } from './sqlite-settings.js';
import { syncPath } from './sync-path.js';

/** What is done when it is decided. */
export interface PreparedDatabase {
  readonly path: string;
  readonly do: DatabaseStep['do'];
  /** What gets its name, or its content; none where there is nothing to put there. */
  readonly source: { readonly file: string; readonly inode: number } | null;
  /** As it is to be; none where it is to be gone. */
  readonly record: DatabaseRecord | null;
  /** Of the content that the safety point has; none where that has no such database, or a damaged one. */
  readonly safeSha256: string | null;
}

export async function stageDatabases(steps: readonly StateStep[], context: StageContext): Promise<JsonValue> {
  const { component, signal } = context;
  const access: SqliteAccess = { component, signal, ...readSqliteSettings(context) };
  const prepared: PreparedDatabase[] = [];
  for (const { object, data } of steps) {
    const step = data as unknown as DatabaseStep;
    prepared.push(await aboutObject(object, () => stageOne(step, access, context)));
  }
  return prepared as unknown as JsonValue;
}

async function stageOne(
  { path, do: verb }: DatabaseStep,
  access: SqliteAccess,
  context: StageContext,
): Promise<PreparedDatabase> {
  const { attempt, takesBack, from, to } = context;
  const target = targetOf(path);
  requireAlone(target, context);
  await requireAccess(target);
  const record = (await recordOf(to, path)) ?? null;
  const safe = await recordOf(from, path);
  const safeSha256 = safe?.isSound === true ? safe.sha256 : null;
  const prepared = { path, do: verb, record, safeSha256, source: null };
  if (verb === 'remove' || verb === 'set' || record === null) return prepared;
  if (takesBack !== undefined) {
    const { look } = attemptFiles(attempt, target);
    const origin = await originOfLive(access, target, { attempt: takesBack, look });
    // What others have written to it stays.
    if (origin === 'aside') return { ...prepared, do: 'set' };
    const aside = findAside(takesBack, target);
    if (aside !== undefined) return { ...prepared, source: sourceOf(aside) };
  }
  requireSpace(target, record);
  const { staged } = attemptFiles(attempt, target);
  for (const suffix of ['', '-wal', '-journal']) rmSync(`${staged}${suffix}`, { force: true });
  await withFile(staged, () =>
    record.isSound
      ? writeSound(staged, access, { record, context })
      : writeDamaged(staged, { record, context }),
  );
  return { ...prepared, source: sourceOf(staged) };
}

function sourceOf(file: string): PreparedDatabase['source'] {
  return { file, inode: statSync(file).ino };
}

interface Wanted {
  readonly record: DatabaseRecord;
  readonly context: StageContext;
}

async function writeSound(file: string, access: SqliteAccess, { record, context }: Wanted): Promise<void> {
  await context.to.copyTo(documentPaths(record.path).content, file);
  requireContent(file, record);
  await checkDatabase(access, file, 'integrity_check');
  dress(file, record);
  await syncPath(file);
  await syncPath(dirname(file));
}

/** As its files were. */
async function writeDamaged(file: string, { record, context }: Wanted): Promise<void> {
  for (const [suffix, document] of Object.entries(documentPaths(record.path).damaged)) {
    if ((await context.to.id(document)) === undefined) continue;
    await context.to.copyTo(document, `${file}${suffix}`);
    dress(`${file}${suffix}`, record);
    await syncPath(`${file}${suffix}`);
  }
  requireContent(file, record);
  await syncPath(dirname(file));
}

function requireContent(file: string, { path, sha256 }: DatabaseRecord): void {
  const found = readContent(file).sha256;
  if (found === sha256) return;
  throw new SavepointError(
    'OBJECT_CORRUPT',
    `the point does not have the content of ${path} that was captured: use another point.`,
    { fields: { path, expected: sha256, found } },
  );
}

/** Mode, owner and group. */
export function dress(
  file: string,
  { mode, owner, group }: Pick<DatabaseRecord, 'mode' | 'owner' | 'group'>,
): void {
  const status = statSync(file);
  if (status.uid !== owner || status.gid !== group) chownSync(file, owner, group);
  // Afterwards: a change of the owner takes some bits away.
  chmodSync(file, mode);
}

async function requireAccess(target: string): Promise<void> {
  const directory = dirname(target);
  if (!existsSync(directory))
    throw new SavepointError(
      'STATE_REFUSED',
      `there is no directory ${directory} for it: create it, and repeat.`,
      { fields: { path: directory } },
    );
  await withFile(target, () => {
    accessSync(directory, constants.R_OK | constants.W_OK | constants.X_OK);
    if (existsSync(target)) accessSync(target, constants.R_OK | constants.W_OK);
  });
}

/** Two rollbacks of one database at once would each take the other's for the one in use. */
function requireAlone(target: string, { attempt, takesBack, component }: StageContext): void {
  const own = takesBack === undefined ? [attempt] : [attempt, takesBack];
  const [found] = foreignFiles(target, own);
  if (found === undefined) return;
  throw new SavepointError(
    'LOCKED',
    `another rollback of it is under way, or was interrupted: its file ${found} is in ${dirname(target)}. Wait for its end, or run 'savepoint recover' with its store.`,
    { fields: { component, path: target, found } },
  );
}

/** For what is put there, what is kept aside, and the journal of the exchange. */
function requireSpace(target: string, { sizeBytes }: DatabaseRecord): void {
  const { bavail, bsize } = statfsSync(dirname(target));
  const old = existsSync(target) ? statSync(target).size : 0;
  const needed = 2 * sizeBytes + 2 * old;
  if (bavail * bsize >= needed) return;
  throw new SavepointError(
    'STORAGE_FULL',
    `there are ${bavail * bsize} bytes free beside ${target}, and ${needed} are needed: free some, and repeat.`,
    { fields: { path: target, needed, free: bavail * bsize } },
  );
}
