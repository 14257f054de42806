// Packages of a real Debian system go back to exactly the recorded set, without a network, by the real dpkg and apt.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { runTool } from '../../fixtures/run-tool.js';
import { createPackageSystem, makePackage, type PackageSystem, readIn } from './debian-packages.js';

const ONE = '/var/tmp/one';

let system: PackageSystem;
/** As it was when the first point was taken; each test ends there. */
let before: string;
let captures = 0;

const demo = (version: string, depends?: string) =>
  makePackage({
    ...{ name: 'demo', version, ...(depends === undefined ? {} : { depends }) },
    files: {
      '/usr/bin/demo': `#!/bin/sh\necho demo ${version}\n`,
      '/etc/demo.conf': `version = ${version}\n`,
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
});

/** Rolls back to the first point, and looks at the outcome as core does. */
async function rollBack() {
  const now = `/var/tmp/now-${captures++}`;
  expect((await system.capture(now, ONE)).problems).toEqual([]);
  const answer = await system.drive('rollback', now, ONE);
  expect(answer.error).toBeUndefined();
  expect(answer.problems).toEqual([]);
  expect(await system.describe()).toBe(before);
  const then = `/var/tmp/then-${captures}`;
  await system.capture(then, ONE);
  expect((await system.drive('compare', then, ONE)).steps).toEqual([]);
  return answer;
}

it('gives the same documents for an unchanged system, and reads no archive twice', async () => {
  const { asBefore } = await system.capture('/var/tmp/same', ONE);
  expect(asBefore).toEqual(['state/apt/archives']);
  expect(await system.script(`diff --recursive ${ONE} /var/tmp/same`)).toBe('');
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
  expect(await look()).toBe(looked);
  expect(looked).toContain('/usr/bin/odd f 4755 root root');
  expect(looked).toContain('odd/first f 644 daemon games 6  2\n');
  expect(runTool('getcap', [join(system.root, 'usr/share/odd/second')]).toString()).toContain(
    'cap_net_raw=ep',
  );
});

it('puts holds and marks back without touching the package', async () => {
  await system.script('apt-mark hold demo; apt-mark manual odd');
  const { steps } = await rollBack();
  expect(steps.map(({ text }) => text)).toEqual([
    'no longer hold: demo:all',
    'mark as installed automatically: odd:all',
  ]);
});

it('keeps a configuration file that the user and the update have changed, and what came with the package', async () => {
  await system.script('echo mine >/etc/demo.conf');
  const mine = '/var/tmp/mine';
  await system.capture(mine);
  const described = await system.describe();
  expect(described).toMatch(/^\?\?5\?{6} c \/etc\/demo\.conf$/m);
  await system.script('dpkg --force-confnew --install /var/tmp/helper_1_all.deb /var/tmp/demo_2_all.deb');
  expect(readIn(system, 'etc/demo.conf')).toBe('version = 2\n');
  await system.capture('/var/tmp/updated', mine);
  // As core does before it applies.
  await system.script('echo mine >/etc/demo.conf');
  const { problems, error } = await system.drive('rollback', '/var/tmp/updated', mine);
  expect([error, problems]).toEqual([undefined, []]);
  expect(readIn(system, 'etc/demo.conf')).toBe('mine\n');
  expect(await system.describe()).toBe(described);
  await system.script("echo 'version = 1' >/etc/demo.conf");
});

it('prefers an archive that apt has kept, and takes it where the point has none', async () => {
  await system.script('cp /var/tmp/demo_1_all.deb /var/cache/apt/archives/');
  const cached = '/var/tmp/cached';
  await system.capture(cached);
  await system.script(`
    cmp ${cached}/state/apt/archives/demo_1_all_*/package.deb /var/tmp/demo_1_all.deb
    rm --recursive ${cached}/state/apt/archives
    dpkg --install /var/tmp/helper_1_all.deb /var/tmp/demo_2_all.deb
  `);
  await system.capture('/var/tmp/upgraded', ONE);
  const { problems, error } = await system.drive('rollback', '/var/tmp/upgraded', cached);
  expect([error, problems]).toEqual([undefined, []]);
  expect(await system.describe()).toBe(before);
  await system.script('rm /var/cache/apt/archives/*.deb');
});
