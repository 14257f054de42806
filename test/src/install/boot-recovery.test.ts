// Whether a host recovers a store at boot: told of what `savepoint install` has written below a directory that stands for its
// root, and of what has become of that.
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { install } from '#src/index.js';
import { findBootProgram } from '#src/install/boot-program.js';
import { findBootRecovery } from '#src/install/boot-recovery.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';

const UNIT = '/etc/systemd/system/savepoint-recover.service';
const LINK = '/etc/systemd/system/sysinit.target.wants/savepoint-recover.service';
const STORE = '/srv/a store/of $HOME';

let root: string;

beforeEach(() => {
  root = createTemporaryDirectory();
  for (const path of findBootProgram()) write(path, '');
});

function write(path: string, content: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
}

const installFor = (store: string) =>
  install({ root, store, timer: false, watchdog: false, apt: 'none', force: true });
const find = (store = STORE) => findBootRecovery(store, { root, runsSystemd: true });

test('it does where the unit is there for this store, and enabled', async () => {
  await installFor(STORE);
  expect(find()).toEqual({ state: 'ready', detail: expect.stringContaining('savepoint-recover.service') });
});

test('nothing is installed', () => {
  expect(find()).toEqual({
    ...{ state: 'not-installed', detail: `there is no ${UNIT}` },
    remedy: expect.stringContaining(`'savepoint --store ${STORE} install'`),
  });
  expect(find('/var/lib/savepoint').remedy).toContain("'savepoint install'");
});

test('the unit is for another store', async () => {
  await installFor('/srv/other');
  expect(find()).toMatchObject({ state: 'other-store', detail: expect.stringContaining('/srv/other') });
});

test('another name of the same store is no other store', async () => {
  const directory = createTemporaryDirectory();
  mkdirSync(join(directory, 'store'));
  symlinkSync('store', join(directory, 'link'));
  await installFor(join(directory, 'link'));
  expect(find(join(directory, 'store')).state).toBe('ready');
});

test('the unit is not enabled', async () => {
  await installFor(STORE);
  rmSync(join(root, LINK));
  expect(find()).toMatchObject({ state: 'not-enabled', detail: expect.stringContaining(LINK) });
});

test('the unit is masked', async () => {
  await installFor(STORE);
  rmSync(join(root, UNIT));
  symlinkSync('/dev/null', join(root, UNIT));
  expect(find().state).toBe('not-installed');
});

test('the unit was edited: what it runs counts', async () => {
  await installFor(STORE);
  const text = readFileSync(join(root, UNIT), 'utf8');
  write(UNIT, text.replace('TimeoutStartSec=15min', 'TimeoutStartSec=1h'));
  expect(find().state).toBe('ready');
  write(UNIT, text.replace(/ recover$/m, ' list'));
  expect(find().state).toBe('not-installed');
});

test('what the unit runs is gone', async () => {
  await installFor(STORE);
  const [, script] = findBootProgram();
  rmSync(join(root, script));
  expect(find()).toMatchObject({ state: 'program-missing', detail: expect.stringContaining(script) });
});

test('the unit cannot be read', () => {
  mkdirSync(join(root, UNIT), { recursive: true });
  expect(find()).toMatchObject({ state: 'unknown', detail: expect.stringContaining('EISDIR') });
});

test('where systemd does not run the machine, units say nothing', async () => {
  await installFor(STORE);
  expect(findBootRecovery(STORE, { root, runsSystemd: false })).toEqual({
    ...{ state: 'no-systemd', detail: expect.stringContaining('systemd does not run this machine') },
    remedy: expect.stringContaining(`'savepoint --store ${STORE} recover'`),
  });
});
