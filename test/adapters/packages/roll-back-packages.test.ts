// Packages of a real Debian system go back to exactly the recorded set, without a network, by the real dpkg and apt.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { runTool } from '../../fixtures/run-tool.js';
import { createPackageSystem, makePackage, type PackageSystem, readIn } from './debian-packages.js';

const ONE = '/var/tmp/one';
/** The same without the archive of demo. */
const LESS = '/var/tmp/less';

let system: PackageSystem;
/** As it was when the first point was taken; each test ends there. */
let before: string;

const demo = (version: string, depends?: string) =>
  makePackage({
    ...{ name: 'demo', version, ...(depends === undefined ? {} : { depends }) },
    files: {
      '/usr/bin/demo': `#!/bin/sh\necho demo ${version}\n`,
      '/etc/demo.conf': `version = ${version}\n`,
      [`/etc/demo-${version}.conf`]: 'of this version only\n',
      [`/usr/share/demo/${version}`]: version.repeat(40_000),
    },
  });

const odd = () =>
  makePackage({
    ...{ name: 'odd', version: '1:1.0~rc1-1' },
    files: { '/usr/bin/odd': '#!/bin/sh\necho odd\n', '/usr/share/odd/first': 'linked' },
    shape(root) {
      runTool('chmod', ['4755', join(root, 'usr/bin/odd')]);
      runTool('ln', [join(root, 'usr/share/odd/first'), join(root, 'usr/share/odd/second')]);
      runTool('ln', ['-s', 'first', join(root, 'usr/share/odd/link')]);
      mkdirSync(join(root, `usr/share/odd/${'long'.repeat(40)}/empty`), { recursive: true });
      runTool('chmod', ['2750', join(root, 'usr/share/odd')]);
    },
  });

beforeAll(async () => {
  system = createPackageSystem();
  system.bring(demo('1'), demo('2', 'helper'), odd());
  system.bring(makePackage({ name: 'helper', version: '1', files: { '/etc/helper.conf': 'x\n' } }));
  await system.script(`
    dpkg --install /var/tmp/demo_1_all.deb /var/tmp/odd_*.deb
    apt-mark auto odd
    chown daemon:games /usr/share/odd/first
  `);
  runTool('setcap', ['cap_net_raw+ep', join(system.root, 'usr/share/odd/first')]);
  before = await system.describe();
  const { problems } = await system.capture(ONE);
  expect(problems).toEqual([]);
  await system.script(`cp --archive ${ONE} ${LESS}; rm --recursive ${LESS}/state/apt/archives/demo_*`);
});

/** Rolls back as core does. */
async function rollBack(to = ONE) {
  const answer = await system.drive('rollback', to, ONE);
  expect([answer.error, answer.problems, answer.left]).toEqual([undefined, [], []]);
  return answer;
}

async function expectAsBefore() {
  expect(await system.describe()).toBe(before);
}

it('gives the same documents for an unchanged system, and reads no archive twice', async () => {
  const { asBefore } = await system.capture('/var/tmp/same', ONE);
  expect(asBefore).toEqual(['state/apt/archives']);
  expect(await system.script(`diff --recursive ${ONE} /var/tmp/same`)).toBe('');
});

it('packs an archive again that the last point has with a gap', async () => {
  await system.script(`
    cp --archive ${ONE} /var/tmp/gap
    rm /var/tmp/gap/state/apt/archives/dash_*/data/000001
  `);
  const { asBefore } = await system.capture('/var/tmp/mended', '/var/tmp/gap');
  expect([asBefore.length > 0, asBefore.filter((path) => path.includes('/dash_'))]).toEqual([true, []]);
  expect(await system.script(`diff --recursive ${ONE} /var/tmp/mended`)).toBe('');
});

it('takes back an upgrade with a new dependency, from packages that were packed anew', async () => {
  await system.script('dpkg --install /var/tmp/helper_1_all.deb /var/tmp/demo_2_all.deb');
  const { steps, done } = await rollBack();
  expect(steps.map(({ text }) => text)).toEqual([
    'purge helper:all 1, which was not there',
    'downgrade demo:all from 2 to 1',
  ]);
  expect(done).toEqual(['package helper:all', 'package demo:all']);
  expect((await system.run(['demo'])).stdout).toBe('demo 1\n');
  expect(readIn(system, 'usr/share/demo/2')).toBeUndefined();
  expect(readIn(system, 'etc/helper.conf')).toBeUndefined();
  expect(readIn(system, 'etc/demo.conf')).toBe('version = 1\n');
  expect(readIn(system, 'etc/demo-2.conf')).toBeUndefined();
  await expectAsBefore();
  // As after a crash that came when all was done.
  expect(await system.drive('apply')).toEqual({ problems: [], done });
  await expectAsBefore();
});

it('takes back another build of the same version', async () => {
  system.bring(makePackage({ name: 'demo', version: '1', files: { '/usr/share/demo/other': 'other' } }));
  await system.script('dpkg --install /var/tmp/demo_1_all.deb');
  const { steps } = await rollBack();
  expect(steps.map(({ text }) => text)).toEqual(['install demo:all 1 again, as it was']);
  await expectAsBefore();
  expect(readIn(system, 'usr/share/demo/other')).toBeUndefined();
  system.bring(demo('1'));
});

it('brings a package back with modes, owners, links and capabilities', async () => {
  const look = () =>
    system.script(`
      cd /usr/share && find odd /usr/bin/odd -printf '%p %y %m %u %g %s %l %n\\n' | sort
      stat --format %Y odd/first
    `);
  const looked = await look();
  await system.script('dpkg --purge odd');
  await rollBack();
  await expectAsBefore();
  expect(await look()).toBe(looked);
  expect(looked).toContain('/usr/bin/odd f 4755 root root');
  expect(looked).toContain('odd/first f 644 daemon games 6  2\n');
  expect(runTool('getcap', [join(system.root, 'usr/share/odd/second')]).toString()).toContain(
    'cap_net_raw=ep',
  );
});

it('puts holds and marks back without touching the package', async () => {
  await system.script('apt-mark hold demo; apt-mark manual odd; dpkg --add-architecture i386');
  const { steps } = await rollBack();
  await expectAsBefore();
  expect(steps.map(({ text }) => text)).toEqual([
    'set the foreign architectures from i386 to none',
    'no longer hold: demo:all',
    'mark as installed automatically: odd:all',
  ]);
});

it('keeps a configuration file that the user and the update have changed, and what came with the package', async () => {
  await system.script('echo mine >/etc/demo.conf');
  const mine = '/var/tmp/mine';
  await system.capture(mine, LESS);
  const described = await system.describe();
  expect(described).toMatch(/^\?\?5\?{6} c \/etc\/demo\.conf$/m);
  await system.script(`
    dpkg --force-confnew --install /var/tmp/helper_1_all.deb /var/tmp/demo_2_all.deb
    grep 2 /etc/demo.conf
    # As core does before it applies.
    echo mine >/etc/demo.conf
  `);
  await rollBack(mine);
  expect(readIn(system, 'etc/demo.conf')).toBe('mine\n');
  expect(await system.describe()).toBe(described);
  await system.script("echo 'version = 1' >/etc/demo.conf");
});

it('reports an essential package whose files are not as they came', async () => {
  await system.script(`
    cp --archive /usr/bin/sed /var/tmp/sed
    echo >>/usr/bin/sed
    cp --archive ${ONE} /var/tmp/unsed; rm --recursive /var/tmp/unsed/state/apt/archives/sed_*
  `);
  const { problems } = await system.capture('/var/tmp/modified', '/var/tmp/unsed');
  await system.script('cp --archive /var/tmp/sed /usr/bin/sed');
  expect(problems).toEqual([
    expect.objectContaining({ object: expect.stringMatching(/^package sed:/), code: 'VALIDATION_FAILED' }),
  ]);
  expect(problems[0].message).toContain('(/bin/sed)');
});

it('takes an archive as apt has kept it, and the one of the cache where the point has none', async () => {
  const cached = '/var/tmp/cached';
  await system.script('cp /var/tmp/demo_1_all.deb /var/cache/apt/archives/');
  await system.capture(cached, LESS);
  await system.script(`
    cmp ${cached}/state/apt/archives/demo_1_all_*/package.deb /var/tmp/demo_1_all.deb
    rm --recursive ${cached}/state/apt/archives
    dpkg --install /var/tmp/helper_1_all.deb /var/tmp/demo_2_all.deb
  `);
  await rollBack(cached);
  await expectAsBefore();
});
