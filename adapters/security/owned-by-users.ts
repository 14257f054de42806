// What users own and run now, as far as can be told in a moment: processes, home, mail, timetable. Should a user go, all
// of it is left to a number, or to whoever gets that number.
import { lstatSync, opendirSync } from 'node:fs';
import { join } from 'node:path';
import { tolerate } from '../backends/storage-error.js';
import type { Account } from './account-files.js';
import type { RunningProcess } from './running-processes.js';

export interface OwnedByUser {
  /** Its number. */
  readonly uid: number;
  /** As `name (id)`; the first of them. */
  readonly processes?: readonly string[];
  /** How many files in the home belong to the user; `isPartial` where it was not looked at to its end. */
  readonly home?: { readonly path: string; readonly files: number; readonly isPartial?: boolean };
  readonly mail?: string;
  readonly crontab?: string;
}

const MOST_PROCESSES = 20;
/** In one home, and in all together. */
const MOST_ENTRIES = 2000;
const MOST_ENTRIES_IN_ALL = 50_000;
const MAIL = ['/var/mail', '/var/spool/mail'];
const CRONTABS = ['/var/spool/cron/crontabs', '/var/spool/cron'];

/** By name of user, for those who own or run anything. Root goes nowhere. */
export function findOwned(
  users: readonly Account[],
  processes: readonly RunningProcess[],
): Map<string, OwnedByUser> {
  const running = new Map<number, string[]>();
  for (const { id, name, userIds } of processes) {
    for (const userId of userIds) {
      const known = running.get(userId) ?? [];
      running.set(userId, known);
      if (known.length < MOST_PROCESSES) known.push(`${name} (${id})`);
    }
  }
  const owned = new Map<string, OwnedByUser>();
  const budget = { left: MOST_ENTRIES_IN_ALL };
  for (const user of users) {
    if (user.userId === 0 || owned.has(user.name)) continue;
    const things = {
      ...withValue('processes', running.get(user.userId)),
      ...withValue('home', countHome(user, budget)),
      ...withValue('mail', findOwnedFile(MAIL, user)),
      ...withValue('crontab', findOwnedFile(CRONTABS, user)),
    };
    if (Object.keys(things).length > 0) owned.set(user.name, { uid: user.userId, ...things });
  }
  return owned;
}

/** In words, for what would be left. */
export function describeOwned(owned: OwnedByUser): string[] {
  const { processes, home, mail, crontab } = owned;
  return [
    ...(processes === undefined ? [] : [`running processes: ${processes.join(', ')}`]),
    ...(home === undefined
      ? []
      : [`${home.isPartial === true ? 'more than ' : ''}${home.files} files in ${home.path}`]),
    ...(mail === undefined ? [] : [mail]),
    ...(crontab === undefined ? [] : [crontab]),
  ];
}

/** Homes of the system's own users are directories of others: only what belongs to the user counts as one. */
function countHome(user: Account, budget: { left: number }): OwnedByUser['home'] {
  const path = user.home;
  if (!path.startsWith('/') || path === '/' || ownerOf(path) !== user.userId) return undefined;
  let files = 0;
  let looked = 0;
  const pending = [path];
  for (let directory = pending.pop(); directory !== undefined; directory = pending.pop()) {
    if (ownerOf(directory) === user.userId) files++;
    for (const entry of entriesOf(directory)) {
      if (++looked > MOST_ENTRIES || budget.left-- <= 0) return { path, files, isPartial: true };
      const child = join(directory, entry.name);
      if (entry.isDirectory()) pending.push(child);
      else if (ownerOf(child) === user.userId) files++;
    }
  }
  return { path, files };
}

function* entriesOf(directory: string) {
  const opened = whereReadable(() => opendirSync(directory));
  if (opened === undefined) return;
  try {
    for (let entry = opened.readSync(); entry !== null; entry = opened.readSync()) yield entry;
  } finally {
    opened.closeSync();
  }
}

function findOwnedFile(directories: readonly string[], { name, userId }: Account): string | undefined {
  if (name.includes('/')) return undefined;
  return directories.map((directory) => join(directory, name)).find((path) => ownerOf(path) === userId);
}

function ownerOf(path: string): number | undefined {
  return whereReadable(() => lstatSync(path, { throwIfNoEntry: false }))?.uid;
}

function whereReadable<T>(look: () => T): T | undefined {
  return tolerate(['ENOENT', 'ENOTDIR', 'EACCES', 'ELOOP', 'ESTALE', 'EIO'], look);
}

function withValue<N extends string, T>(name: N, value: T | undefined): { [key in N]?: T } {
  return (value === undefined ? {} : { [name]: value }) as { [key in N]?: T };
}
