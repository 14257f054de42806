// A guarded update that breaks a service, on a machine whose first process is systemd: the service's failure takes it back,
// and the service runs again.
import { cpSync } from 'node:fs';
import { basename, join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { createDebianChroot, type DebianChroot } from '../fixtures/debian-chroot.js';
import { buildPackage } from '../fixtures/debian-package.js';
import { runTool } from '../fixtures/run-tool.js';
import { type SystemdMachine, startSystemdMachine } from '../fixtures/systemd-machine.js';
import { createTemporaryDirectory } from '../fixtures/temporary-directory.js';

const GUARDED = ['etc', 'usr', 'var/lib/dpkg'];

/** A service that runs, unless it is of the second version: then it ends soon after it has started. */
const demo = (version: string) =>
  buildPackage({
    ...{
      name: 'demo',
      version,
      scripts: { postinst: 'systemctl daemon-reload; systemctl restart demo.service || true' },
    },
    files: {
      '/usr/bin/demo': version === '1' ? '#!/bin/sh\nexec sleep infinity\n' : '#!/bin/sh\nsleep 1\nexit 3\n',
      '/etc/systemd/system/demo.service': `[Service]\nType=exec\nExecStart=/usr/bin/demo\nEnvironment=VERSION=${version}\n`,
    },
  });

const CONFIGURATION = `
components:
  etc: { kind: config, paths: [/etc] }
  usr: { kind: files, paths: [/usr] }
  dpkg: { kind: files, paths: [/var/lib/dpkg] }
guard:
  triggers: [failure, timeout, { on: service, units: [demo.service] }]
  watch: 20s
`;

let debian: DebianChroot;
let machine: SystemdMachine;
let before: string;

beforeEach(async () => {
  const directory = createTemporaryDirectory({ inMemory: true });
  debian = createDebianChroot(join(directory, 'system'), { include: ['systemd'] });
  for (const file of [demo('1'), demo('2')]) cpSync(file, join(debian.root, 'var/tmp', basename(file)));
  debian.write('etc/savepoint.yaml', CONFIGURATION);
  machine = await startSystemdMachine(debian.root);
  expect((await machine.run(['dpkg', '--install', '/var/tmp/demo_1_all.deb'])).exitCode).toBe(0);
  expect(await stateOf('demo.service')).toBe('active');
  before = join(directory, 'before');
  for (const path of GUARDED)
    runTool('sh', [
      '-euc',
      'mkdir -p "$2"; cp -a "$1/." "$2"',
      'sh',
      join(debian.root, path),
      join(before, path),
    ]);
});

async function stateOf(unit: string): Promise<string> {
  return (await machine.run(['systemctl', 'is-active', unit])).stdout.trim();
}

async function expectAsBefore(): Promise<void> {
  for (const path of GUARDED) {
    const words = [
      '-aHAXni',
      '--modify-window=-1',
      '--delete',
      `${join(before, path)}/`,
      `${join(debian.root, path)}/`,
    ];
    expect(runTool('rsync', words).toString()).toBe('');
  }
  const audit = await machine.run(['dpkg', '--audit']);
  expect([audit.exitCode, audit.stdout]).toEqual([0, '']);
}

it('is taken back by its failure', async () => {
  const { exitCode, stderr } = await machine.savepoint([
    'guard',
    '--',
    'dpkg',
    '--install',
    '/var/tmp/demo_2_all.deb',
  ]);
  expect([exitCode, stderr]).toEqual([10, expect.stringContaining('taken back: demo.service failed')]);
  await expectAsBefore();
  await machine.run(['systemctl', 'daemon-reload']);
  await machine.run(['systemctl', 'restart', 'demo.service']);
  expect(await stateOf('demo.service')).toBe('active');
}, 180_000);

it('is taken back by a watchdog that is a unit of its own, whatever becomes of who started it', async () => {
  const script = `
    /opt/node/bin/node /opt/savepoint/dist/program/savepoint.js guard --confirm 10m -- dpkg --install /var/tmp/demo_2_all.deb &
    until systemctl list-units --plain 'savepoint-guard-*' | grep -q running; do sleep 0.1; done
    until [ -e /usr/bin/demo ] && systemctl show -p Environment demo.service | grep -q VERSION=2; do sleep 0.1; done
    kill -KILL $!
    until /opt/node/bin/node /opt/savepoint/dist/program/savepoint.js log | tail -n 1 | grep -q ' guard '; do sleep 0.2; done
  `;
  expect((await machine.run(['sh', '-euc', script])).exitCode).toBe(0);
  await expectAsBefore();
}, 180_000);
