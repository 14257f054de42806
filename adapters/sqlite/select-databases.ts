// Which database files belong to a component: those that are named, and those that patterns fit.
import { statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import picomatch from 'picomatch';
import type { StateReader } from '../state/state-adapter.js';
import { namesIn, OWN_PREFIX, targetOf } from './attempt-files.js';
import { SIDECARS } from './database-files.js';
import { looksLikeDatabase } from './database-record.js';
import { databaseOf, databasesPrefix, isRecord } from './document-paths.js';
import { atFile, isErrno } from './errno.js';
import { isPattern, type SqliteSettings } from './sqlite-settings.js';

/** Those that are there, and those that are named and are not. In order, each once. */
export function selectDatabases(
  { paths }: Pick<SqliteSettings, 'paths'>,
  /** What a pattern fits is passed over where it begins like no database, unless it was one before. */
  wasDatabase: (path: string) => boolean = () => false,
): { readonly found: string[]; readonly missing: string[] } {
  const found = new Set<string>();
  const missing = new Set<string>();
  for (const path of paths) {
    if (isPattern(path)) {
      const files = atFile(dirname(path), () => filesOf(path));
      for (const each of files) if (wasDatabase(each) || begins(each)) found.add(each);
    } else if (atFile(path, () => isFile(path))) found.add(path);
    else missing.add(path);
  }
  return { found: eachOnce([...found].sort()), missing: [...missing].sort() };
}

/** Several paths may lead to one file. */
function eachOnce(paths: readonly string[]): string[] {
  const targets = new Set<string>();
  return paths.filter((path) => {
    const target = targetOf(path);
    return !targets.has(target) && targets.add(target);
  });
}

/** The paths of the databases that documents have. */
export async function storedDatabases(reader: StateReader | undefined): Promise<string[]> {
  const documents = (await reader?.list(databasesPrefix)) ?? [];
  return documents.filter(isRecord).map((document) => databaseOf(document) as string);
}

function filesOf(pattern: string): string[] {
  const matches = picomatch(basename(pattern), { nonegate: true, bash: false });
  return namesIn(dirname(pattern))
    .filter((name) => matches(name) && !isOwn(name))
    .map((name) => join(dirname(pattern), name))
    .filter(isFile);
}

function isOwn(name: string): boolean {
  return name.startsWith(OWN_PREFIX) || SIDECARS.some((suffix) => name.endsWith(suffix));
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

/** One that can't be read may be a database: that is told when it is read. */
function begins(path: string): boolean {
  try {
    return looksLikeDatabase(path);
  } catch (error) {
    if (isErrno(error, 'EACCES', 'EPERM')) return true;
    if (isErrno(error, 'ENOENT')) return false;
    throw error;
  }
}
