// A rollback of packages that is finished while the system boots: no script of a package starts a service then, and afterwards
// they may again. With a real systemd.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { NODE, PROJECT } from '../../fixtures/private-root.js';
import { startSystemdMachine } from '../../fixtures/systemd-machine.js';
import { createPackageSystem, makePackage, readIn } from './debian-packages.js';

const DRIVER = `${PROJECT}/test/adapters/packages/drive-packages.mjs`;

/** As debhelper has it. */
const POSTINST = `
  deb-systemd-helper enable demo.service >/dev/null
  if [ -d /run/systemd/system ]; then
    systemctl --system daemon-reload
    deb-systemd-invoke restart demo.service
  fi`;

const demo = (version: string) =>
  makePackage({
    ...{ name: 'demo', version, scripts: { postinst: POSTINST } },
    files: {
      '/lib/systemd/system/demo.service':
        '[Unit]\nDefaultDependencies=no\n[Service]\nType=oneshot\nExecStart=touch /var/tmp/restarted\n[Install]\nWantedBy=multi-user.target\n',
      '/usr/share/demo/version': version,
    },
  });

const UNIT = `[Unit]
DefaultDependencies=no
After=local-fs.target
Before=basic.target
[Service]
Type=oneshot
ExecStart=${NODE} ${DRIVER} apply
StandardOutput=truncate:/var/tmp/answer
`;

it('leaves services alone during boot, and only then', async () => {
  const system = createPackageSystem(['systemd']);
  system.bring(demo('1'), demo('2'));
  await system.script('dpkg --install /var/tmp/demo_1_all.deb');
  await system.capture('/var/tmp/one');
  await system.script('dpkg --install /var/tmp/demo_2_all.deb');
  await system.capture('/var/tmp/two', '/var/tmp/one');
  expect((await system.drive('stage', '/var/tmp/two', '/var/tmp/one')).error).toBeUndefined();
  system.write('/etc/systemd/system/roll-back.service', UNIT);
  await system.script(`
    rm --force /usr/sbin/policy-rc.d
    mkdir --parents /etc/systemd/system/basic.target.wants
    ln --symbolic ../roll-back.service /etc/systemd/system/basic.target.wants/
  `);

  const machine = await startSystemdMachine(system.root);
  const { stdout } = await machine.run(['systemctl', 'status', 'roll-back']);
  expect(JSON.parse(readIn(system, 'var/tmp/answer') ?? '{}'), stdout).toMatchObject({ problems: [] });
  expect(readIn(system, 'usr/share/demo/version')).toBe('1');
  expect(existsSync(join(system.root, 'var/tmp/restarted'))).toBe(false);
  expect(existsSync(join(system.root, 'usr/sbin/policy-rc.d'))).toBe(false);

  const again = await machine.run([NODE, DRIVER, 'rollback', '/var/tmp/two', '/var/tmp/one']);
  expect(JSON.parse(again.stdout)).toMatchObject({ problems: [], left: [] });
  expect(existsSync(join(system.root, 'var/tmp/restarted'))).toBe(true);
});
