// Hears of writes to databases: the system tells of changes in their directories, and what it does not tell is looked for.
import { type FSWatcher, watch } from 'node:fs';
import { dirname } from 'node:path';
import { isSavepointError } from '../../store/errors.js';
import type { StateContext } from '../state/state-adapter.js';
import { targetOf } from './attempt-files.js';
import { type DatabaseInstant, findInstant, isSameInstant } from './database-record.js';
import { isErrno } from './errno.js';
import { selectDatabases } from './select-databases.js';
import { readSqliteSettings, type SqliteSettings } from './sqlite-settings.js';

/** Directories may be made anew, or be where nobody tells. */
const LOOK_MS = 2000;
/** A transaction writes many times. */
const GATHER_MS = 100;

export async function watchDatabases(
  context: StateContext,
  changed: (object: string) => void,
): Promise<{ close(): void }> {
  const settings = readSqliteSettings(context);
  const watchers = new Map<string, FSWatcher>();
  let known = readInstants(settings);
  const look = () => {
    const before = known;
    try {
      known = readInstants(settings);
    } catch (error) {
      // Who captures it hears of that.
      if (!isSavepointError(error)) throw error;
      return;
    }
    for (const path of new Set([...before.keys(), ...known.keys()])) {
      const [then, now] = [before.get(path), known.get(path)];
      // A log that comes and goes with a reader says nothing.
      if (then === undefined || now === undefined || !isSameInstant(then, now)) changed(`database ${path}`);
    }
    watchDirectories();
  };
  let due: NodeJS.Timeout | undefined;
  const lookSoon = () => {
    due ??= setTimeout(() => {
      due = undefined;
      look();
    }, GATHER_MS).unref();
  };
  const forget = (directory: string) => {
    watchers.get(directory)?.close();
    watchers.delete(directory);
  };
  function watchDirectories(): void {
    const paths = [...settings.paths, ...[...known.keys()].map(targetOf)];
    for (const directory of new Set(paths.map((path) => dirname(path)))) {
      if (watchers.has(directory)) continue;
      const watcher = watchDirectory(directory, lookSoon);
      watcher?.on('error', () => forget(directory));
      if (watcher !== undefined) watchers.set(directory, watcher);
    }
  }
  watchDirectories();
  const timer = setInterval(look, LOOK_MS).unref();
  return {
    close() {
      clearInterval(timer);
      clearTimeout(due);
      for (const directory of [...watchers.keys()]) forget(directory);
    },
  };
}

function readInstants(settings: SqliteSettings): Map<string, DatabaseInstant> {
  const instants = new Map<string, DatabaseInstant>();
  for (const path of selectDatabases(settings).found) {
    const instant = findInstant(path);
    if (instant !== undefined) instants.set(path, instant);
  }
  return instants;
}

function watchDirectory(directory: string, look: () => void): FSWatcher | undefined {
  try {
    return watch(directory, { persistent: false }, look);
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'EACCES', 'ENOSPC', 'EMFILE')) return undefined;
    throw error;
  }
}
