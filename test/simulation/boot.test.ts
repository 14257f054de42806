// Whole boots of a Debian system: what a crash interrupted is recovered before any service starts, and a recovery that fails
// does not keep the system from booting.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { createDebianChroot, type DebianChroot } from '../fixtures/debian-chroot.js';
import { NODE, PROJECT } from '../fixtures/private-root.js';
import { type SystemdMachine, startSystemdMachine } from '../fixtures/systemd-machine.js';
import { createTemporaryDirectory } from '../fixtures/temporary-directory.js';

const STORE = '/var/lib/savepoint';
const NAMES = ['one', 'two', 'three'];

let chroot: DebianChroot;

beforeEach(() => {
  chroot = createDebianChroot(join(createTemporaryDirectory({ inMemory: true }), 'root'), {
    include: ['systemd'],
  });
  chroot.write('/etc/savepoint.yaml', 'components:\n  app: { kind: files, paths: [/srv/app] }\n');
  // An ordinary service: it says what it found when it was started.
  const service = `[Service]\nType=oneshot\nExecStart=/bin/sh -c 'cat ${NAMES.map((name) => `/srv/app/${name}`).join(' ')} >/run/seen'\n`;
  chroot.write('/etc/systemd/system/app.service', `${service}[Install]\nWantedBy=basic.target\n`);
});

function writeApp(state: string): void {
  for (const name of NAMES) chroot.write(`/srv/app/${name}`, `${name} ${state}\n`);
}

const appIs = (...states: string[]) =>
  NAMES.map((name, index) => `${name} ${states[index] ?? states[0]}\n`).join('');
const readApp = () => NAMES.map((name) => readFileSync(join(chroot.root, 'srv/app', name), 'utf8')).join('');

async function succeed(machine: SystemdMachine, command: readonly string[]): Promise<string> {
  const { stdout, stderr, exitCode } = await machine.run(command);
  if (exitCode !== 0) throw new Error(`${command.join(' ')} failed: ${stderr}`);
  return stdout;
}

async function property(machine: SystemdMachine, unit: string, name: string): Promise<string> {
  return (await succeed(machine, ['systemctl', 'show', '--value', `--property=${name}`, unit])).trim();
}

/** A machine with an installation and a rollback that was killed after its decision, with the first file back. */
async function interruptRollback(
  around: {
    readonly before?: readonly string[];
    readonly after?: readonly string[];
    readonly files?: Readonly<Record<string, string>>;
  } = {},
): Promise<void> {
  const machine = await startSystemdMachine(chroot.root);
  writeApp('as the point has it');
  for (const script of around.before ?? []) await succeed(machine, ['sh', '-euc', script]);
  for (const args of [
    ['save', '--name', 'before'],
    ['install', '--no-watchdog'],
  ]) {
    const { exitCode, stderr } = await machine.savepoint(args);
    expect([exitCode, stderr]).toEqual([0, expect.any(String)]);
  }
  await succeed(machine, ['systemctl', 'enable', 'app.service']);
  writeApp('as it became');
  for (const script of around.after ?? []) await succeed(machine, ['sh', '-euc', script]);
  for (const [path, content] of Object.entries(around.files ?? {})) chroot.write(path, content);
  const [preload, script] = ['kill-at-call.mjs', 'roll-back.mjs'].map(
    (name) => `${PROJECT}/test/simulation/${name}`,
  );
  const { signal, exitCode, stderr } = await machine.run(
    [NODE, '--import', preload, script, 'rollback', STORE, 'before'],
    { env: { KILL_NAME: 'renameat2', KILL_AT: '1', KILL_WHEN: 'after' } },
  );
  expect([signal ?? exitCode, stderr]).toEqual(['SIGKILL', '']);
  expect([...readApp().matchAll(/as it became/g)].length).toBe(2);
  await machine.kill();
}

test('an interrupted rollback is finished before anything else starts', async () => {
  await interruptRollback();
  const machine = await startSystemdMachine(chroot.root);
  expect(await succeed(machine, ['cat', '/run/seen'])).toBe(appIs('as the point has it'));
  expect(await property(machine, 'savepoint-recover.service', 'ActiveState')).toBe('active');
  const journal = await succeed(machine, [
    'journalctl',
    '--boot',
    '--output=cat',
    '--unit=savepoint-recover.service',
  ]);
  expect(journal).toContain('Finished the rollback to before: done');
  const recovered = Number(
    await property(machine, 'savepoint-recover.service', 'ActiveEnterTimestampMonotonic'),
  );
  for (const unit of ['systemd-tmpfiles-setup.service', 'sysinit.target', 'app.service']) {
    const started = Number(await property(machine, unit, 'InactiveExitTimestampMonotonic'));
    expect([unit, recovered > 0 && started >= recovered]).toEqual([unit, true]);
  }
  expect(await property(machine, 'savepoint-save.timer', 'ActiveState')).toBe('active');
  expect((await machine.savepoint(['recover'])).stdout).toBe('No operation was interrupted\n');
});

test('units of an interrupted rollback are put back before the boot starts them', async () => {
  const unit = (version: number) =>
    `[Service]\nExecStart=/bin/sleep infinity\nEnvironment=VERSION=${version}\n[Install]\nWantedBy=multi-user.target\n`;
  const configuration =
    'components:\n  app: { kind: files, paths: [/srv/app] }\n  demo: { kind: systemd, units: [demo.service], after: [app] }\n';
  chroot.write('/etc/savepoint.yaml', configuration);
  chroot.write('/etc/systemd/system/demo.service', unit(1));
  await interruptRollback({
    before: ['systemctl daemon-reload; systemctl enable --now demo.service'],
    after: ['systemctl disable --now demo.service'],
    files: { '/etc/systemd/system/demo.service': unit(2) },
  });
  const machine = await startSystemdMachine(chroot.root, { target: 'multi-user.target' });
  expect(await property(machine, 'savepoint-recover.service', 'ActiveState')).toBe('active');
  expect((await machine.savepoint(['log'])).stdout).toMatch(/rollback .*done/);
  expect(readFileSync(join(chroot.root, 'etc/systemd/system/demo.service'), 'utf8')).toBe(unit(1));
  expect(await property(machine, 'demo.service', 'ActiveState')).toBe('active');
  expect(await property(machine, 'demo.service', 'Environment')).toBe('VERSION=1');
  expect(await property(machine, 'demo.service', 'UnitFileState')).toBe('enabled');
});

test('a recovery that fails is loud, and keeps nothing from starting', async () => {
  await interruptRollback();
  const journal = join(chroot.root, STORE, 'journal');
  for (const name of readdirSync(journal)) writeFileSync(join(journal, name), 'no record');
  const before = readApp();
  const machine = await startSystemdMachine(chroot.root);
  expect(await property(machine, 'savepoint-recover.service', 'Result')).toBe('exit-code');
  expect(await property(machine, 'basic.target', 'ActiveState')).toBe('active');
  expect(await succeed(machine, ['cat', '/run/seen'])).toBe(before);
  expect(machine.console()).toMatch(/FAILED.*Failed to start .*savepoint-/);
  expect(machine.console()).toMatch(/savepoint: .*journal/);
  const said = await succeed(machine, [
    'journalctl',
    '--boot',
    '--output=cat',
    '--unit=savepoint-recover.service',
  ]);
  expect(said).toMatch(/savepoint: .*journal/);
});

test('a system without a store boots without a word, and other starts do not recover again', async () => {
  const first = await startSystemdMachine(chroot.root);
  await first.savepoint(['install', '--no-watchdog', '--no-apt']);
  await first.powerOff();
  const machine = await startSystemdMachine(chroot.root);
  expect(await property(machine, 'savepoint-recover.service', 'ConditionResult')).toBe('no');
  expect(await property(machine, 'savepoint-recover.service', 'ActiveState')).toBe('inactive');
  writeApp('saved');
  await succeed(machine, ['systemctl', 'start', 'savepoint-save.service']);
  await succeed(machine, ['systemctl', 'start', 'app.service']);
  expect(await property(machine, 'savepoint-recover.service', 'ActiveState')).toBe('inactive');
  const { stdout } = await machine.savepoint(['list', '--json']);
  expect(JSON.parse(stdout).points).toMatchObject([{ message: 'automatic point' }]);
});

test('a guarded change that a restart cuts short goes back at boot where it is installed, and is told of where not', async () => {
  const first = await startSystemdMachine(chroot.root);
  writeApp('as before');
  const warning =
    /after a restart of the machine .*there is no .*savepoint-recover\.service.*'savepoint install'/;
  expect((await first.savepoint(['guard', '--', 'true'])).stderr).toMatch(warning);
  await first.savepoint(['install', '--no-watchdog', '--no-apt', '--no-timer']);
  const change = `for name in ${NAMES.join(' ')}; do echo changed >/srv/app/$name; done`;
  const { exitCode, stderr } = await first.savepoint([
    ...['guard', '--confirm', '10m', '--detach', '--', 'sh', '-euc', change],
  ]);
  expect([exitCode, stderr]).toEqual([30, expect.not.stringContaining('restart')]);
  await first.kill();
  expect(readApp()).toBe('changed\n'.repeat(NAMES.length));
  await startSystemdMachine(chroot.root);
  expect(readApp()).toBe(appIs('as before'));
});
