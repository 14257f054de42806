// Who may do what on a real Debian system: users, groups, keys, sudoers and file capabilities. Each test has the system as it was.
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { securityAdapter } from '../../../dist/adapters/security/security-adapter.js';
import { run, shell } from './run.mjs';

export const adapter = securityAdapter;

const KEPT = '/var/tmp/kept-etc';
const TOOL = '/usr/local/bin/scene-tool';
const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ5lHk3VmV0Zb2m0nQv3mY0x8fQz7hTtYw1m3y4nq2aB of a test\n';

export async function openScene() {
  // Locks of accounts and the like must not survive from one test to the next.
  if (existsSync(KEPT)) shell(`cp -a ${KEPT}/. /etc/`);
  else cpSync('/etc', KEPT, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
  shell('rm -rf /home/scene /home/other /etc/sudoers.d/scene');
  shell(
    "useradd --create-home --shell /bin/sh scene; echo 'scene:secret' | chpasswd; adduser --quiet scene sudo",
  );
  mkdirSync('/home/scene/.ssh', { mode: 0o700 });
  writeFileSync('/home/scene/.ssh/authorized_keys', KEY, { mode: 0o600 });
  shell('chown -R scene:scene /home/scene');
  copyFileSync('/bin/true', TOOL);
  chmodSync(TOOL, 0o755);
  run('setcap', 'cap_net_raw=ep', TOOL);
  return {
    settings: { users: ['*'], capabilities: ['/usr/local/bin'], wayIn: [] },
    async change() {
      shell(`
        id other >/dev/null 2>&1 || useradd --create-home other
        usermod --shell /bin/bash scene
        gpasswd --quiet --delete scene sudo >/dev/null 2>&1 || true
        echo 'root:rescue' | chpasswd
        setcap cap_sys_time=ep ${TOOL}
      `);
      writeFileSync('/etc/sudoers.d/scene', 'scene ALL=(ALL) ALL\n', { mode: 0o440 });
      writeFileSync('/home/scene/.ssh/authorized_keys', `${KEY}# changed\n`);
    },
    describe: async () =>
      [
        ...['passwd', 'shadow', 'group', 'gshadow'].map((name) => readFileSync(`/etc/${name}`, 'utf8')),
        existsSync('/etc/sudoers.d/scene') ? readFileSync('/etc/sudoers.d/scene', 'utf8') : 'no sudoers',
        readFileSync('/home/scene/.ssh/authorized_keys', 'utf8'),
        run('getcap', TOOL),
      ].join('\n'),
    close: async () => rmSync(TOOL, { force: true }),
  };
}
