// Users, groups and capabilities of a Debian system go and come back through the adapter of security, by the system's own programs.
import { beforeAll, expect, test } from 'vitest';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';
import { createSecuredSystem, type SecuredSystem } from './secured-system.js';

/** The first time, its packages are fetched. */
const MAKING_MS = 900_000;

let system: SecuredSystem;

beforeAll(async () => {
  system = await createSecuredSystem(createTemporaryDirectory({ lifetime: 'file', inMemory: true }));
}, MAKING_MS);

test('a user who was removed comes back with the same number, groups and password', async () => {
  const before = await system.capture();
  const shadow = await system.sh('grep ^anna: /etc/shadow');
  expect(before.problems).toEqual([]);
  await system.sh('userdel --remove anna; useradd --create-home cora; chfn --full-name Ben ben');
  expect(await system.sh('id --user cora')).not.toBe('');
  const { plan, problems, left } = await system.rollBack();
  expect([plan.steps, problems, left]).toEqual([[], [], { steps: [], unrestorable: [] }]);
  expect(await system.sh('id anna')).toBe('uid=1000(anna) gid=1000(anna) groups=1000(anna),27(sudo)\n');
  expect(await system.sh('grep ^anna: /etc/shadow')).toBe(shadow);
  expect(await system.sh('cat /home/anna/.ssh/authorized_keys; pwck -q -r; grpck -r')).toContain(
    'ssh-ed25519',
  );
  expect(await system.sh('getent passwd cora || echo gone')).toBe('gone\n');
  expect((await system.capture({ name: 'again' })).documents).toMatchObject(stateOf(before.documents));
  await system.sh('rm -r /home/cora; chown -R anna:anna /home/anna');
});

function stateOf(documents: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(documents).filter(([path]) => path.startsWith('state/')));
}

test('documents say who there is, and no document has a password in it', async () => {
  const { documents } = await system.capture();
  expect(JSON.parse(documents['state/users/anna.json'])).toMatchObject({
    ...{ uid: 1000, gid: 1000, home: '/home/anna', shell: '/bin/bash', groups: ['anna', 'sudo'] },
    ...{ password: 'set', maxDays: 99999 },
  });
  expect(JSON.parse(documents['state/users/ben.json']).password).toBe('none');
  expect(JSON.parse(documents['state/groups/sudo.json'])).toEqual({ gid: 27, members: ['anna'] });
  expect(JSON.parse(documents['observed/password-changes.json']).anna).toMatch(/^\d{4}-\d\d-\d\d$/);
  const hash = (await system.sh('grep ^anna: /etc/shadow')).split(':')[1];
  expect(hash).toMatch(/^\$y\$/);
  expect(JSON.stringify(documents)).not.toContain(hash);
  await system.sh('usermod --lock anna');
  expect(
    JSON.parse((await system.capture({ name: 'locked' })).documents['state/users/anna.json']).password,
  ).toBe('locked');
  await system.sh('usermod --unlock anna');
});

test('what a user who goes has running and owns is named, with who gets it', async () => {
  await system.sh('userdel anna');
  await system.capture({ name: 'without-anna' });
  await system.sh(
    'useradd --uid 1000 --create-home dora; mkdir -p /var/mail; touch /var/mail/dora; chown dora /var/mail/dora /home/dora',
  );
  const { plan, left } = await system.rollBack({
    name: 'without-anna',
    beside: `setpriv --reuid=1000 --clear-groups sleep 1000 & until grep -qx 'Uid:\\(.1000\\)*' /proc/$!/status; do :; done`,
  });
  expect(plan.unrestorable).toHaveLength(1);
  expect(plan.unrestorable[0].object).toBe('user dora');
  expect(plan.unrestorable[0].text).toMatch(
    /^will be no user any more; left to the number 1000: running processes: sleep \(\d+\); \d+ files in \/home\/dora; \/var\/mail\/dora\. /,
  );
  expect(left.unrestorable).toEqual([]);
  await system.rollBack({ name: 'before' });
  expect(await system.sh('id -u anna')).toBe('1000\n');
});

test('capabilities of files are set, changed and removed, and stay as they are where it is done twice', async () => {
  await system.sh(`cd /usr/local/bin; for name in one two three; do cp /bin/true $name; done
    setcap cap_net_raw=ep one; setcap cap_net_admin,cap_net_raw=eip two`);
  const { documents } = await system.capture({ name: 'capable' });
  expect(JSON.parse(documents['state/capabilities.json']).files).toMatchObject({
    '/usr/local/bin/one': { text: 'cap_net_raw=ep' },
    '/usr/local/bin/two': { text: 'cap_net_admin,cap_net_raw=eip' },
  });
  await system.sh('cd /usr/local/bin; setcap -r one; setcap cap_chown=ep two; setcap cap_sys_admin=ep three');
  const { plan, problems, done, left } = await system.rollBack({ name: 'capable', crash: true });
  expect(plan.steps.map(({ text }) => text)).toEqual([
    'give cap_net_raw=ep to /usr/local/bin/one',
    'take cap_sys_admin=ep from /usr/local/bin/three',
    'give cap_net_admin,cap_net_raw=eip to /usr/local/bin/two, in place of cap_chown=ep',
  ]);
  expect([problems, left.steps, done.length]).toEqual([[], [], 6]);
  expect(await system.sh('getcap /usr/local/bin/*')).toBe(
    '/usr/local/bin/one cap_net_raw=ep\n/usr/local/bin/two cap_net_admin,cap_net_raw=eip\n',
  );
});

test('a file that is gone can not be given its capabilities, unless something else brings it back', async () => {
  await system.sh('cp /bin/true /usr/local/bin/gone; setcap cap_net_raw=ep /usr/local/bin/gone');
  await system.capture({ name: 'there' });
  await system.sh('rm /usr/local/bin/gone');
  const alone = await system.rollBack({ name: 'there' });
  expect(alone.plan.steps).toEqual([]);
  expect(alone.plan.unrestorable[0].text).toContain('the file is not there');
  expect([alone.problems, alone.left.steps]).toEqual([[], []]);
  const together = await system.rollBack({ name: 'there', dependencies: ['packages'] });
  expect(together.plan.steps).toHaveLength(1);
  expect(together.problems).toEqual([]);
});

test('capabilities are not given to a file that others than root can write by now', async () => {
  await system.sh('cp /bin/true /usr/local/bin/loose; setcap cap_net_raw=ep /usr/local/bin/loose');
  await system.capture({ name: 'tight' });
  await system.sh('chown ben /usr/local/bin/loose; setcap -r /usr/local/bin/loose 2>/dev/null || true');
  const { problems } = await system.rollBack({ name: 'tight' });
  expect(problems).toMatchObject([{ object: 'capabilities of /usr/local/bin/loose', code: 'STATE_REFUSED' }]);
  expect(await system.sh('getcap /usr/local/bin/loose')).toBe('');
  await system.sh('rm /usr/local/bin/loose');
});

test('the files are those that accounts, sudo and sshd name, backups not among them', async () => {
  await system.sh(`echo 'AuthorizedKeysFile .ssh/authorized_keys /etc/ssh/keys/%u' >/etc/ssh/sshd_config.d/keys.conf
    echo '@includedir /etc/more-sudoers' >>/etc/sudoers`);
  const { paths, exclude } = await system.files({ users: ['a*'] });
  expect(paths).toEqual(
    expect.arrayContaining([
      ...['/etc/passwd', '/etc/shadow', '/etc/group', '/etc/gshadow', '/etc/subuid', '/etc/sudoers'],
      ...['/etc/sudoers.d', '/etc/more-sudoers', '/etc/pam.d', '/home/anna/.ssh/authorized_keys'],
      ...['/etc/ssh/keys/anna', '/etc/apparmor.d'],
    ]),
  );
  expect(
    paths.filter((path) => path.endsWith('-') || path.includes('ben') || path.includes('keys2')),
  ).toEqual([]);
  expect(exclude).toContain('/etc/apparmor.d/cache.d');
  await system.sh(`rm /etc/ssh/sshd_config.d/keys.conf; sed -i '$d' /etc/sudoers`);
});

test('accounts that are being changed are left alone', async () => {
  await expect(system.rollBack({ beside: 'echo $$ >/etc/passwd.lock' })).rejects.toThrow('STATE_BUSY');
  await system.sh('echo 999999 >/etc/passwd.lock');
  expect((await system.rollBack()).problems).toEqual([]);
  await system.sh('rm /etc/passwd.lock');
});

test('a cache of users that runs is told that they have changed', async () => {
  const { plan, problems, done } = await system.rollBack({ beside: 'mkdir -p /run/nscd; nscd' });
  expect(plan.steps).toMatchObject([{ object: 'cache of nscd', do: 'invalidate' }]);
  expect([problems, done]).toEqual([[], ['cache of nscd']]);
});

test('profiles of AppArmor are found where its own parser finds them', async () => {
  const names = await system.sh(
    'cd /etc/apparmor.d; for f in *; do [ ! -f $f ] || apparmor_parser -N $f 2>&-; done',
  );
  const outermost = names.split('\n').filter((name) => name !== '' && !name.includes('//'));
  expect(outermost.length).toBeGreaterThan(0);
  expect(Object.keys(await system.profiles()).sort()).toEqual(outermost.sort());
});

test('a profile that can not be loaded is told, and before that a parser that is missing', async () => {
  const file = '/etc/apparmor.d/lsb_release';
  const data = { kind: 'profile', name: 'lsb_release', mode: 'enforce', file };
  const steps = [{ object: 'AppArmor profile lsb_release', do: 'load', text: 'load it', data }];
  // The systems of tests have no AppArmor of their own, whatever their kernel has.
  expect((await system.applySteps(steps)).problems).toMatchObject([
    { object: 'AppArmor profile lsb_release', code: 'UNSUPPORTED' },
  ]);
  await system.sh('mv /usr/sbin/apparmor_parser /root');
  await expect(system.applySteps(steps)).rejects.toThrow('PROGRAM_MISSING');
  await system.sh('mv /root/apparmor_parser /usr/sbin');
});
