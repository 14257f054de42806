// What files of accounts, the kernel's list of profiles, capabilities and records of logins say, and what is to be done where two
// states differ: without a system.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ACCOUNT_FILES, parseAccounts } from '#adapters/security/account-files.js';
import {
  declaredProfiles,
  findProfileFiles,
  parseLoadedProfiles,
  readLoadedProfiles,
} from '#adapters/security/apparmor-profiles.js';
import { checkAccounts } from '#adapters/security/check-accounts.js';
import { describeCapability } from '#adapters/security/describe-capability.js';
import { documentName, nameOfDocument } from '#adapters/security/document-name.js';
import { parseLogins } from '#adapters/security/login-records.js';
import { securityAdapter } from '#adapters/security/security-adapter.js';
import { encodeDocument } from '#adapters/state/json-document.js';
import type { JsonValue } from '#adapters/state/state-adapter.js';
import { type CompareInputs, compareStates, stateOf } from '../../fixtures/drive-adapter.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';

function accounts(passwd: string, others: { shadow?: string; group?: string } = {}) {
  const { shadow = '', group = 'root:x:0:\n' } = others;
  return parseAccounts(
    new Map([
      [ACCOUNT_FILES.passwd, passwd],
      [ACCOUNT_FILES.shadow, shadow],
      [ACCOUNT_FILES.group, group],
    ]),
  );
}

test('entries of the name service, comments and empty lines are no accounts, and nothing is wrong with them', () => {
  const parsed = accounts('root:*:0:0:root:/root:/bin/sh\n\n# nobody\n+@admins::::::\n-evil\n+::::::\n');
  expect(parsed.users.map(({ name }) => name)).toEqual(['root']);
  expect(checkAccounts(parsed)).toEqual([]);
});

test('lines that are no entries are told by their names, and nothing else of them', () => {
  const parsed = accounts('root:*:0:0::/root:/bin/sh\nanna:x:many:0::/:/bin/sh\n', {
    shadow: 'anna:$y$secret:19000\n:$y$secret:1::::::\n',
  });
  expect(checkAccounts(parsed)).toEqual([
    "what /etc/passwd says at 'anna' is no entry",
    "what /etc/shadow says at 'anna' is no entry",
    "what /etc/shadow says at 'line 2' is no entry",
  ]);
});

test('accounts of 100,000 users are read and checked in a moment', () => {
  const numbers = Array.from({ length: 100_000 }, (_, index) => index);
  const passwd = numbers.map((id) => `u${id}:x:${id}:0::/home/u${id}:/bin/sh\n`).join('');
  const shadow = numbers.map((id) => `u${id}:*:19000:0:99999:7:::\n`).join('');
  const start = performance.now();
  expect(checkAccounts(accounts(passwd, { shadow }))).toEqual(['/etc/passwd has no line for root']);
  expect(performance.now() - start).toBeLessThan(10_000);
});

test.each([['anna'], ['.'], ['..'], ['.hidden'], ['a/b'], ['100%'], ['/usr/sbin/named'], ['ORG\\anna']])(
  'the name %j can be part of a path and be read from it again',
  (name) => {
    const part = documentName(name);
    expect(part).toMatch(/^[^./][^/]*$/);
    expect(nameOfDocument(`state/users/${part}.json`)).toBe(name);
  },
);

test.each([
  ['0100000200200000000000000000000000000000', 'cap_net_raw=ep'],
  ['0000000200200000000000000000000000000000', 'cap_net_raw=p'],
  ['0100000200300000002000000000000000000000', 'cap_net_admin=ep cap_net_raw=eip'],
  ['0100000200000000000000008000000000000000', 'cap_bpf=ep'],
  ['010000030020000000000000000000000000000064000000', 'cap_net_raw=ep [rootid=100]'],
  ['0000000200000000000000000000000000000000', '='],
  ['00', 'unknown'],
])('the capability %s is %s', (value, text) => {
  expect(describeCapability(Buffer.from(value, 'hex'))).toBe(text);
});

test('logins are read from their records', () => {
  const record = Buffer.alloc(384);
  record.writeInt16LE(7, 0);
  record.write('pts/0', 8);
  record.write('anna', 44);
  record.write('10.0.0.1', 76);
  record.writeInt32LE(1_700_000_000, 340);
  const boot = Buffer.alloc(384);
  boot.writeInt16LE(2, 0);
  expect(parseLogins(Buffer.concat([boot, record, Buffer.alloc(10)]))).toEqual([
    { user: 'anna', line: 'pts/0', host: '10.0.0.1', since: '2023-11-14T22:13:20.000Z' },
  ]);
});

test('profiles that the kernel has are read with their modes, those within others left out', () => {
  const content =
    '/usr/sbin/named (enforce)\nfire fox (complain)\nman//filter (enforce)\nunix-chkpwd (kill)\n';
  expect(parseLoadedProfiles(content)).toEqual([
    { name: '/usr/sbin/named', mode: 'enforce' },
    { name: 'fire fox', mode: 'complain' },
    { name: 'unix-chkpwd', mode: 'kill' },
  ]);
  expect(readLoadedProfiles('/nonexistent/profiles')).toBeUndefined();
});

test('the file of a profile is the one that declares it', () => {
  const named =
    '# profile old {\nabi <abi/3.0>,\n/usr/sbin/named flags=(complain) {\n  /etc/{bind,named}/** r,\n  profile child {\n  }\n}\n';
  expect(declaredProfiles(named)).toEqual(['/usr/sbin/named']);
  const two =
    'profile "fire fox" /usr/lib/firefox{,-esr}/firefox {\n}\nprofile man /usr/bin/man {\n}\nhat x {\n}\n';
  expect(declaredProfiles(two)).toEqual(['fire fox', 'man']);
  const directory = createTemporaryDirectory();
  mkdirSync(join(directory, 'abstractions'));
  writeFileSync(join(directory, 'usr.sbin.named'), named);
  expect([...findProfileFiles(directory)]).toEqual([['/usr/sbin/named', join(directory, 'usr.sbin.named')]]);
});

const NAMED = '/usr/sbin/named';
const FILE = '/etc/apparmor.d/usr.sbin.named';

/** A state with that profile, or without. */
function profiled(
  mode: string | undefined,
  system: { apparmor: boolean; caches?: string[] } = { apparmor: true },
) {
  const documents: [string, JsonValue][] = [['observed/system.json', { caches: [], gone: [], ...system }]];
  if (mode !== undefined) documents.push(['state/apparmor/%2Fusr%2Fsbin%2Fnamed.json', { mode, file: FILE }]);
  return stateOf(new Map(documents.map(([path, value]) => [path, encodeDocument(value)])));
}

function plan(from: ReturnType<typeof stateOf>, to: ReturnType<typeof stateOf>, options?: CompareInputs) {
  return compareStates(securityAdapter, { from, to }, options);
}

test('profiles are loaded, changed and unloaded, and loaded again where files of theirs change', async () => {
  const object = `AppArmor profile ${NAMED}`;
  const load = { object, do: 'load', text: `load the profile ${NAMED} (enforce) from ${FILE}` };
  const [none, enforced, complaining] = [profiled(undefined), profiled('enforce'), profiled('complain')];
  expect((await plan(none, enforced)).steps).toMatchObject([load]);
  expect((await plan(complaining, enforced)).steps).toMatchObject([load]);
  expect((await plan(enforced, none)).steps).toMatchObject([
    { object, do: 'unload', text: `unload the profile ${NAMED} (enforce)` },
  ]);
  expect(await plan(enforced, enforced)).toEqual({ steps: [], unrestorable: [] });
  const again = await plan(enforced, enforced, { files: ['/etc/apparmor.d/abstractions/base'] });
  expect(again.steps).toMatchObject([{ ...load, data: { again: true } }]);
});

test('without AppArmor in one of the two kernels, no profile is touched', async () => {
  const without = profiled(undefined, { apparmor: false });
  expect(await plan(profiled('enforce'), without)).toEqual({ steps: [], unrestorable: [] });
  const { steps, unrestorable } = await plan(without, profiled('enforce'));
  expect(steps).toEqual([]);
  expect(unrestorable).toMatchObject([{ object: `AppArmor profile ${NAMED}` }]);
});

test('caches of users that run are told where files of users change', async () => {
  const state = profiled(undefined, { apparmor: false, caches: ['nscd'] });
  expect((await plan(state, state, { files: ['/etc/passwd'] })).steps).toMatchObject([
    { object: 'cache of nscd', do: 'invalidate' },
  ]);
  expect((await plan(state, state, { files: ['/etc/sudoers'] })).steps).toEqual([]);
});

test('capabilities are compared only where both states have looked for them', async () => {
  const capability = { text: 'cap_net_raw=ep', value: '0100000200200000000000000000000000000000' };
  const state = (searched: string[], files: JsonValue) =>
    stateOf(new Map([['state/capabilities.json', encodeDocument({ searched, files })]]));
  const wide = state(['/opt', '/usr/bin'], { '/opt/x': capability, '/usr/bin/ping': capability });
  expect((await plan(state(['/usr/bin'], {}), wide)).steps).toMatchObject([
    { object: 'capabilities of /usr/bin/ping', do: 'set', data: { value: capability.value } },
  ]);
  expect((await plan(wide, state(['/usr'], {}))).steps).toMatchObject([
    { object: 'capabilities of /usr/bin/ping', do: 'remove', data: { value: null } },
  ]);
  expect((await plan(wide, stateOf(new Map()))).steps).toEqual([]);
});
