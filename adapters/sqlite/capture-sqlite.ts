// Captures what a component of kind `sqlite` is: database files, each of one instant, copied by SQLite's backup API and checked.
import { accessSync, constants, copyFileSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isSavepointError, SavepointError } from '../../store/errors.js';
import { aboutStream } from '../database/about-object.js';
import { encodeDocument } from '../state/json-document.js';
import type { CaptureContext, CapturedDocument, JsonValue } from '../state/state-adapter.js';
import { targetOf } from './attempt-files.js';
import { readContent } from './canonical-file.js';
import { checkDatabase, copyDatabase } from './copy-database.js';
import {
  attributesOf,
  type DatabaseInstant,
  type DatabaseRecord,
  findInstant,
  isSameInstant,
  isSettled,
  readFormat,
} from './database-record.js';
import { documentPaths } from './document-paths.js';
import { withFile } from './errno.js';
import { instantOf, recordOf } from './plan-databases.js';
import { readTables } from './read-tables.js';
import { selectDatabases, storedDatabases } from './select-databases.js';
import { isDamage } from './sqlite-error.js';
import type { SqliteAccess } from './sqlite-session.js';
import { readSqliteSettings } from './sqlite-settings.js';

export async function* captureSqlite(context: CaptureContext): AsyncGenerator<CapturedDocument> {
  const settings = readSqliteSettings(context);
  const { component, signal } = context;
  const access: SqliteAccess = { component, signal, ...settings };
  const known = new Set(await storedDatabases(await context.previous()));
  const { found, missing } = selectDatabases(settings, (path) => known.has(path));
  const unknown = missing.find((path) => !known.has(path));
  if (unknown !== undefined) {
    throw new SavepointError(
      'STATE_UNREADABLE',
      `there is no file ${unknown}. Create the database, or mend the configuration.`,
      { fields: { component, path: unknown } },
    );
  }
  const scratch = context.scratch();
  for (const [number, path] of found.entries()) {
    const means = { access, context, isKnown: known.has(path), scratch: join(scratch, String(number)) };
    yield* aboutStream(`database ${path}`, captureOne(path, means));
  }
}

interface CaptureMeans {
  readonly access: SqliteAccess;
  readonly context: CaptureContext;
  /** Whether the point before has it. */
  readonly isKnown: boolean;
  /** For a directory of its own. */
  readonly scratch: string;
}

async function* captureOne(path: string, means: CaptureMeans): AsyncGenerator<CapturedDocument> {
  const { access, scratch } = means;
  const target = targetOf(path);
  await withFile(target, () => accessSync(target, constants.R_OK));
  // Looked at first: what is written meanwhile counts as written after the copy.
  const instant = findInstant(target);
  if (instant === undefined) return;
  const paths = documentPaths(path);
  yield { path: paths.instant, content: encodeDocument(instant as unknown as JsonValue) };
  const same = await findUnchanged(path, instant, means);
  if (same !== undefined) {
    const record: DatabaseRecord = { ...same, ...attributesOf(target) };
    yield { path: paths.record, content: encodeDocument(record as unknown as JsonValue) };
    yield { path: paths.tables, content: 'as-before' };
    yield { path: paths.content, content: 'as-before' };
    return;
  }
  mkdirSync(scratch, { recursive: true });
  const copy = join(scratch, 'content');
  try {
    const { journalMode, ...content } = await copyDatabase(access, target, copy);
    await checkDatabase(access, copy, 'quick_check');
    const tables = await readTables(access, copy);
    const format = { ...readFormat(copy), journalMode };
    const record: DatabaseRecord = { path, isSound: true, ...content, format, ...attributesOf(target) };
    yield { path: paths.record, content: encodeDocument(record as unknown as JsonValue) };
    yield { path: paths.tables, content: encodeDocument(tables as unknown as JsonValue) };
    yield { path: paths.content, content: { file: copy } };
  } catch (error) {
    if (!isDamage(error) && !isSavepointError(error, 'VALIDATION_FAILED')) throw error;
    rmSync(copy, { force: true });
    yield* captureDamaged(path, error as SavepointError, means);
  }
}

/** Of the point before, where nobody has written since. */
async function findUnchanged(
  path: string,
  instant: DatabaseInstant,
  { context, isKnown }: CaptureMeans,
): Promise<DatabaseRecord | undefined> {
  const before = isKnown ? await context.previous() : undefined;
  const then = before && (await instantOf(before, path));
  if (before === undefined || then === undefined || !isSettled(then) || !isSameInstant(then, instant))
    return undefined;
  const record = await recordOf(before, path);
  return record?.isSound === true ? record : undefined;
}

/** One that was sound once is captured as its files are, so that a rollback which replaces it can be undone. */
async function* captureDamaged(
  path: string,
  error: SavepointError,
  { context, isKnown, scratch }: CaptureMeans,
): AsyncGenerator<CapturedDocument> {
  if (!isKnown)
    throw new SavepointError('STATE_UNREADABLE', error.message, { fields: error.fields, cause: error });
  const target = targetOf(path);
  const paths = documentPaths(path);
  for (const [suffix, document] of Object.entries(paths.damaged)) {
    if (!existsSync(`${target}${suffix}`)) continue;
    const copy = join(scratch, `damaged${suffix}`);
    copyFileSync(`${target}${suffix}`, copy);
    yield { path: document, content: { file: copy } };
  }
  const content = readContent(join(scratch, 'damaged'));
  const record: DatabaseRecord = { path, isSound: false, ...content, format: null, ...attributesOf(target) };
  yield { path: paths.record, content: encodeDocument(record as unknown as JsonValue) };
  const message = `it is damaged, and is in the point byte for byte as it is: ${error.message}`;
  context.report({ object: `database ${path}`, code: 'STATE_UNREADABLE', message });
}
