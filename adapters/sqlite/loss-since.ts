// What a rollback of databases would lose: whether and when their files were written to since a point.
import { readDocument } from '../state/json-document.js';
import type { StateContext, StateInstant, StateReader } from '../state/state-adapter.js';
import { type DatabaseInstant, findInstant, isSameInstant } from './database-record.js';
import { documentPaths } from './document-paths.js';
import { selectDatabases, storedDatabases } from './select-databases.js';
import { readSqliteSettings } from './sqlite-settings.js';

/** In a sentence for each database that was written to, or that the point does not have. */
export async function lossSince(point: StateReader, context: StateContext): Promise<readonly string[]> {
  const sentences: string[] = [];
  for (const path of selectDatabases(readSqliteSettings(context)).found) {
    const since = await readDocument<DatabaseInstant>(point, documentPaths(path).instant);
    sentences.push(...describeLoss(path, { now: findInstant(path), since }));
  }
  return sentences;
}

/** Of each database in a point. */
export async function instantsOfPoint(point: StateReader): Promise<StateInstant[]> {
  const found: StateInstant[] = [];
  for (const path of await storedDatabases(point)) {
    const instant = await readDocument<DatabaseInstant>(point, documentPaths(path).instant);
    if (instant === undefined) continue;
    const position = `change ${instant.changeCounter}, ${instant.logBytes} bytes of a write-ahead log`;
    found.push({ object: `database ${path}`, at: time(instant.atMs), position });
  }
  return found;
}

/** What is lost on the way from now to then; nothing where it is not there, or nobody has written to it. */
export function describeLoss(
  path: string,
  { now, since }: { readonly now: DatabaseInstant | undefined; readonly since: DatabaseInstant | undefined },
): string[] {
  if (now === undefined) return [];
  if (since === undefined) return [`database ${path} is lost with all that is in it.`];
  if (isSameInstant(now, since)) return [];
  const written = Math.max(now.modifiedMs, now.logModifiedMs);
  const counted = now.changeCounter - since.changeCounter;
  const hasLog = now.logBytes > 0 || since.logBytes > 0;
  const transactions = hasLog || counted <= 0 || now.inode !== since.inode ? '' : `, ${counted} transactions`;
  return [
    `database ${path} loses what was written since ${time(since.atMs)}${transactions}; it was last written to at ${time(written)}.`,
  ];
}

function time(atMs: number): string {
  return new Date(atMs).toISOString();
}
