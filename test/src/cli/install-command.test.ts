// `savepoint install` and `savepoint uninstall` on the command line: flags, what is said, and exit codes.
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { createWorkspace, type Workspace } from './command-workspace.js';

const TIMER = '/etc/systemd/system/savepoint-save.timer';

let workspace: Workspace;
let image: string;

beforeEach(() => {
  workspace = createWorkspace();
  image = join(workspace.directory, 'image');
  write('/etc/savepoint.yaml', 'components:\n  app: { kind: files, paths: [/srv/app] }\n');
});

function write(path: string, content: string): void {
  mkdirSync(dirname(join(image, path)), { recursive: true });
  writeFileSync(join(image, path), content);
}

const install = (...flags: string[]) => workspace.run(['install', '--root', image, ...flags]);
const uninstall = (...flags: string[]) => workspace.run(['uninstall', '--root', image, ...flags]);
const read = (path: string) => readFileSync(join(image, path), 'utf8');

test('what is written is listed, and what should be known is said', async () => {
  const { stdout, stderr, exitCode } = await install();
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^written +\/etc\/systemd\/system\/savepoint-recover\.service$/m);
  expect(stdout).toMatch(/^written +\/etc\/systemd\/system\/timers\.target\.wants\/savepoint-save\.timer$/m);
  expect(stdout).toContain(`Installed in ${image}\n`);
  expect(stderr).toContain(`savepoint: There is no store in ${workspace.store} yet`);
  expect(read('/etc/systemd/system/savepoint-recover.service')).toContain(
    `--store ${workspace.store} recover`,
  );
  expect((await install()).stdout).toContain('All of it was there already\n');
});

test('--print shows each file below its name, and writes nothing', async () => {
  const { stdout, exitCode } = await install('--print', '--every', '15m');
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^==> \/etc\/apt\/apt\.conf\.d\/80savepoint \(would be written\)$/m);
  expect(stdout).toContain('\nOnCalendar=*-*-* *:00,15,30,45:00\n');
  expect(stdout).toMatch(/^\/etc\/systemd\/system\/sysinit\.target\.wants\/savepoint-recover\.service → /m);
  expect(existsSync(join(image, 'etc/systemd'))).toBe(false);
});

test('the flags choose what is installed', async () => {
  await install('--no-timer', '--no-watchdog', '--apt-optional');
  expect(existsSync(join(image, TIMER))).toBe(false);
  expect(read('/etc/savepoint/before-dpkg')).toContain('mode=${' + 'SAVEPOINT_APT:-optional}\n');
  const { stdout } = await install('--no-apt', '--no-watchdog');
  expect(stdout).toMatch(/^removed +\/etc\/savepoint\/before-dpkg$/m);
  expect(existsSync(join(image, TIMER))).toBe(true);
});

test.each([
  [['--no-timer', '--every', '1h'], "'--every' and '--no-timer' exclude each other"],
  [['--no-apt', '--apt-optional'], "'--apt-optional' and '--no-apt' exclude each other"],
  [['--every', 'often'], "'often' is no duration"],
  [['--every', '5'], 'every minute'],
  [['--config', '/etc/none.yaml'], 'There is no file'],
])('%j is refused', async (flags, message) => {
  const { stderr, exitCode } = await install(...flags);
  expect([stderr, exitCode]).toEqual([expect.stringContaining(message), message.startsWith('There') ? 3 : 2]);
});

test('without a configuration the exit code is 2, and the ways out are named', async () => {
  const empty = join(workspace.directory, 'empty');
  mkdirSync(empty);
  const { stderr, exitCode } = await workspace.run(['install', '--root', empty]);
  expect([stderr, exitCode]).toEqual([expect.stringContaining('--no-timer --no-watchdog --no-apt'), 2]);
});

test('a file of somebody else is a conflict, and so is one that was edited', async () => {
  write(TIMER, '[Timer]\n');
  const foreign = await install('--force');
  expect([foreign.stderr, foreign.exitCode]).toEqual([
    expect.stringContaining(`${join(image, TIMER)} is there`),
    5,
  ]);
  expect(existsSync(join(image, 'etc/apt'))).toBe(false);
});

test('uninstall says what it took away, and where a file was edited, that it is kept', async () => {
  await install();
  appendFileSync(join(image, TIMER), '# slower\n');
  const shown = await uninstall('--print');
  expect(shown.stdout).toMatch(/^would go +\/etc\/savepoint\/before-dpkg$/m);
  expect(shown.stdout).toMatch(/^kept +\/etc\/systemd\/system\/savepoint-save\.timer: it was edited$/m);
  const { stderr, exitCode } = await uninstall();
  expect([stderr, exitCode]).toEqual([expect.stringContaining(`${join(image, TIMER)}: changed since`), 5]);
  const forced = await uninstall('--force');
  expect(forced.stdout).toMatch(/^removed +\/etc\/systemd\/system\/savepoint-save\.timer$/m);
  expect(forced.exitCode).toBe(0);
  expect((await uninstall()).stdout).toContain('There is nothing to take away\n');
});
