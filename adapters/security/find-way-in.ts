// Who can log in and become root, and what keeps the others from it: from what files of accounts, sudo and sshd say. Pure.
// Whatever is not understood is no way in, before a change as well as after it.
import type { Account, Accounts, Group, Shadow } from './account-files.js';
import { countKeys, keyFileObstacle } from './authorized-keys.js';
import type { HostStatus } from './host-files.js';
import { isExpired, isPasswordInactive, passwordState } from './password-state.js';
import { expandKeyFile, type SshdSettings, settingsOf, type UserSshdSettings } from './sshd-settings.js';
import { findSudoGrant, type Sudoers } from './sudoers.js';

/** All that decides it. */
export interface Access {
  readonly accounts: Accounts;
  /** Missing where there is no sudo. */
  readonly sudoers?: Sudoers;
  /** Missing where there is no su. `group`: whose members alone may use it. */
  readonly su?: { readonly group?: string };
  /** Missing where no server for SSH is installed. */
  readonly sshd?: SshdSettings;
  /** Of shells, files of keys without symbolic links, and all directories above these. */
  readonly statuses: ReadonlyMap<string, HostStatus>;
  readonly realPaths: ReadonlyMap<string, string>;
  /** What files of keys say, by their paths as the settings name them. */
  readonly keys: ReadonlyMap<string, string>;
  /** Days since 1970. */
  readonly today: number;
}

/** What is known of one user. */
export interface UserAccess {
  readonly user: string;
  /** Ways to log in from elsewhere and to become root then. */
  readonly remote: readonly string[];
  /** The same at the console. */
  readonly local: readonly string[];
  /** What takes ways from the user. */
  readonly obstacles: readonly string[];
}

/** Shells that end at once, or do one thing. */
const NO_SHELLS = new Set([
  'nologin',
  'false',
  'true',
  'sync',
  'halt',
  'shutdown',
  'poweroff',
  'reboot',
  'git-shell',
]);

/** What is known of each of `names`; of all users without them. */
export function findWayIn(access: Access, names?: readonly string[]): UserAccess[] {
  const users = new Map<string, Account>();
  for (const account of access.accounts.users) {
    // As getpwnam(3), the first line of a name counts.
    if (!users.has(account.name)) users.set(account.name, account);
  }
  const shadows = new Map((access.accounts.shadows ?? []).map((shadow) => [shadow.name, shadow]));
  const groups = groupsByUser(access.accounts);
  return (names ?? [...users.keys()]).map((name) => {
    const account = users.get(name);
    if (account === undefined) return closed(name, 'it has no line in /etc/passwd');
    const shadow = shadows.get(name);
    return accessOf(access, { account, shadow, groups: groups(account) });
  });
}

/** Whether there is any way. */
export function comesIn({ remote, local }: UserAccess): boolean {
  return remote.length > 0 || local.length > 0;
}

/** Answers the groups of a user, the first its own. */
export function groupsByUser(accounts: Accounts): (account: Account) => NamedGroup[] {
  const byId = new Map<number, Group[]>();
  const byMember = new Map<string, Group[]>();
  const add = <K>(index: Map<K, Group[]>, key: K, group: Group) => {
    const known = index.get(key);
    if (known === undefined) index.set(key, [group]);
    else known.push(group);
  };
  for (const group of accounts.groups) {
    add(byId, group.groupId, group);
    for (const member of group.members) add(byMember, member, group);
  }
  return ({ name, groupId }) => [...new Set([...(byId.get(groupId) ?? []), ...(byMember.get(name) ?? [])])];
}

type NamedGroup = Pick<Group, 'name' | 'groupId'>;

interface KnownUser {
  readonly account: Account;
  readonly shadow: Shadow | undefined;
  readonly groups: readonly NamedGroup[];
}

function closed(user: string, obstacle: string): UserAccess {
  return { user, remote: [], local: [], obstacles: [obstacle] };
}

function accessOf(access: Access, known: KnownUser): UserAccess {
  const { account, shadow } = known;
  if (account.password === 'x' && shadow === undefined)
    return closed(account.name, 'it has no line in /etc/shadow');
  if (isExpired(shadow, access.today)) return closed(account.name, 'its account has expired');
  const noShell = shellObstacle(access, account);
  if (noShell !== undefined) return closed(account.name, noShell);

  const password = passwordOf(access, known);
  const root = rootWays(access, known);
  const ssh = sshWays(access, known, password);
  const obstacles = [...password.obstacles, ...ssh.obstacles, ...root.obstacles];
  const remote = [...(ssh.key ? ['a key over SSH'] : []), ...(ssh.password ? ['a password over SSH'] : [])];
  const local = password.isGood ? ['a password at the console'] : [];
  const becomesRoot = root.withoutPassword || (root.withPassword && password.isGood);
  return becomesRoot
    ? { user: account.name, remote, local, obstacles }
    : { user: account.name, remote: [], local: [], obstacles };
}

function shellObstacle({ statuses }: Access, account: Account): string | undefined {
  const shell = account.shell === '' ? '/bin/sh' : account.shell;
  if (NO_SHELLS.has(shell.slice(shell.lastIndexOf('/') + 1))) return `its shell ${shell} lets nobody in`;
  if (((statuses.get(shell)?.mode ?? 0) & 0o111) !== 0) return undefined;
  return `its shell ${shell} is not there, or is no program`;
}

interface KnownPassword {
  readonly isGood: boolean;
  readonly isEmpty: boolean;
  readonly obstacles: readonly string[];
}

function passwordOf({ today }: Access, { account, shadow }: KnownUser): KnownPassword {
  const state = passwordState(account, shadow);
  const isEmpty = state === 'empty';
  if (state === 'locked') return { isGood: false, isEmpty, obstacles: ['its password is locked'] };
  if (state === 'none') return { isGood: false, isEmpty, obstacles: ['it has no password'] };
  if (!isPasswordInactive(shadow, today)) return { isGood: true, isEmpty, obstacles: [] };
  return { isGood: false, isEmpty, obstacles: ['its password has expired'] };
}

interface RootWays {
  /** Whether the user becomes root without a password of its own. */
  readonly withoutPassword: boolean;
  /** Whether with it. */
  readonly withPassword: boolean;
  readonly obstacles: readonly string[];
}

function rootWays(access: Access, { account, groups }: KnownUser): RootWays {
  if (account.userId === 0) return { withoutPassword: true, withPassword: true, obstacles: [] };
  const rootPassword = hasRootPassword(access);
  const suGroup = access.su?.group;
  const mayUseSu = suGroup === undefined || groups.some(({ name }) => name === suGroup);
  const root = access.accounts.users.find(({ userId }) => userId === 0);
  const givesShell = root !== undefined && shellObstacle(access, root) === undefined;
  const bySu = access.su !== undefined && rootPassword && mayUseSu && givesShell;
  const { sudoers } = access;
  const grant =
    sudoers === undefined
      ? undefined
      : findSudoGrant(sudoers, { name: account.name, userId: account.userId, groups });
  const asksOwn = grant?.asksPassword === true && sudoers?.asksRootPassword !== true;
  const bySudo = grant !== undefined && !asksOwn && (!grant.asksPassword || rootPassword);
  const obstacles =
    grant === undefined
      ? ['sudo does not let it do everything as root']
      : grant.asksPassword && !asksOwn && !rootPassword
        ? ['sudo asks for the password of root, who has none']
        : [];
  return {
    ...{ withoutPassword: bySu || bySudo, withPassword: asksOwn },
    obstacles: bySu ? [] : obstacles,
  };
}

function hasRootPassword(access: Access): boolean {
  const account = access.accounts.users.find(({ userId }) => userId === 0);
  if (account === undefined) return false;
  const shadow = access.accounts.shadows?.find(({ name }) => name === account.name);
  const isUsable = passwordState(account, shadow) === 'set' && !isPasswordInactive(shadow, access.today);
  return isUsable && !isExpired(shadow, access.today);
}

interface SshWays {
  readonly key: boolean;
  readonly password: boolean;
  readonly obstacles: readonly string[];
}

function sshWays(access: Access, known: KnownUser, own: KnownPassword): SshWays {
  const { account, groups } = known;
  if (access.sshd === undefined) return { key: false, password: false, obstacles: [] };
  const settings = settingsOf(access.sshd, { name: account.name, groups: groups.map(({ name }) => name) });
  const refused = sshRefusal(settings, known);
  if (refused !== undefined) return { key: false, password: false, obstacles: [refused] };
  const isRoot = account.userId === 0;
  const { found, obstacles } = findKeys(access, known, settings);
  const key = settings.takesKeys && (settings.keysElsewhere || found);
  const isTaken = settings.takesPasswords && (!own.isEmpty || settings.takesEmptyPasswords);
  const password = own.isGood && isTaken && (!isRoot || settings.rootLogin === 'yes');
  const reasons = settings.takesKeys ? obstacles : ['sshd takes no keys'];
  return { ...withMethods(settings, { key, password }), obstacles: key ? [] : reasons };
}

function sshRefusal(settings: UserSshdSettings, { account, shadow }: KnownUser): string | undefined {
  if (!settings.allows) return 'sshd does not let it in';
  if (settings.isConfined) return 'sshd gives it no shell';
  if (account.userId === 0 && !['yes', 'prohibit-password', 'without-password'].includes(settings.rootLogin))
    return 'sshd does not let root in';
  if (!settings.usesPam && shadow?.password.startsWith('!') === true)
    return 'sshd takes its account for locked';
  return undefined;
}

function withMethods(settings: UserSshdSettings, { key, password }: { key: boolean; password: boolean }) {
  if (settings.methods.length === 0) return { key, password };
  const can = (method: string) => {
    const name = method.split(':', 1)[0];
    if (name === 'publickey') return key;
    return (name === 'password' || name === 'keyboard-interactive') && password;
  };
  const possible = settings.methods.filter((list) => list.every(can));
  const isKey = possible.some((list) => list.some((method) => method.startsWith('publickey')));
  return { key: isKey, password: possible.length > 0 && !isKey };
}

function findKeys(access: Access, { account, groups }: KnownUser, settings: UserSshdSettings) {
  const obstacles: string[] = [];
  const date = new Date(access.today * 86_400_000).toISOString().slice(0, 10).replaceAll('-', '');
  const groupIds = [account.groupId, ...groups.map(({ groupId }) => groupId)];
  const home = access.realPaths.get(account.home) ?? account.home;
  const paths = settings.keyFiles.map((pattern) => expandKeyFile(pattern, account));
  for (const path of paths) {
    const content = path === undefined ? undefined : access.keys.get(path);
    if (path === undefined || content === undefined) continue;
    const obstacle = keyFileObstacle({
      ...{ path: access.realPaths.get(path) ?? path, home, isStrict: settings.isStrict },
      user: { userId: account.userId, groupIds },
      statusOf: (each) => access.statuses.get(each),
    });
    if (obstacle === undefined && countKeys(content, date) > 0) return { found: true, obstacles: [] };
    obstacles.push(obstacle ?? `${path} has no key for a shell`);
  }
  if (obstacles.length === 0) obstacles.push(`there is no ${paths[0] ?? 'file of authorized keys'}`);
  return { found: false, obstacles };
}
