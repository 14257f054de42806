// Before the first test: makes sure of the system tools that the tests make trees with and check them by.
// Looks only for the commands, so a machine that has them all loses no time.
import { execFileSync } from 'node:child_process';
import { accessSync, constants, existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The Debian package that each command comes from. */
const PACKAGES: Readonly<Record<string, string>> = {
  rsync: 'rsync',
  getfattr: 'attr',
  setfattr: 'attr',
  getfacl: 'acl',
  setfacl: 'acl',
  getcap: 'libcap2-bin',
  setcap: 'libcap2-bin',
  git: 'git',
  patch: 'patch',
  mount: 'mount',
  umount: 'mount',
  chattr: 'e2fsprogs',
  'mkfs.ext4': 'e2fsprogs',
  findmnt: 'util-linux',
  fusermount3: 'fuse3',
  debootstrap: 'debootstrap',
  supervisord: 'supervisor',
  nft: 'nftables',
  iptables: 'iptables',
  ip: 'iproute2',
  modprobe: 'kmod',
  pg_ctlcluster: 'postgresql',
  mariadbd: 'mariadb-server',
  'mariadb-dump': 'mariadb-client',
  'redis-server': 'redis-server',
  'redis-cli': 'redis-tools',
  sqlite3: 'sqlite3',
  gpg: 'gnupg',
  'ssh-keygen': 'openssh-client',
  curl: 'curl',
  rclone: 'rclone',
  cadaver: 'cadaver',
  setpriv: 'util-linux',
};

/** Where the tools of the administrator are; not every user has these in the search path. */
const ADMINISTRATION = ['/usr/sbin', '/sbin'];

/** The machine, as far as preparing it goes; passed in, so that a test can prepare one that lacks something. */
export interface Machine {
  has(command: string): boolean;
  readonly isRoot: boolean;
  run(command: string, args: readonly string[]): void;
}

/** Installs what is missing, or throws with the packages to install. */
export function prepareMachine(machine: Machine): void {
  const missing = missingPackages(machine);
  if (missing.length === 0) return;
  const remedy = `The tests need these Debian packages: ${missing.join(' ')}. Install them, or run the tests as root.`;
  if (!machine.isRoot || !machine.has('apt-get')) throw new Error(remedy);
  machine.run('apt-get', ['update', '--quiet']);
  machine.run('apt-get', ['install', '--quiet', '--yes', '--no-install-recommends', ...missing]);
  const stillMissing = missingPackages(machine);
  if (stillMissing.length > 0)
    throw new Error(`${stillMissing.join(' ')} cannot be installed here. ${remedy}`);
}

/** What vitest calls before it starts the workers, which inherit the search path. */
export function setup(): void {
  const path = process.env.PATH ?? '';
  process.env.PATH = [
    path,
    ...ADMINISTRATION.filter((directory) => !path.split(':').includes(directory)),
  ].join(':');
  prepareMachine({ has: isCommand, isRoot: process.getuid?.() === 0, run });
}

function missingPackages(machine: Machine): string[] {
  const commands = Object.keys(PACKAGES).filter((command) => !machine.has(command));
  return [...new Set(commands.map((command) => PACKAGES[command]))];
}

function isCommand(command: string): boolean {
  return (process.env.PATH ?? '').split(':').some((directory) => {
    try {
      accessSync(join(directory, command), constants.X_OK);
      return true;
    } catch (error) {
      if (['ENOENT', 'ENOTDIR', 'EACCES'].includes(String((error as NodeJS.ErrnoException).code)))
        return false;
      throw error;
    }
  });
}

function run(command: string, args: readonly string[]): void {
  withoutServices(() =>
    execFileSync(command, args, {
      stdio: 'inherit',
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    }),
  );
}

/** What packages ask whether they may start a service: the tests start servers of their own, and need no other. */
const POLICY = '/usr/sbin/policy-rc.d';
const REFUSE = '#!/bin/sh\nexit 101\n';

function withoutServices(work: () => void): void {
  const isOurs = !existsSync(POLICY);
  if (isOurs) writeFileSync(POLICY, REFUSE, { mode: 0o755 });
  try {
    work();
  } finally {
    if (isOurs) rmSync(POLICY);
  }
}
