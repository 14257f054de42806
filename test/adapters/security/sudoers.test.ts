// Who may do everything as root by sudo, by what the lines of sudoers say.
import { expect, test } from 'vitest';
import { readSudoersLines } from '#adapters/security/gather-access.js';
import type { HostFiles } from '#adapters/security/host-files.js';
import { findInclude, findSudoGrant, parseSudoers, sudoersLines } from '#adapters/security/sudoers.js';

const ANNA = {
  name: 'anna',
  userId: 1000,
  groups: [
    { name: 'anna', groupId: 1000 },
    { name: 'sudo', groupId: 27 },
  ],
};

function grantOf(content: string) {
  return findSudoGrant(parseSudoers(sudoersLines(content), 'web.example.org'), ANNA);
}

test.each([
  ['anna ALL=(ALL) ALL'],
  ['anna ALL=(ALL:ALL) ALL'],
  ['anna ALL = ALL'],
  ['anna\tALL=(root) ALL # an administrator'],
  ['%sudo ALL=(ALL:ALL) ALL'],
  ['%#27 ALL=(ALL:ALL) ALL'],
  ['#1000 ALL=(ALL) ALL'],
  ['ALL ALL=(ALL) ALL'],
  ['ben, anna ALL=(ALL) ALL'],
  ['"anna" ALL=(ALL) ALL'],
  ['anna web=(ALL) ALL'],
  ['anna db, web.example.org = (ALL) ALL'],
  ['anna ALL=(ben, root) ALL'],
  ['anna ALL=(ALL) /bin/ls, ALL'],
  ['anna ALL=(ALL) ALL, !/usr/bin/passwd root'],
  ['anna ALL=(ALL) \\\n  ALL'],
  ['User_Alias ADMINS = ben, anna\nADMINS ALL=(ALL) ALL'],
  ['User_Alias ALL_OF_THEM = ADMINS : ADMINS = anna\nALL_OF_THEM ALL=(ALL) ALL'],
  ['Host_Alias HERE = web\nCmnd_Alias ANY = ALL\nRunas_Alias OP = root\nanna HERE=(OP) ANY'],
  ['anna ALL=(ALL) !ALL\nanna ALL=(ALL) ALL'],
])('it is granted by %j', (content) => {
  expect(grantOf(content)).toMatchObject({ grants: true, asksPassword: true });
});

test.each([
  [''],
  ['# anna ALL=(ALL) ALL'],
  ['ben ALL=(ALL) ALL'],
  ['%admin ALL=(ALL) ALL'],
  ['ALL, !anna ALL=(ALL) ALL'],
  ['anna ALL=(ben) ALL'],
  ['anna ALL=(ALL, !root) ALL'],
  ['anna ALL=(:docker) ALL'],
  ['anna db=(ALL) ALL'],
  ['anna ALL, !web=(ALL) ALL'],
  ['anna ALL=(ALL) /bin/ls'],
  ['anna ALL=(ALL) /bin/ls ALL'],
  ['anna ALL=(ALL) ALL\n%sudo ALL=(ALL) !ALL'],
  ['User_Alias ADMINS = ADMINS\nADMINS ALL=(ALL) ALL'],
  ['Defaults env_reset\nDefaults:anna !lecture'],
])('it is not granted by %j', (content) => {
  expect(grantOf(content)).toBeUndefined();
});

test('whether a password is asked for is that of the last rule, or of the defaults', () => {
  expect(grantOf('anna ALL=(ALL) NOPASSWD: ALL')?.asksPassword).toBe(false);
  expect(grantOf('anna ALL=(ALL) NOPASSWD: SETENV: ALL')?.asksPassword).toBe(false);
  expect(grantOf('anna ALL=(ALL) NOPASSWD: /bin/ls, PASSWD: ALL')?.asksPassword).toBe(true);
  expect(grantOf('anna ALL=(ALL) NOPASSWD: ALL\n%sudo ALL=(ALL) ALL')?.asksPassword).toBe(true);
  expect(grantOf('Defaults !authenticate\nanna ALL=(ALL) ALL')?.asksPassword).toBe(false);
  expect(parseSudoers(['Defaults rootpw'], 'web').asksRootPassword).toBe(true);
  expect(parseSudoers(['Defaults env_reset, targetpw'], 'web').asksRootPassword).toBe(true);
});

test('includes are found by both of their names, and comments are none', () => {
  const lines = sudoersLines('#includedir /etc/sudoers.d\n@include "local rules"\n# include nothing\n');
  expect(lines.map(findInclude)).toEqual([
    { kind: 'directory', path: '/etc/sudoers.d' },
    { kind: 'file', path: '/etc/local rules' },
  ]);
});

test('includes stand in their place, backups are passed over, and what includes itself is read once', async () => {
  const contents: Readonly<Record<string, string>> = {
    '/etc/sudoers': 'first\n@includedir /etc/sudoers.d\n@include more\nlast',
    '/etc/sudoers.d/one': 'one\n@includedir /etc/sudoers.d\n@include more',
    '/etc/sudoers.d/two': 'two',
    '/etc/sudoers.d/two.dpkg-old': 'old',
    '/etc/sudoers.d/two~': 'older',
    '/etc/more': 'more\n@include /etc/sudoers.d/two',
  };
  const names = ['one', 'two', 'two.dpkg-old', 'two~'];
  const files: HostFiles = {
    read: async ([path]) => new Map([[path, contents[path]]]),
    list: async ([path]) => new Map([[path, names]]),
    status: async () => new Map(),
    resolve: async () => new Map(),
  };
  const { lines, included } = await readSudoersLines(files);
  expect(lines).toEqual(['first', 'one', 'more', 'two', 'two', 'last']);
  expect(included).toEqual(['/etc/sudoers.d', '/etc/more', '/etc/sudoers.d/two']);
});
