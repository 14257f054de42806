// Units of a real systemd: a service that runs and is enabled, one that does not, and a drop-in.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { systemdAdapter } from '../../../dist/adapters/systemd/systemd-adapter.js';
import { shell } from './run.mjs';

export const adapter = systemdAdapter;

const UNITS = '/etc/systemd/system';
const FILES = ['scene-a.service', 'scene-b.service', 'scene-a.service.d/more.conf', 'scene-c.service'];

function unit(environment) {
  return `[Service]\nExecStart=/bin/sleep infinity\nEnvironment=${environment}\n[Install]\nWantedBy=multi-user.target\n`;
}

function find(name) {
  try {
    return readFileSync(`${UNITS}/${name}`, 'utf8');
  } catch {
    return 'not there';
  }
}

function remove() {
  shell(
    'systemctl --quiet disable --now scene-a.service scene-b.service scene-c.service 2>/dev/null || true',
  );
  for (const name of [...FILES, 'scene-a.service.d'])
    rmSync(`${UNITS}/${name}`, { recursive: true, force: true });
  shell("systemctl daemon-reload; systemctl reset-failed 'scene-*' 2>/dev/null || true");
}

export async function openScene() {
  remove();
  writeFileSync(`${UNITS}/scene-a.service`, unit('VERSION=1'));
  writeFileSync(`${UNITS}/scene-b.service`, unit('VERSION=1'));
  shell('systemctl daemon-reload; systemctl --quiet enable --now scene-a.service');
  return {
    settings: { units: ['scene-*.service'], onChange: 'restart', timeout: '20s' },
    async change() {
      mkdirSync(`${UNITS}/scene-a.service.d`, { recursive: true });
      writeFileSync(`${UNITS}/scene-a.service.d/more.conf`, '[Service]\nEnvironment=MORE=1\n');
      writeFileSync(`${UNITS}/scene-b.service`, unit('VERSION=2'));
      writeFileSync(`${UNITS}/scene-c.service`, unit('VERSION=2'));
      shell(`
        systemctl daemon-reload
        systemctl --quiet disable --now scene-a.service
        systemctl --quiet enable --now scene-b.service scene-c.service
      `);
    },
    describe: async () =>
      [
        ...FILES.map((name) => `${name}: ${find(name)}`),
        ...['scene-a', 'scene-b', 'scene-c'].map((name) =>
          shell(`systemctl show -p ActiveState,UnitFileState,Environment,NeedDaemonReload ${name}.service`),
        ),
      ].join('\n'),
    close: async () => remove(),
  };
}
