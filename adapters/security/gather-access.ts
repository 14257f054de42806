// Reads all that decides who can log in and become root, from the files as they are or as they are going to be. Of users who
// can't become root anyway it reads nothing, so that a host with very many is looked at in a moment.
import { hostname } from 'node:os';
import { ACCOUNT_FILES, type Account, type Accounts, parseAccounts } from './account-files.js';
import { directoriesAbove } from './authorized-keys.js';
import { PAM_RULES } from './check-pam.js';
import { type Access, groupsByUser } from './find-way-in.js';
import type { FirstLook, HostFiles } from './host-files.js';
import { dayOf } from './password-state.js';
import {
  allKeyFiles,
  expandKeyFile,
  globSource,
  parseSshdConfig,
  type SshdSettings,
  sshdKeywords,
} from './sshd-settings.js';
import { findInclude, findSudoGrant, parseSudoers, type Sudoers, sudoersLines } from './sudoers.js';

export const SUDOERS = '/etc/sudoers';
export const SSHD_CONFIG = '/etc/ssh/sshd_config';

const SSHD_PROGRAMS = ['/usr/sbin/sshd', '/usr/local/sbin/sshd', '/usr/bin/sshd'];
/** It reads the same files of keys, but no settings. */
const DROPBEAR_PROGRAMS = ['/usr/sbin/dropbear', '/usr/bin/dropbear'];
const SUDO_PROGRAMS = ['/usr/bin/sudo', '/usr/local/bin/sudo', '/bin/sudo'];
const SU_PROGRAMS = ['/usr/bin/su', '/bin/su'];
const SU_RULES = `${PAM_RULES}/su`;
const SET_USER_ID = 0o4000;
/** Where very many may become root, these are enough to know that somebody can. */
const MOST_USERS = 500;
const DEEPEST_INCLUSION = 8;

const PROGRAMS = [...SSHD_PROGRAMS, ...DROPBEAR_PROGRAMS, ...SUDO_PROGRAMS, ...SU_PROGRAMS];

/** What is read of any host. */
export const FIRST_LOOK: FirstLook = {
  read: [...Object.values(ACCOUNT_FILES), SU_RULES, SUDOERS, SSHD_CONFIG],
  status: PROGRAMS,
  directories: ['/etc/sudoers.d', '/etc/ssh/sshd_config.d', PAM_RULES],
};

/** What decides who can log in and become root, and for whom that was read: `names` and those who may become root. */
export async function gatherAccess(
  files: HostFiles,
  names: readonly string[],
): Promise<{ readonly access: Access; readonly users: readonly string[] }> {
  const accounts = parseAccounts(await files.read(Object.values(ACCOUNT_FILES)));
  const programs = await files.status(PROGRAMS);
  const isThere = (path: string) => programs.has(path);
  const givesRoot = (path: string) => ((programs.get(path)?.mode ?? 0) & SET_USER_ID) !== 0;
  const rules = (await files.read([SU_RULES])).get(SU_RULES) ?? '';
  const su = SU_PROGRAMS.some(givesRoot) ? suRule(rules) : undefined;
  const sudoers = SUDO_PROGRAMS.some(givesRoot) ? await readSudoers(files) : undefined;
  const sshd = SSHD_PROGRAMS.some(isThere)
    ? await readSshdSettings(files)
    : DROPBEAR_PROGRAMS.some(isThere)
      ? parseSshdConfig('PermitRootLogin yes')
      : undefined;
  const users = usersOfInterest(accounts, { names, sudoers, su: su !== undefined });
  const paths = await readKeys(files, users, sshd);
  const access = {
    ...{ accounts, ...paths, today: dayOf(Date.now()) },
    ...(sudoers === undefined ? {} : { sudoers }),
    ...(su === undefined ? {} : { su }),
    ...(sshd === undefined ? {} : { sshd }),
  };
  return { access, users: [...new Set([...names, ...users.map(({ name }) => name)])] };
}

/** The lines of sudoers, with those of the files that it includes in their place; and all paths that it includes. */
export async function readSudoersLines(
  files: HostFiles,
): Promise<{ readonly lines: readonly string[]; readonly included: readonly string[] }> {
  const included: string[] = [];
  const read = async (path: string, depth: number): Promise<string[]> => {
    const content = (await files.read([path])).get(path) ?? '';
    const lines: string[] = [];
    for (const line of sudoersLines(content)) {
      const include = findInclude(line);
      if (include === undefined) lines.push(line);
      // What includes itself, over whatever ways, is read once.
      if (include === undefined || depth === DEEPEST_INCLUSION || included.includes(include.path)) continue;
      included.push(include.path);
      const isFile = include.kind === 'file';
      const names = isFile ? [] : ((await files.list([include.path])).get(include.path) ?? []);
      // As sudo does it: backups, and what package managers leave behind, are passed over.
      const kept = names.filter((name) => !name.includes('.') && !name.endsWith('~'));
      const paths = isFile ? [include.path] : kept.map((name) => `${include.path}/${name}`);
      for (const each of paths) lines.push(...(await read(each, depth + 1)));
    }
    return lines;
  };
  return { lines: await read(SUDOERS, 0), included };
}

async function readSudoers(files: HostFiles): Promise<Sudoers> {
  return parseSudoers((await readSudoersLines(files)).lines, hostname());
}

/** The settings of sshd, with those in files that it includes. */
export async function readSshdSettings(files: HostFiles): Promise<SshdSettings> {
  const found = new Map<string, readonly string[]>();
  const read = async (path: string, depth: number): Promise<string> => {
    const content = (await files.read([path])).get(path) ?? '';
    const patterns = sshdKeywords(content)
      .filter(({ keyword }) => keyword === 'include')
      .flatMap(({ value }) => value.split(/\s+/));
    for (const pattern of patterns) {
      if (found.has(pattern) || depth === DEEPEST_INCLUSION) continue;
      found.set(pattern, []);
      const paths = await expandPattern(files, pattern);
      const contents: string[] = [];
      for (const each of paths) contents.push(await read(each, depth + 1));
      found.set(pattern, contents);
    }
    return content;
  };
  const content = await read(SSHD_CONFIG, 0);
  return parseSshdConfig(content, (pattern) => found.get(pattern) ?? []);
}

/** The files that a pattern of sshd_config means; only their names are patterns. */
async function expandPattern(files: HostFiles, pattern: string): Promise<string[]> {
  const path = pattern.startsWith('/') ? pattern : `/etc/ssh/${pattern}`;
  const directory = path.slice(0, path.lastIndexOf('/'));
  const name = new RegExp(`^${globSource(path.slice(directory.length + 1))}$`, 's');
  const names = (await files.list([directory])).get(directory) ?? [];
  return names
    .filter((each) => name.test(each) && !each.startsWith('.'))
    .map((each) => `${directory}/${each}`);
}

/** Whether the members of one group alone may use su, see pam_wheel(8). */
function suRule(rules: string): { readonly group?: string } {
  const line = /^\s*(?:auth|account)\s+(?:required|requisite)\s+pam_wheel\.so\b(.*)$/m.exec(rules);
  if (line === null || /\bdeny\b/.test(line[1])) return {};
  return { group: /\bgroup=(\S+)/.exec(line[1])?.[1] ?? 'wheel' };
}

/** Users who may become root, and those of `names`. */
function usersOfInterest(
  accounts: Accounts,
  by: { readonly names: readonly string[]; readonly sudoers: Sudoers | undefined; readonly su: boolean },
): Account[] {
  const { sudoers } = by;
  const groups = groupsByUser(accounts);
  const rankOf = (account: Account): number => {
    if (by.names.includes(account.name)) return 0;
    if (account.userId === 0) return 1;
    const user = { name: account.name, userId: account.userId, groups: groups(account) };
    if (sudoers !== undefined && findSudoGrant(sudoers, user) !== undefined) return 2;
    return by.su ? 3 : 4;
  };
  return accounts.users
    .map((account) => ({ account, rank: rankOf(account) }))
    .filter(({ rank }) => rank < 4)
    .sort((left, right) => left.rank - right.rank)
    .slice(0, MOST_USERS)
    .map(({ account }) => account);
}

async function readKeys(files: HostFiles, users: readonly Account[], sshd: SshdSettings | undefined) {
  const patterns = sshd === undefined ? [] : allKeyFiles(sshd);
  const keyFiles = users.flatMap((user) => patterns.map((pattern) => expandKeyFile(pattern, user)));
  const paths = [...new Set(keyFiles.filter((path) => path !== undefined))];
  const keys = await files.read(paths);
  const realPaths = await files.resolve([...keys.keys(), ...new Set(users.map(({ home }) => home))]);
  const homes = new Set(users.map(({ home }) => realPaths.get(home) ?? home));
  const looked = new Set(users.map(({ shell }) => (shell === '' ? '/bin/sh' : shell)));
  for (const path of keys.keys()) {
    const real = realPaths.get(path) ?? path;
    for (const each of [real, ...directoriesAbove(real, '/')]) looked.add(each);
  }
  const statuses = await files.status([...looked, ...homes]);
  return { keys, realPaths, statuses };
}
