// Who can log in and become root, by what is known of accounts, sudo, su and sshd.
import { expect, test } from 'vitest';
import { ACCOUNT_FILES, parseAccounts } from '#adapters/security/account-files.js';
import { type Access, comesIn, findWayIn } from '#adapters/security/find-way-in.js';
import { parseSshdConfig } from '#adapters/security/sshd-settings.js';
import { parseSudoers } from '#adapters/security/sudoers.js';

const HASH = '$y$j9T$abcdefgh$0123456789';
const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ3xQb8m5Fq0v0c0c1v5o5vZ anna@example.org';
const TODAY = 20_000;
const HOME = '/home/anna';
const KEYS = `${HOME}/.ssh/authorized_keys`;

interface Host {
  readonly shell?: string;
  /** The fields of her line in /etc/shadow after the name. */
  readonly shadow?: string;
  readonly rootPassword?: string;
  readonly rootShell?: string;
  readonly groups?: string;
  readonly sudoers?: string | null;
  readonly su?: Access['su'] | null;
  readonly sshd?: string | null;
  readonly key?: string | null;
  readonly modes?: Readonly<Record<string, { mode: number; userId?: number }>>;
}

/** A host that anna has every way into, but for what `host` says. */
function accessTo(host: Host = {}): Access {
  const shadow = host.shadow ?? `${HASH}:19000:0:99999:7:::`;
  const accounts = parseAccounts(
    new Map([
      [
        ACCOUNT_FILES.passwd,
        `root:x:0:0::/root:${host.rootShell ?? '/bin/sh'}\nanna:x:1000:1000::${HOME}:${host.shell ?? '/bin/sh'}\n`,
      ],
      [ACCOUNT_FILES.shadow, `root:${host.rootPassword ?? '*'}:19000:0:99999:7:::\nanna:${shadow}\n`],
      [ACCOUNT_FILES.group, host.groups ?? 'root:x:0:\nanna:x:1000:\nsudo:x:27:anna\n'],
    ]),
  );
  const statuses = new Map(
    Object.entries({
      '/bin/sh': { mode: 0o100755, userId: 0 },
      '/usr/sbin/nologin': { mode: 0o100755, userId: 0 },
      '/bin/text': { mode: 0o100644, userId: 0 },
      [HOME]: { mode: 0o40750, userId: 1000 },
      [`${HOME}/.ssh`]: { mode: 0o40700, userId: 1000 },
      [KEYS]: { mode: 0o100600, userId: 1000 },
      ...host.modes,
    }).map(([path, { mode, userId = 1000 }]) => [path, { mode, userId, groupId: userId }]),
  );
  const { sudoers = '%sudo ALL=(ALL:ALL) ALL', sshd = 'UsePAM yes', su = null, key = KEY } = host;
  return {
    ...{ accounts, statuses, realPaths: new Map(), today: TODAY },
    keys: new Map(key === null ? [] : [[KEYS, `${key}\n`]]),
    ...(sudoers === null ? {} : { sudoers: parseSudoers(sudoers.split('\n'), 'web') }),
    ...(sshd === null ? {} : { sshd: parseSshdConfig(sshd) }),
    ...(su === null || su === undefined ? {} : { su }),
  };
}

const BY_KEY = 'a key over SSH';
const BY_PASSWORD = 'a password over SSH';
const CONSOLE = 'a password at the console';
const NOPASSWD = '%sudo ALL=(ALL:ALL) NOPASSWD: ALL';

const NO_KEYS = { key: null } as const;
const LOCKED = `!${HASH}:19000:0:99999:7:::`;

test.each<[string, Host, string[]]>([
  ['everything', {}, [BY_KEY, BY_PASSWORD, CONSOLE]],
  ['no server for SSH', { sshd: null }, [CONSOLE]],
  ['no shell named, which means sh', { shell: '' }, [BY_KEY, BY_PASSWORD, CONSOLE]],
  ['a shell for nobody', { shell: '/usr/sbin/nologin' }, []],
  ['a shell that is not there', { shell: '/bin/zsh' }, []],
  ['a shell that is no program', { shell: '/bin/text' }, []],
  ['no sudo', { sudoers: null }, []],
  ['sudo for others', { groups: 'root:x:0:\nanna:x:1000:\nsudo:x:27:ben\n' }, []],
  [
    'sudo by her own group',
    { groups: 'anna:x:1000:\n', sudoers: '%anna ALL=(ALL) ALL' },
    [BY_KEY, BY_PASSWORD, CONSOLE],
  ],
  ['no keys', NO_KEYS, [BY_PASSWORD, CONSOLE]],
  ['a locked password, and sudo that asks for it', { shadow: LOCKED }, []],
  ['a locked password, and sudo that asks for none', { shadow: LOCKED, sudoers: NOPASSWD }, [BY_KEY]],
  ['a locked password, without PAM', { shadow: LOCKED, sudoers: NOPASSWD, sshd: '' }, []],
  ['no password at all', { shadow: '*:19000::::::', sudoers: NOPASSWD, sshd: '' }, [BY_KEY]],
  ['an empty password', { ...NO_KEYS, shadow: ':19000::::::' }, [CONSOLE]],
  [
    'an empty password that sshd takes',
    { ...NO_KEYS, shadow: ':19000::::::', sshd: 'PermitEmptyPasswords yes' },
    [BY_PASSWORD, CONSOLE],
  ],
  ['an expired account', { shadow: `${HASH}:19000:0:99999:7::${TODAY}:` }, []],
  [
    'an account that expires tomorrow',
    { shadow: `${HASH}:19000:0:99999:7::${TODAY + 1}:` },
    [BY_KEY, BY_PASSWORD, CONSOLE],
  ],
  ['a password that is too old', { shadow: `${HASH}:19000:0:90:7:30::`, sudoers: NOPASSWD }, [BY_KEY]],
  ['a password to be changed first', { shadow: `${HASH}:0:0:90:7:30::` }, [BY_KEY, BY_PASSWORD, CONSOLE]],
  ['a password of the old sort', { shadow: 'ab01234567890:19000::::::' }, [BY_KEY, BY_PASSWORD, CONSOLE]],
  [
    'su and the password of root',
    { sudoers: null, su: {}, rootPassword: HASH, sshd: 'PasswordAuthentication no' },
    [BY_KEY, CONSOLE],
  ],
  [
    'su to a root without a shell',
    { sudoers: null, su: {}, rootPassword: HASH, rootShell: '/usr/sbin/nologin' },
    [],
  ],
  ['su, and no password of root', { sudoers: null, su: {} }, []],
  ['su for others', { sudoers: null, su: { group: 'wheel' }, rootPassword: HASH }, []],
  [
    'su for her group',
    { sudoers: null, su: { group: 'sudo' }, rootPassword: HASH },
    [BY_KEY, BY_PASSWORD, CONSOLE],
  ],
  [
    'sudo with the password of root',
    { sudoers: `Defaults rootpw\n${NOPASSWD.replace('NOPASSWD: ', '')}` },
    [],
  ],
  ['sshd without keys', { sshd: 'PubkeyAuthentication no' }, [BY_PASSWORD, CONSOLE]],
  ['sshd without passwords', { sshd: 'PasswordAuthentication no' }, [BY_KEY, CONSOLE]],
  ['sshd for others', { sshd: 'AllowUsers ben' }, [CONSOLE]],
  ['sshd for files only', { sshd: 'Match Group sudo\nForceCommand internal-sftp' }, [CONSOLE]],
  ['both at once', { sshd: 'AuthenticationMethods publickey,password' }, [BY_KEY, CONSOLE]],
  ['both at once, and no key', { ...NO_KEYS, sshd: 'AuthenticationMethods publickey,password' }, [CONSOLE]],
  [
    'either of two ways',
    { ...NO_KEYS, sshd: 'AuthenticationMethods publickey password' },
    [BY_PASSWORD, CONSOLE],
  ],
  ['a way that is not known here', { sshd: 'AuthenticationMethods gssapi-with-mic' }, [CONSOLE]],
  [
    'keys that a program knows',
    { ...NO_KEYS, sshd: 'PasswordAuthentication no\nAuthorizedKeysCommand /bin/ask' },
    [BY_KEY, CONSOLE],
  ],
  ['keys elsewhere', { sshd: 'PasswordAuthentication no\nAuthorizedKeysFile /etc/keys/%u' }, [CONSOLE]],
  ['a comment for a key', { key: `# ${KEY}`, sshd: 'PasswordAuthentication no' }, [CONSOLE]],
  [
    'a key for one command',
    { key: `no-pty,command="a \\"b\\"" ${KEY}`, sshd: 'PasswordAuthentication no' },
    [CONSOLE],
  ],
  [
    'a key with other options',
    { key: `from="10.*,!10.1.*",no-pty ${KEY}`, sshd: 'PasswordAuthentication no' },
    [BY_KEY, CONSOLE],
  ],
  [
    'a key that has expired',
    { key: `expiry-time="20240101" ${KEY}`, sshd: 'PasswordAuthentication no' },
    [CONSOLE],
  ],
  [
    'a key that expires later',
    { key: `expiry-time="20241101" ${KEY}`, sshd: 'PasswordAuthentication no' },
    [BY_KEY, CONSOLE],
  ],
])('with %s', (_name, host, ways) => {
  const [anna] = findWayIn(accessTo(host), ['anna']);
  expect([...anna.remote, ...anna.local]).toEqual(ways);
  if (ways.length === 0) expect(anna.obstacles).not.toEqual([]);
  expect(JSON.stringify(anna)).not.toContain(HASH);
});

test.each<[string, NonNullable<Host['modes']>]>([
  ['a home that its group can write', { [HOME]: { mode: 0o40770 } }],
  ['a directory that all can write', { [`${HOME}/.ssh`]: { mode: 0o40777 } }],
  ['a file that its group can write', { [KEYS]: { mode: 0o100660 } }],
  ['a home of somebody else', { [HOME]: { mode: 0o40755, userId: 1001 } }],
  ['a file of somebody else', { [KEYS]: { mode: 0o100644, userId: 1001 } }],
  ['a file of root that only root can read', { [KEYS]: { mode: 0o100600, userId: 0 } }],
  ['a file that is none', { [KEYS]: { mode: 0o40700 } }],
])('sshd takes no keys from %s, unless it is told to', (_name, modes) => {
  const sshd = 'PasswordAuthentication no\n';
  const host = { modes, sshd };
  expect(findWayIn(accessTo(host), ['anna'])[0].remote).toEqual([]);
  const isReadable = modes[KEYS]?.userId !== 0 && modes[KEYS]?.mode !== 0o40700;
  const lax = findWayIn(accessTo({ ...host, sshd: `${sshd}StrictModes no` }), ['anna'])[0];
  expect(lax.remote).toEqual(isReadable ? [BY_KEY] : []);
});

test('root comes in as its settings have it', () => {
  const root = (host: Host) => {
    const [{ remote, local }] = findWayIn(accessTo(host), ['root']);
    return [...remote, ...local];
  };
  expect(root({})).toEqual([]);
  expect(root({ rootPassword: HASH })).toEqual([CONSOLE]);
  expect(root({ rootPassword: HASH, sshd: 'PermitRootLogin yes' })).toEqual([BY_PASSWORD, CONSOLE]);
  expect(root({ rootPassword: `!${HASH}`, sshd: 'PermitRootLogin yes' })).toEqual([]);
});

test('without names, all users are looked at; one that is not known is told', () => {
  const found = findWayIn(accessTo());
  expect(found.map((user) => [user.user, comesIn(user)])).toEqual([
    ['root', false],
    ['anna', true],
  ]);
  expect(findWayIn(accessTo(), ['nobody-knows'])[0].obstacles).toEqual(['it has no line in /etc/passwd']);
});
