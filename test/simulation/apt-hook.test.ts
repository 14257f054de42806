// A real apt in a Debian system of its own: a point is taken before dpkg runs, and dpkg does not run where none can be taken.
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { createDebianChroot, type DebianChroot } from '../fixtures/debian-chroot.js';
import { runTool } from '../fixtures/run-tool.js';
import { createTemporaryDirectory } from '../fixtures/temporary-directory.js';

const STORE = "/var/lib/it's a 50% store";
const DEB = '/tiny.deb';

let chroot: DebianChroot;

beforeAll(() => {
  const directory = createTemporaryDirectory({ lifetime: 'file', inMemory: true });
  chroot = createDebianChroot(join(directory, 'root'), { include: ['systemd'] });
  const source = join(directory, 'tiny');
  mkdirSync(join(source, 'DEBIAN'), { recursive: true });
  const control = ['Package: tiny', 'Version: 1', 'Architecture: all', 'Maintainer: Tests <tests@localhost>'];
  writeFileSync(join(source, 'DEBIAN/control'), [...control, 'Description: Tiny', ''].join('\n'));
  // What dpkg does leaves a trace in what is saved.
  writeFileSync(join(source, 'DEBIAN/preinst'), '#!/bin/sh\ntouch /srv/app/dpkg-was-here\n');
  chmodSync(join(source, 'DEBIAN/preinst'), 0o755);
  runTool('dpkg-deb', ['--root-owner-group', '--build', source, join(chroot.root, DEB)]);
  chroot.write('/srv/app/file', 'as it was');
  chroot.write('/etc/savepoint.yaml', 'components:\n  app: { kind: files, paths: [/srv/app] }\n');
});

beforeEach(async () => {
  await aptGet(['remove', 'tiny'], { SAVEPOINT_GUARD: '1' });
  for (const path of ['srv/app/dpkg-was-here', STORE])
    rmSync(join(chroot.root, path), { recursive: true, force: true });
  await install();
});

async function install(...flags: string[]): Promise<void> {
  const { exitCode, stderr } = await chroot.savepoint(['--store', STORE, 'install', ...flags]);
  if (exitCode !== 0) throw new Error(stderr);
}

function aptGet(args: readonly string[], env: Record<string, string> = {}) {
  return chroot.run(['apt-get', '--yes', '--quiet', ...args], { env });
}

const installTiny = (env: Record<string, string> = {}) => aptGet(['install', DEB], env);
const isInstalled = async () => (await chroot.run(['dpkg', '--status', 'tiny'])).exitCode === 0;

async function points(): Promise<{ message: string; tags: Record<string, string> }[]> {
  const { stdout, exitCode } = await chroot.savepoint(['--store', STORE, 'list', '--json']);
  return exitCode === 0 ? JSON.parse(stdout).points : [];
}

/** No store can be made where a file is. */
function breakStore(): void {
  rmSync(join(chroot.root, STORE), { recursive: true, force: true });
  chroot.write(STORE, 'in the way');
}

test('apt reads the setting as one command', async () => {
  const { stdout } = await chroot.run(['apt-config', 'dump', 'DPkg::Pre-Invoke']);
  expect(stdout.trim().split('\n')).toEqual([
    'DPkg::Pre-Invoke "";',
    'DPkg::Pre-Invoke:: "if [ -f /etc/savepoint/before-dpkg ]; then /bin/sh /etc/savepoint/before-dpkg; fi";',
  ]);
});

test('a point is taken before dpkg runs, of the state before it', async () => {
  const { exitCode, stderr } = await installTiny();
  expect([exitCode, await isInstalled()]).toEqual([0, true]);
  expect(stderr).toContain('savepoint: taking a recovery point before dpkg runs');
  expect(await points()).toMatchObject([{ message: 'before dpkg', tags: { trigger: 'apt' } }]);
  const shown = await chroot.savepoint(['--store', STORE, 'show', 'latest', 'app:', '--json']);
  expect(JSON.parse(shown.stdout).children.map(({ name }: { name: string }) => name)).toEqual(['file']);
});

test('where no point can be taken, dpkg does not run, and apt fails', async () => {
  breakStore();
  const { exitCode, stderr } = await installTiny();
  expect([exitCode, await isInstalled()]).toEqual([100, false]);
  expect(stderr).toContain('so dpkg is not run');
  expect(stderr).toContain('SAVEPOINT_APT=optional');
});

test('where points are optional, dpkg runs without one', async () => {
  breakStore();
  const { exitCode, stderr } = await installTiny({ SAVEPOINT_APT: 'optional' });
  expect([exitCode, await isInstalled()]).toEqual([0, true]);
  expect(stderr).toContain('warning: no recovery point was taken');
  await install('--apt-optional');
  expect((await aptGet(['remove', 'tiny'])).exitCode).toBe(0);
});

test('within a guarded change no other point is taken', async () => {
  expect((await installTiny({ SAVEPOINT_GUARD: '1' })).exitCode).toBe(0);
  expect(await points()).toEqual([]);
});

test('where the program or the script is gone, and when it is uninstalled, apt works as ever', async () => {
  breakStore();
  rmSync(join(chroot.root, 'etc/savepoint'), { recursive: true });
  expect((await installTiny()).exitCode).toBe(0);
  const { exitCode } = await chroot.savepoint(['uninstall']);
  const { stdout } = await chroot.run(['apt-config', 'dump', 'DPkg::Pre-Invoke']);
  expect([exitCode, stdout]).toEqual([0, '']);
  expect((await aptGet(['remove', 'tiny'])).exitCode).toBe(0);
});
