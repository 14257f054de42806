// No change is let through that leaves a Debian system without a way in, or with files of accounts that its own programs refuse.
import { beforeAll, describe, expect, test } from 'vitest';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';
import { createSecuredSystem, type SecuredSystem } from './secured-system.js';

let system: SecuredSystem;

beforeAll(async () => {
  system = await createSecuredSystem(createTemporaryDirectory({ lifetime: 'file' }));
});

/** The one problem that there is with the files as the script makes them. */
async function refusal(stage: string, settings?: object): Promise<string> {
  const problems = await system.check(stage, settings);
  expect(problems.map(({ object, code }) => [object, code])).toEqual([['way in', 'VALIDATION_FAILED']]);
  return problems[0].message;
}

describe('what takes the last way in is refused', () => {
  test.each([
    [
      'the shell lets nobody in',
      'usermod --shell /usr/sbin/nologin anna',
      'its shell /usr/sbin/nologin lets nobody in',
    ],
    ['the shell is not there', 'usermod --shell /bin/zsh anna', 'its shell /bin/zsh is not there'],
    ['the account expires', 'usermod --expiredate 2020-01-01 anna', 'its account has expired'],
    [
      'nobody is in the group of sudo',
      'gpasswd --delete anna sudo',
      'sudo does not let it do everything as root',
    ],
    ['sudo grants nothing', "sed -i '/^%sudo/d' /etc/sudoers", 'sudo does not let it do everything as root'],
    // The key still lets her in, but sudo asks for the password.
    ['the password is locked', 'usermod --lock anna', 'its password is locked'],
    ['the user is removed', 'userdel anna', 'it has no line in /etc/passwd'],
  ])('%s', async (_case, stage, reason) => {
    const message = await refusal(stage);
    expect(message).toContain('nobody could log in and become root');
    expect(message).toContain(
      'Before: anna (a key over SSH, a password over SSH, a password at the console)',
    );
    expect(message).toContain(`anna: `);
    expect(message).toContain(reason);
  });
});

describe('where keys are the only way from elsewhere', () => {
  beforeAll(() => system.sh('echo PasswordAuthentication no >/etc/ssh/sshd_config.d/keys-only.conf'));

  test.each([
    [
      'the file of keys is removed',
      'rm /home/anna/.ssh/authorized_keys',
      'there is no /home/anna/.ssh/authorized_keys',
    ],
    ['the file of keys is empty', ': >/home/anna/.ssh/authorized_keys', 'has no key for a shell'],
    [
      'the key is for a command',
      'sed -i \'s/^/command="true" /\' /home/anna/.ssh/authorized_keys',
      'has no key for a shell',
    ],
    ['others can write the home', 'chmod g+w /home/anna', '/home/anna can be written by others'],
    [
      'the keys belong to somebody else',
      'chown ben /home/anna/.ssh',
      '/home/anna/.ssh belongs to somebody else',
    ],
    ['the user can not read them', 'chown root /home/anna/.ssh/authorized_keys', "can't be read by its user"],
    ['sshd lets others in', 'echo AllowUsers ben >/etc/ssh/sshd_config.d/a.conf', 'sshd does not let it in'],
    [
      'sshd takes no keys',
      'echo PubkeyAuthentication no >/etc/ssh/sshd_config.d/a.conf',
      'sshd takes no keys',
    ],
  ])('%s: only the console is left, and that is refused', async (_case, stage, reason) => {
    const message = await refusal(stage);
    expect(message).toContain('only at the console could anna log in');
    expect(message).toContain(reason);
  });

  test('keys behind a link that sshd follows are a way in', async () => {
    const link = `mv /home/anna/.ssh/authorized_keys /etc/ssh/anna.keys; chmod 644 /etc/ssh/anna.keys
      ln -s /etc/ssh/anna.keys /home/anna/.ssh/authorized_keys`;
    expect(await system.check(link)).toEqual([]);
    expect(await refusal(`${link}; chmod 666 /etc/ssh/anna.keys`)).toContain(
      '/etc/ssh/anna.keys can be written',
    );
  });
});

test('changes that leave a way in are let through', async () => {
  expect(await system.check('userdel ben; groupadd more; useradd --groups sudo eva; pwck -q -r')).toEqual([]);
  expect(
    await system.check(
      "echo 'anna ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/anna; chmod 440 /etc/sudoers.d/anna; usermod --lock anna; gpasswd --delete anna sudo",
    ),
  ).toEqual([]);
});

test('without a view of the files as they are going to be, nothing is said', async () => {
  expect(await system.check(undefined)).toEqual([]);
});

test('one of those in the setting must come in, whoever else can', async () => {
  const message = await refusal('true', { wayIn: ['ben'] });
  expect(message).toContain('Before: nobody could');
  expect(message).toContain('Others can: anna');
  expect(await system.check('true', { wayIn: ['ben', 'anna'] })).toEqual([]);
  const grant = "echo 'ben ALL=(ALL:ALL) NOPASSWD: ALL' >/etc/sudoers.d/ben; chmod 440 /etc/sudoers.d/ben";
  expect(await system.check(grant, { wayIn: ['ben'] })).toEqual([]);
});

describe('files that are wrong are refused', () => {
  test.each([
    [
      'sudoers do not parse',
      "echo 'anna ALL=(ALL' >/etc/sudoers.d/broken; chmod 440 /etc/sudoers.d/broken",
      /visudo: .*sudoers\.d\/broken/,
    ],
    ['a user is there twice', 'sed -i /^ben:/p /etc/passwd', /has the user ben twice/],
    ['a user has no line in shadow', 'sed -i /^ben:/d /etc/shadow', /ben has no line in \/etc\/shadow/],
    [
      'a line is no entry',
      "sed -i 's/^ben:.*/ben:x:1001/' /etc/passwd",
      /what \/etc\/passwd says at 'ben' is no entry/,
    ],
    ['a group is missing', 'sed -i /^ben:/d /etc/group', /the user ben is in group 1001/],
    ['root has another number', 'sed -i s/^root:x:0:/root:x:5:/ /etc/passwd', /no user with the number 0/],
  ])('%s', async (_case, stage, said) => {
    const problems = await system.check(stage);
    expect(problems.every(({ code }) => code === 'VALIDATION_FAILED')).toBe(true);
    expect(problems.map(({ message }) => message).join('\n')).toMatch(said);
  });

  test('no complaint shows a password', async () => {
    const problems = await system.check('sed -i /^anna:/p /etc/shadow');
    const hash = (await system.sh('grep ^anna: /etc/shadow')).split(':')[1];
    expect(problems.length).toBeGreaterThan(1);
    expect(JSON.stringify(problems)).not.toContain(hash);
  });

  test('but what is wrong already is no reason', async () => {
    await system.sh('cp -p /etc/passwd /root/passwd; sed -i /^ben:/p /etc/passwd');
    expect(await system.check('useradd eva')).toEqual([]);
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
  expect(problems[0].message).toContain('there is no way in');
  expect((await system.rollBack()).problems).toEqual([]);
  expect((await system.health()).level).toBe('healthy');
});
