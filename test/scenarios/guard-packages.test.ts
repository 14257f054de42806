// `savepoint guard` around real installations of packages in a Debian system, as an operator uses it: whatever goes wrong, the
// system is afterwards what it was, by rsync and by dpkg.
import { cpSync, existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { createDebianChroot, type DebianChroot } from '../fixtures/debian-chroot.js';
import { buildPackage, fetchPackage } from '../fixtures/debian-package.js';
import { NODE, PROGRAM } from '../fixtures/private-root.js';
import { runTool } from '../fixtures/run-tool.js';
import { createTemporaryDirectory } from '../fixtures/temporary-directory.js';

const GUARD = ['guard', '--path', '/', '--one-file-system', '--exclude', '/opt'];
const SAVEPOINT = `${NODE} ${PROGRAM}`;

const demo = (version: string, postinst?: string) =>
  buildPackage({
    ...{ name: 'demo', version, scripts: postinst === undefined ? {} : { postinst } },
    files: {
      '/usr/bin/demo': `#!/bin/sh\necho demo ${version}\n`,
      '/etc/demo.conf': `version = ${version}\n`,
      [`/usr/share/demo/${version}`]: version,
    },
  });

let debian: DebianChroot;
let before: string;

/** One system for all tests, as each leaves it as it was: that is what they are about. And a copy of it. */
beforeAll(async () => {
  const directory = createTemporaryDirectory({ lifetime: 'file', inMemory: true });
  debian = createDebianChroot(join(directory, 'system'));
  const failing = demo('3', 'echo no luck >&2; exit 3');
  const hanging = demo('4', 'touch /run/begun; sleep 1000');
  for (const file of [demo('1'), demo('2'), failing, hanging, fetchPackage('hello')]) bring(file);
  expect((await debian.run(['dpkg', '--install', '/var/tmp/demo_1_all.deb'])).exitCode).toBe(0);
  expect((await debian.savepoint(['init'])).exitCode).toBe(0);
  before = join(directory, 'before');
  runTool('cp', ['--archive', debian.root, before]);
});

function bring(file: string): void {
  cpSync(file, join(debian.root, 'var/tmp', basename(file)));
}

/** By rsync, which nobody here wrote, and by dpkg. */
async function expectAsBefore(): Promise<void> {
  const options = [
    '-aHAXni',
    '--modify-window=-1',
    '--delete',
    '--exclude=/opt',
    '--exclude=/var/lib/savepoint',
  ];
  const lines = runTool('rsync', [...options, `${before}/`, `${debian.root}/`])
    .toString()
    .split('\n');
  // To enter the system makes a directory for a moment, and so changes the time of its root.
  expect(lines.filter((line) => line !== '' && line !== '.d..t...... ./')).toEqual([]);
  await expectSound('1');
}

async function expectSound(version: string): Promise<void> {
  const audit = await debian.run(['dpkg', '--audit']);
  expect([audit.exitCode, audit.stdout, audit.stderr]).toEqual([0, '', '']);
  const { stdout } = await debian.run(['dpkg', '--status', 'demo']);
  expect(stdout).toContain('Status: install ok installed\n');
  expect(stdout).toContain(`Version: ${version}\n`);
  expect((await debian.run(['demo'])).stdout).toBe(`demo ${version}\n`);
}

/** Installs a package under guard. */
function install(file: string, ...flags: string[]) {
  return debian.savepoint([...GUARD, ...flags, '--', 'dpkg', '--install', `/var/tmp/${file}`]);
}

/** A script in the system, where `guard` runs as one process among others. */
function script(text: string) {
  return debian.run(['sh', '-euc', text]);
}

describe('an installation under guard', () => {
  it('of a package of Debian by apt succeeds and stays, and is gone after an undo', async () => {
    const file = `/var/tmp/${basename(fetchPackage('hello'))}`;
    const words = ['apt-get', 'install', '--yes', file];
    const { exitCode, stdout, stderr } = await debian.savepoint([
      ...GUARD,
      '--health',
      'hello',
      '--',
      ...words,
    ]);
    expect([exitCode, stdout], stderr).toEqual([0, expect.stringContaining('The change stays')]);
    expect((await debian.run(['hello'])).stdout).toBe('Hello, world!\n');
    expect((await debian.savepoint(['undo'])).exitCode).toBe(0);
    await expectAsBefore();
  });

  it('of a package whose script fails goes back', async () => {
    const { exitCode, stderr } = await install('demo_3_all.deb');
    expect([exitCode, stderr]).toEqual([10, expect.stringContaining('the command ended with exit code 1')]);
    await expectAsBefore();
  });

  it('of a package whose script hangs goes back, and the script is ended', async () => {
    const { exitCode, stderr } = await install('demo_4_all.deb', '--timeout', '4s');
    expect([exitCode, stderr]).toEqual([10, expect.stringContaining('the change was not done after 4 s')]);
    expect(stderr).toMatch(/ended dpkg \(\d+\), .*sleep \(\d+\)/);
    await expectAsBefore();
  });

  it('that breaks what it is for goes back', async () => {
    const { exitCode, stderr } = await install(
      'demo_2_all.deb',
      '--timeout',
      '1s',
      '--health',
      'demo | grep -q 1',
    );
    expect([exitCode, stderr]).toEqual([
      10,
      expect.stringContaining("command 'demo | grep -q 1' ended with"),
    ]);
    await expectAsBefore();
  });

  it('that nobody confirms goes back', async () => {
    const { exitCode, stderr } = await install('demo_2_all.deb', '--force', '--confirm', '1s');
    expect([exitCode, stderr]).toEqual([10, expect.stringContaining('nobody confirmed it in time')]);
    await expectAsBefore();
  });

  it('that somebody confirms stays', async () => {
    const { exitCode } = await script(`
      ${SAVEPOINT} ${GUARD.join(' ')} --force --confirm 60s --detach -- dpkg --install /var/tmp/demo_2_all.deb || [ $? = 30 ]
      ${SAVEPOINT} confirm
    `);
    expect(exitCode).toBe(0);
    await expectSound('2');
    expect((await debian.savepoint(['undo'])).exitCode).toBe(0);
    await expectAsBefore();
  });

  it('goes back where the guard is killed in the middle of it', async () => {
    const { exitCode } = await script(`
      ${SAVEPOINT} ${GUARD.join(' ')} --force -- dpkg --install /var/tmp/demo_4_all.deb &
      guard=$!
      until [ -e /run/begun ]; do sleep 0.1; done
      kill -KILL $guard
      until ${SAVEPOINT} log | tail -n 1 | grep -q ' guard '; do sleep 0.2; done
    `);
    expect(exitCode).toBe(0);
    await expectAsBefore();
    const { operations } = JSON.parse((await debian.savepoint(['log', '--json'])).stdout);
    expect(operations.at(-1)).toMatchObject({
      outcome: 'reverted',
      message: expect.stringContaining('was ended before'),
    });
  });

  it('goes back after a restart of the machine in the middle of it', async () => {
    // With its first process all others of the system end, as in a power cut.
    await script(`
      ${SAVEPOINT} ${GUARD.join(' ')} --force -- dpkg --install /var/tmp/demo_4_all.deb &
      until [ -e /run/begun ]; do sleep 0.1; done
    `);
    expect(existsSync(join(debian.root, 'usr/share/demo/4'))).toBe(true);
    const { exitCode, stdout } = await debian.savepoint(['recover']);
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining('the machine was restarted')]);
    await expectAsBefore();
  });

  it('goes back after a restart of the machine while it waits for people', async () => {
    const { exitCode } = await install('demo_2_all.deb', '--force', '--confirm', '10m', '--detach');
    expect(exitCode).toBe(30);
    await expectSound('2');
    expect((await debian.savepoint(['recover'])).stdout).toContain('the machine was restarted');
    await expectAsBefore();
  });
});
