// What sshd's settings say of a user: the first value counts, those of matching blocks before the general ones.
import { expect, test } from 'vitest';
import { allKeyFiles, expandKeyFile, parseSshdConfig, settingsOf } from '#adapters/security/sshd-settings.js';

const ANNA = { name: 'anna', groups: ['anna', 'sudo'] };

function settings(content: string, included?: (pattern: string) => readonly string[]) {
  return settingsOf(parseSshdConfig(content, included), ANNA);
}

test('without any, they are those of OpenSSH', () => {
  expect(settings('# Port 22\n\n')).toEqual({
    ...{ allows: true, takesKeys: true, takesPasswords: true, takesEmptyPasswords: false, usesPam: false },
    ...{ rootLogin: 'prohibit-password', isStrict: true, keysElsewhere: false, isConfined: false },
    ...{ methods: [], keyFiles: ['.ssh/authorized_keys', '.ssh/authorized_keys2'] },
  });
});

test('the first value counts, in either way of writing', () => {
  const { takesPasswords, rootLogin } = settings(
    'passwordauthentication=no\nPasswordAuthentication yes\nPermitRootLogin "yes" # for now',
  );
  expect([takesPasswords, rootLogin]).toEqual([false, 'yes']);
});

test('passwords come by PAM as well', () => {
  const off = 'PasswordAuthentication no\nUsePAM yes\n';
  expect(settings(off).takesPasswords).toBe(true);
  expect(settings(`${off}KbdInteractiveAuthentication no`).takesPasswords).toBe(false);
  expect(settings(`${off}ChallengeResponseAuthentication no`).takesPasswords).toBe(false);
});

test.each([
  ['User anna', true],
  ['User ben,a*', true],
  ['User *,!anna', false],
  ['Group sudo', true],
  ['Group wheel', false],
  ['User anna Group sudo', true],
  ['User anna Address 10.0.0.0/8', false],
  ['all', true],
])('a block of %s: %s', (conditions, applies) => {
  const content = `PasswordAuthentication yes\nMatch ${conditions}\n  PasswordAuthentication no\n  ForceCommand internal-sftp`;
  const { takesPasswords, isConfined } = settings(content);
  expect([takesPasswords, isConfined]).toEqual([!applies, applies]);
});

test('a block ends with the file that it is in, and what is included stands in its place', () => {
  const included = (pattern: string) =>
    pattern === 'sshd_config.d/*.conf'
      ? ['Match User anna\nPubkeyAuthentication no\n', 'PermitRootLogin no']
      : [];
  const content = 'Include sshd_config.d/*.conf other\nPermitRootLogin yes\nUsePAM yes';
  expect(settings(content, included)).toMatchObject({ takesKeys: false, rootLogin: 'no', usesPam: true });
});

test.each([
  ['AllowUsers anna', true],
  ['AllowUsers anna@10.0.0.1', true],
  ['AllowUsers ben', false],
  ['AllowUsers ben\nAllowUsers anna', true],
  ['DenyUsers anna', false],
  ['DenyUsers anna@10.0.0.1', true],
  ['DenyUsers a*\nAllowUsers anna', false],
  ['AllowGroups sudo', true],
  ['AllowGroups wheel', false],
  ['DenyGroups sudo', false],
  ['AllowUsers anna\nAllowGroups wheel', false],
])('who is let in: %j %s', (content, allows) => {
  expect(settings(content).allows).toBe(allows);
});

test('files of keys are named by patterns, in every block', () => {
  const content = 'Match User ben\nAuthorizedKeysFile /etc/keys/%u-%U none';
  expect(allKeyFiles(parseSshdConfig(content))).toEqual([
    ...['/etc/keys/%u-%U', '.ssh/authorized_keys', '.ssh/authorized_keys2'],
  ]);
  const ben = { name: 'ben', userId: 7, home: '/home/ben/' };
  expect(expandKeyFile('/etc/keys/%u-%U%%', ben)).toBe('/etc/keys/ben-7%');
  expect(expandKeyFile('%h/keys', ben)).toBe('/home/ben/keys');
  expect(expandKeyFile('keys', ben)).toBe('/home/ben/keys');
  expect(expandKeyFile('keys', { ...ben, home: '' })).toBe('/keys');
  expect(expandKeyFile('keys', { ...ben, home: 'nowhere' })).toBeUndefined();
  expect(settings('AuthorizedKeysCommand /usr/bin/ask').keysElsewhere).toBe(true);
});

test('what includes itself is included once', () => {
  const content = 'Include a b\nPermitRootLogin yes';
  expect(settings(content, () => [content, content]).rootLogin).toBe('yes');
});
