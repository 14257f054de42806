// No change is let through that leaves a Debian system without a way in, or with files of accounts that its own programs refuse.
import { beforeAll, describe, expect, test } from 'vitest';
import type { StateProblem } from '#adapters/state/state-adapter.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';
import { createSecuredSystem, type SecuredSystem } from './secured-system.js';

type Case = readonly [name: string, stage: string, reason: string];

/** The first time, its packages are fetched. */
const MAKING_MS = 900_000;

let system: SecuredSystem;

beforeAll(async () => {
  system = await createSecuredSystem(createTemporaryDirectory({ lifetime: 'file', inMemory: true }));
}, MAKING_MS);

/** A test for each case, of what there is to say of its files. */
function testCases(cases: readonly Case[], expectation: (problems: StateProblem[], reason: string) => void) {
  let said: StateProblem[][];
  beforeAll(async () => {
    said = await system.check(cases.map(([, stage]) => stage));
  });
  test.each(cases.map(([name], index) => [name, index] as const))('%s', (_name, index) => {
    expectation(said[index], cases[index][2]);
  });
}

/** The message of the one problem that there is. */
function refusal(problems: readonly StateProblem[]): string {
  expect(problems.map(({ object, code }) => [object, code])).toEqual([['way in', 'VALIDATION_FAILED']]);
  return problems[0].message;
}

describe('what takes the last way in is refused', () => {
  const cases: Case[] = [
    [
      'the shell lets nobody in',
      'usermod --shell /usr/sbin/nologin anna',
      'its shell /usr/sbin/nologin lets',
    ],
    ['the shell is not there', 'usermod --shell /bin/zsh anna', 'its shell /bin/zsh is not there'],
    ['the account expires', 'usermod --expiredate 2020-01-01 anna', 'its account has expired'],
    ['nobody is in the group of sudo', 'gpasswd --delete anna sudo', 'sudo does not let it do everything'],
    ['sudo grants nothing', "sed -i '/^%sudo/d' /etc/sudoers", 'sudo does not let it do everything'],
    ['sudo is gone', 'rm /usr/bin/sudo', 'sudo does not let it do everything'],
    // The key still lets her in, but sudo asks for the password.
    ['the password is locked', 'usermod --lock anna', 'its password is locked'],
    ['the user is removed', 'userdel anna', 'it has no line in /etc/passwd'],
  ];
  testCases(cases, (problems, reason) => {
    const message = refusal(problems);
    expect(message).toContain('would be closed: nobody could log in and become root');
    expect(message).toContain('anna (a key over SSH, a password over SSH, a password at the console)');
    expect(message).toContain(`anna: `);
    expect(message).toContain(reason);
  });
});

describe('where keys are the only way from elsewhere, and only the console would be left, that is refused', () => {
  beforeAll(() => system.sh('echo PasswordAuthentication no >/etc/ssh/sshd_config.d/keys-only.conf'));
  const keys = '/home/anna/.ssh/authorized_keys';
  const link = `mv ${keys} /etc/ssh/anna.keys; chmod 666 /etc/ssh/anna.keys; ln -s /etc/ssh/anna.keys ${keys}`;
  const sshd = (line: string) => `echo ${line} >/etc/ssh/sshd_config.d/a.conf`;
  const cases: Case[] = [
    ['the file of keys is removed', `rm ${keys}`, `there is no ${keys}`],
    ['the file of keys is empty', `: >${keys}`, 'has no key for a shell'],
    ['the key is for a command', `sed -i 's/^/command="true" /' ${keys}`, 'has no key for a shell'],
    ['others can write the home', 'chmod g+w /home/anna', '/home/anna can be written by others'],
    [
      'the keys are of somebody else',
      'chown ben /home/anna/.ssh',
      '/home/anna/.ssh belongs to somebody else',
    ],
    ['the user can not read them', `chown root ${keys}`, "can't be read by its user"],
    ['others can write what a link leads to', link, '/etc/ssh/anna.keys can be written by others'],
    ['sshd lets others in', sshd('AllowUsers ben'), 'sshd does not let it in'],
    ['sshd takes no keys', sshd('PubkeyAuthentication no'), 'sshd takes no keys'],
  ];
  testCases(cases, (problems, reason) => {
    const message = refusal(problems);
    expect(message).toContain('would be open at the console only, to anna');
    expect(message).toContain(reason);
  });
});

test('changes that leave a way in are let through, and without a view nothing is said', async () => {
  const keys = '/home/anna/.ssh/authorized_keys';
  const problems = await system.check([
    'userdel ben; groupadd more; useradd --groups sudo eva; pwck -q -r',
    `echo 'anna ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/anna; chmod 440 /etc/sudoers.d/anna
      usermod --lock anna; gpasswd --delete anna sudo`,
    `mv ${keys} /etc/ssh/anna.keys; chmod 644 /etc/ssh/anna.keys; ln -s /etc/ssh/anna.keys ${keys}`,
    null,
  ]);
  expect(problems).toEqual([[], [], [], []]);
});

test('one of those in the setting must come in, whoever else can', async () => {
  const grant = "echo 'ben ALL=(ALL:ALL) NOPASSWD: ALL' >/etc/sudoers.d/ben; chmod 440 /etc/sudoers.d/ben";
  const [without, withGrant] = await system.check(['true', grant], { wayIn: ['ben'] });
  expect(refusal(without)).toContain('Before: nobody could');
  expect(refusal(without)).toContain('Others can: anna');
  expect(withGrant).toEqual([]);
  expect(await system.check(['true'], { wayIn: ['ben', 'anna'] })).toEqual([[]]);
});

describe('files that are wrong are refused, and no complaint shows a password', () => {
  const broken = "echo 'anna ALL=(ALL' >/etc/sudoers.d/broken; chmod 440 /etc/sudoers.d/broken";
  const module = 'echo auth required pam_absent.so >>/etc/pam.d/common-auth';
  const cases: Case[] = [
    ['sudoers do not parse', broken, 'visudo: /etc/sudoers.d/broken'],
    ['a user is there twice', 'sed -i /^ben:/p /etc/passwd', 'pwck: duplicate password entry'],
    ['a password is there twice', 'sed -i /^anna:/p /etc/shadow', '/etc/shadow has the user anna twice'],
    ['a user has no line in shadow', 'sed -i /^ben:/d /etc/shadow', 'ben has no line in /etc/shadow'],
    [
      'a line is no entry',
      'sed -i s/^ben:.*/ben:x:1001/ /etc/passwd',
      "/etc/passwd says at 'ben' is no entry",
    ],
    ['a group is missing', 'sed -i /^ben:/d /etc/group', 'the user ben is in group 1001'],
    [
      'PAM includes what is not there',
      'rm /etc/pam.d/common-auth',
      'sshd includes common-auth, which is not',
    ],
    ['PAM needs what is not installed', module, 'needs the module pam_absent.so, which is not installed'],
    ['root has another number', 'sed -i s/^root:x:0:/root:x:5:/ /etc/passwd', 'no user with the number 0'],
  ];
  testCases(cases, (problems, reason) => {
    expect(problems.length).toBeGreaterThan(0);
    expect(problems.every(({ code }) => code === 'VALIDATION_FAILED')).toBe(true);
    expect(problems.map(({ message }) => message).join('\n')).toContain(reason);
    expect(JSON.stringify(problems)).not.toContain('$y$');
  });

  test('but what is wrong already is no reason', async () => {
    await system.sh('cp -p /etc/passwd /root/passwd; sed -i /^ben:/p /etc/passwd');
    expect(await system.check(['useradd eva'])).toEqual([[]]);
    expect((await system.health()).level).toBe('degraded');
    await system.sh('cp -p /root/passwd /etc/passwd');
  });
});

test('a way in that is gone afterwards is found, and closes the host for its health', async () => {
  await system.capture();
  await system.sh('cp -p /etc/shadow /root/shadow; usermod --expiredate 2020-01-01 anna');
  await system.capture({ name: 'closed' });
  expect((await system.health()).level).toBe('unhealthy');
  await system.sh('cp -p /root/shadow /etc/shadow');
  expect(await system.health()).toEqual({ level: 'healthy', problems: [] });
  const { problems } = await system.rollBack({ name: 'closed' });
  expect(problems).toMatchObject([{ object: 'way in', code: 'VALIDATION_FAILED' }]);
  expect(problems[0].message).toMatch(/^is closed: /);
  expect((await system.rollBack()).problems).toEqual([]);
});
