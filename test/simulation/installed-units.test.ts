// Installing on a running system: systemd takes the units as they are meant, whatever paths stand in them, and nothing of them
// is left when they are taken away.
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { saveSchedule } from '#src/install/save-schedule.js';
import { compareDescriptions } from '../fixtures/compare-trees.js';
import { createDebianChroot, type DebianChroot } from '../fixtures/debian-chroot.js';
import { describeTree } from '../fixtures/describe-tree.js';
import { PROGRAM } from '../fixtures/private-root.js';
import { type SystemdMachine, startSystemdMachine } from '../fixtures/systemd-machine.js';
import { createTemporaryDirectory } from '../fixtures/temporary-directory.js';

const VARIABLE = '$'.concat('{HOME}');
const ODD = `/srv/it's "odd" 50%h $HOME ${VARIABLE} \\ back`;
const TIMER = 'savepoint-save.timer';
const UNIT_NAMES = ['recover.service', 'watchdog.service', 'save.service', 'save.timer'];

let chroot: DebianChroot;

beforeEach(() => {
  chroot = createDebianChroot(join(createTemporaryDirectory({ inMemory: true }), 'root'), {
    include: ['systemd'],
  });
  chroot.write('/etc/savepoint.yaml', 'components:\n  app: { kind: files, paths: [/srv/app] }\n');
  chroot.write('/srv/app/file', 'content');
});

async function succeed(machine: SystemdMachine, command: readonly string[]): Promise<string> {
  const { stdout, stderr, exitCode } = await machine.run(command);
  if (exitCode !== 0) throw new Error(`${command.join(' ')} failed: ${stderr}`);
  return stdout.trim();
}

const ask = async (machine: SystemdMachine, ...args: string[]) =>
  (await machine.run(['systemctl', ...args])).stdout.trim();

async function documentOf(machine: SystemdMachine, ...args: string[]) {
  const { stdout } = await machine.savepoint([...args, '--json']);
  return JSON.parse(stdout);
}

/** What is below /etc, but for the times of directories. */
const describeEtc = () => describeTree(join(chroot.root, 'etc'));
const differences = (before: ReturnType<typeof describeEtc>) =>
  compareDescriptions(before, describeEtc()).filter((line) => !line.includes(': mtimeNs should be '));

test('a running system takes them up at once, and is as before when they are taken away', async () => {
  const machine = await startSystemdMachine(chroot.root);
  const before = describeEtc();
  const installed = await documentOf(machine, 'install', '--no-watchdog');
  expect(installed).toMatchObject({ managed: true, started: [TIMER], problems: [] });
  expect(await ask(machine, 'is-enabled', 'savepoint-recover.service', TIMER)).toBe('enabled\nenabled');
  expect(await ask(machine, 'is-active', TIMER)).toBe('active');
  expect(await ask(machine, 'list-timers', '--no-legend', TIMER)).toContain('savepoint-save.service');

  await succeed(machine, ['systemctl', 'start', 'savepoint-save.service']);
  expect((await documentOf(machine, 'list')).points).toMatchObject([{ message: 'automatic point' }]);

  const again = await documentOf(machine, 'install', '--no-watchdog');
  expect(new Set([...again.files, ...again.links].map(({ did }) => did))).toEqual(new Set(['unchanged']));
  await documentOf(machine, 'install', '--no-watchdog', '--every', '1d');
  expect(await ask(machine, 'show', '--value', '--property=TimersCalendar', TIMER)).toContain(
    '*-*-* 00:00:00',
  );

  const { problems, stopped } = await documentOf(machine, 'uninstall');
  expect([problems, stopped]).toEqual([[], [TIMER]]);
  expect(differences(before)).toEqual([]);
  expect(await ask(machine, 'list-units', '--all', '--no-legend', 'savepoint-*')).toBe('');
  expect(await ask(machine, 'list-unit-files', '--no-legend', 'savepoint-*')).toBe('');
  expect((await machine.run(['ls', '/var/lib/systemd/timers'])).stdout).not.toContain('savepoint');
});

test('a unit that is not wanted any more stops; one that can’t be started is named, and fails the command', async () => {
  const machine = await startSystemdMachine(chroot.root);
  await documentOf(machine, 'install', '--no-watchdog');
  const { links } = await documentOf(machine, 'install', '--no-watchdog', '--no-timer');
  expect(links).toContainEqual(
    expect.objectContaining({ did: 'removed', target: expect.stringContaining(TIMER) }),
  );
  expect(await ask(machine, 'is-active', TIMER)).toBe('inactive');
  // A drop-in of the operator's that systemd can't carry out.
  const dropIn = join(chroot.root, `etc/systemd/system/${TIMER}.d`);
  mkdirSync(dropIn);
  writeFileSync(join(dropIn, 'broken.conf'), '[Unit]\nRequires=none.service\nAfter=none.service\n');
  const { stdout, stderr, exitCode } = await machine.savepoint(['install', '--no-watchdog']);
  expect([exitCode, stdout]).toEqual([1, expect.stringContaining(TIMER)]);
  expect(stderr).toContain(`'systemctl start ${TIMER}' failed`);
});

test('systemd takes odd paths of store, configuration and Node as they are', async () => {
  const node = `${ODD}/node`;
  mkdirSync(join(chroot.root, ODD));
  cpSync(process.execPath, join(chroot.root, node));
  chroot.write(`${ODD}/savepoint.yaml`, readFileSync(join(chroot.root, 'etc/savepoint.yaml'), 'utf8'));
  const flags = ['--store', `${ODD}/store`, '--config', `${ODD}/savepoint.yaml`];
  const first = await startSystemdMachine(chroot.root);
  await succeed(first, [node, PROGRAM, ...flags, 'install', '--no-watchdog']);
  await succeed(first, ['systemctl', 'start', 'savepoint-save.service']);
  const { stdout } = await first.savepoint(['--store', `${ODD}/store`, 'list', '--json']);
  expect(JSON.parse(stdout).points).toHaveLength(1);
  await first.kill();
  const machine = await startSystemdMachine(chroot.root);
  expect(
    await ask(machine, 'show', '--value', '--property=ConditionResult', 'savepoint-recover.service'),
  ).toBe('yes');
  expect(await ask(machine, 'is-active', 'savepoint-recover.service')).toBe('active');
  const mounts = await ask(
    machine,
    'show',
    '--value',
    '--property=RequiresMountsFor',
    'savepoint-recover.service',
  );
  expect(mounts.replace(/\\(.)/g, '$1')).toContain(`"${ODD}/store"`);
});

test('without a running systemd the links are made by hand, as systemd makes them', async () => {
  const before = describeEtc();
  const { stdout, exitCode } = await chroot.savepoint(['install']);
  expect([exitCode, stdout]).toEqual([0, expect.stringContaining('systemd does not run here')]);
  const byHand = describeEtc();
  const units = UNIT_NAMES.map((name) => `savepoint-${name}`);
  const enabled = await chroot.run(['systemctl', 'is-enabled', ...units]);
  expect(enabled.stdout.trim().split('\n')).toEqual(['enabled', 'enabled', 'static', 'enabled']);
  await chroot.run(['systemctl', 'disable', ...units]);
  await chroot.run(['systemctl', 'enable', ...units]);
  expect(differences(byHand).filter((line) => !line.includes('mtimeNs'))).toEqual([]);
  await chroot.savepoint(['uninstall']);
  expect(differences(before)).toEqual([]);
});

test('systemd finds nothing wrong with the units, nor with any time of the timer', async () => {
  await chroot.savepoint(['install']);
  const paths = UNIT_NAMES.map((name) => `/etc/systemd/system/savepoint-${name}`);
  const verified = await chroot.run(['systemd-analyze', 'verify', '--man=no', ...paths]);
  expect([verified.exitCode, verified.stderr]).toEqual([0, '']);
  const periods = [1, 1.5, 5, 15, 60, 90, 240, 1440].map((minutes) => saveSchedule(minutes * 60_000));
  const times = periods.flat().flatMap((line) => /^OnCalendar=(.*)$/.exec(line)?.[1] ?? []);
  const calendar = await chroot.run(['systemd-analyze', 'calendar', ...times]);
  expect([calendar.exitCode, times.length > 8]).toEqual([0, true]);
  expect(calendar.stdout.match(/Next elapse: (?!never)/g)).toHaveLength(times.length);
  for (const [everyMs, spans] of [
    [420_000, 2],
    [90_500, 2],
  ]) {
    const lines = saveSchedule(everyMs).filter((line) => line.startsWith('On'));
    const values = lines.map((line) => line.split('=')[1]);
    expect((await chroot.run(['systemd-analyze', 'timespan', ...values])).exitCode).toBe(0);
    expect(values).toHaveLength(spans);
  }
});

test('units with a word that systemd does not know are found wrong', async () => {
  await chroot.savepoint(['install']);
  const path = '/etc/systemd/system/savepoint-recover.service';
  writeFileSync(join(chroot.root, path), `${readFileSync(join(chroot.root, path), 'utf8')}Misspelt=yes\n`);
  const { stderr } = await chroot.run(['systemd-analyze', 'verify', '--man=no', path]);
  expect(stderr).toContain("Unknown key 'Misspelt'");
});
