// Whether a file of authorized keys lets a user in with a shell, see AUTHORIZED_KEYS FILE FORMAT in sshd(8), and whether
// sshd's StrictModes takes it. Pure.
import type { HostStatus } from './host-files.js';

/** Key types of OpenSSH, those of hardware and of certificates among them. */
const KEY = /(?:^|\s)(?:sk-)?(?:ssh|ecdsa)-[A-Za-z0-9@.-]+\s+[A-Za-z0-9+/]{16,}/;
const TYPE_BITS = 0o170000;
const REGULAR = 0o100000;
const WRITABLE_BY_OTHERS = 0o022;

/** How many keys give their owner a shell on `date` (YYYYMMDD). Keys for one command only don't. */
export function countKeys(content: string, date: string): number {
  return content.split('\n').filter((line) => isUsableKey(line.trim(), date)).length;
}

function isUsableKey(line: string, date: string): boolean {
  if (line.startsWith('#')) return false;
  const quoted: string[] = [];
  const bare = line.replaceAll(/"((?:\\.|[^"\\])*)"/g, (_, text: string) => `"${quoted.push(text) - 1}"`);
  const key = KEY.exec(bare);
  if (key === null) return false;
  const options = bare.slice(0, key.index).toLowerCase();
  if (/(?:^|,)command=/.test(options)) return false;
  const expiry = /(?:^|,)expiry-time="(\d+)"/.exec(options);
  return expiry === null || quoted[Number(expiry[1])].slice(0, 8) > date;
}

export interface KeyFileFacts {
  /** Without symbolic links; it is there. */
  readonly path: string;
  readonly home: string;
  readonly user: { readonly userId: number; readonly groupIds: readonly number[] };
  readonly statusOf: (path: string) => HostStatus | undefined;
  readonly isStrict: boolean;
}

/** Why sshd does not read the file; `undefined` where it does. */
export function keyFileObstacle(facts: KeyFileFacts): string | undefined {
  const { path, user, statusOf } = facts;
  const status = statusOf(path);
  if (status === undefined) return `${path} is not there`;
  if ((status.mode & TYPE_BITS) !== REGULAR) return `${path} is no file`;
  if (!isReadable(status, user)) return `${path} can't be read by its user`;
  if (!facts.isStrict) return undefined;
  for (const each of [path, ...directoriesAbove(path, facts.home)]) {
    const found = statusOf(each);
    if (found === undefined) return `${each} is not there`;
    if (found.userId !== 0 && found.userId !== user.userId) return `${each} belongs to somebody else`;
    if ((found.mode & WRITABLE_BY_OTHERS) !== 0) return `${each} can be written by others`;
  }
  return undefined;
}

/** The directories that StrictModes looks at: up to the home, or to the root where the file is not in it. */
export function directoriesAbove(path: string, home: string): string[] {
  const directories: string[] = [];
  for (let end = path.lastIndexOf('/'); end >= 0; end = path.lastIndexOf('/', end - 1)) {
    const directory = end === 0 ? '/' : path.slice(0, end);
    directories.push(directory);
    if (directory === home || end === 0) break;
  }
  return directories;
}

function isReadable(status: HostStatus, user: KeyFileFacts['user']): boolean {
  if (user.userId === 0) return true;
  if (status.userId === user.userId) return (status.mode & 0o400) !== 0;
  if (user.groupIds.includes(status.groupId)) return (status.mode & 0o040) !== 0;
  return (status.mode & 0o004) !== 0;
}
