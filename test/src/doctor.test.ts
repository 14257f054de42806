// What `doctor` finds on machines and in stores that lack something.
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type DoctorReport, examine } from '#src/doctor.js';
import { probeAttributes } from '#src/probe-attributes.js';
import { VERSION } from '#src/version.js';
import { runTool } from '../fixtures/run-tool.js';
import { createSavedTree } from '../fixtures/saved-tree.js';
import { createTemporaryDirectory } from '../fixtures/temporary-directory.js';

const check = (report: DoctorReport, name: string) => {
  const found = report.checks.find((check) => check.name === name);
  if (found === undefined) throw new Error(`there is no check '${name}'`);
  return found;
};

test('a machine without a store is examined, and stays as it is', async () => {
  const directory = createTemporaryDirectory();
  const store = join(directory, 'not/there');
  const report = await examine({ store });
  expect(report).toMatchObject({ savepoint: VERSION, location: store, ok: 'degraded' });
  expect(check(report, 'store')).toMatchObject({
    ok: 'degraded',
    remedy: expect.stringContaining(`savepoint init ${store}`),
  });
  expect(check(report, 'access')).toMatchObject({ ok: 'yes', detail: expect.stringContaining(directory) });
  expect(report.checks.map(({ name }) => name)).toEqual([
    ...['runtime', 'codec', 'posix', 'privileges', 'attributes', 'access-control'],
    ...['store', 'access', 'space', 'boot', 'mount', 'git'],
  ]);
  expect(readdirSync(directory)).toEqual([]);
});

test('what is not as it should be comes with a remedy', async () => {
  const report = await examine({ store: createTemporaryDirectory() });
  for (const { ok, remedy, detail } of report.checks) {
    expect(detail).not.toBe('');
    expect(remedy !== undefined).toBe(ok !== 'yes');
  }
});

test('whether points can be mounted is told', async () => {
  const report = await examine({ store: createTemporaryDirectory() });
  expect(check(report, 'mount')).toEqual({ name: 'mount', ok: 'yes', detail: expect.any(String) });
});

test('whether the store is recovered at boot is told, and no failure where it is not', async () => {
  const store = createTemporaryDirectory();
  const report = await examine({ store });
  // Whatever is installed on this host, it is for another store.
  expect(check(report, 'boot')).toEqual({
    ...{ name: 'boot', ok: 'degraded', detail: expect.stringMatching(/systemd/) },
    remedy: expect.stringContaining(`--store ${store}`),
  });
});

test('a sound store is told with its format', async () => {
  const tree = await createSavedTree();
  tree.write('file', 'content');
  await tree.save('point');
  const before = runTool('find', [tree.session.location]).toString();
  const report = await examine({ store: tree.session.location });
  expect(check(report, 'store')).toMatchObject({
    ok: 'yes',
    detail: expect.stringContaining('format 1, sha256 ids'),
  });
  expect(check(report, 'index').ok).toBe('yes');
  expect(check(report, 'runtime').detail).toContain(process.versions.node);
  expect(runTool('find', [tree.session.location]).toString()).toBe(before);
});

test('a store that is damaged is told of', async () => {
  const tree = await createSavedTree();
  await tree.save('point');
  tree.lose('packs', []);
  const lost = await examine({ store: tree.session.location });
  expect(check(lost, 'index')).toMatchObject({ ok: 'no', detail: expect.stringContaining('is missing') });
  expect(lost.ok).toBe('no');
});

test('settings that are damaged are told of: one copy degrades the store, both make it useless', async () => {
  const tree = await createSavedTree();
  await tree.save('point');
  const damage = (name: string) => {
    const path = join(tree.session.location, name);
    writeFileSync(path, readFileSync(path, 'utf8').replace('"format": 1', '"format": 9'));
  };
  damage('store.json');
  const one = await examine({ store: tree.session.location });
  expect(check(one, 'store')).toMatchObject({
    ok: 'degraded',
    detail: expect.stringContaining('store.json'),
    remedy: expect.stringContaining('verify --repair'),
  });
  damage('store.copy.json');
  const both = await examine({ store: tree.session.location });
  expect(check(both, 'store')).toMatchObject({ ok: 'no', detail: expect.stringContaining('STORE_CORRUPT') });
});

test('a store that cannot be written to serves for looking', async () => {
  const directory = createTemporaryDirectory({ tmpfsSizeBytes: 1 << 20 });
  mkdirSync(join(directory, 'store'));
  runTool('mount', ['-o', 'remount,ro', directory]);
  const report = await examine({ store: join(directory, 'store') });
  expect(check(report, 'access')).toMatchObject({
    ok: 'degraded',
    detail: expect.stringContaining("can't be written"),
  });
  expect(check(report, 'attributes')).toMatchObject({
    ok: 'degraded',
    detail: expect.stringContaining('EROFS'),
  });
  expect(check(report, 'space')).toMatchObject({ ok: 'degraded', detail: expect.stringContaining('MiB') });
});

test('who may not read the store is told so', async () => {
  const directory = createTemporaryDirectory();
  chmodSync(directory, 0o700);
  process.seteuid?.(65534);
  const report = await examine({ store: directory }).finally(() => process.seteuid?.(0));
  expect(check(report, 'access').ok).toBe('no');
});

test('extended attributes and access control lists are tried without a trace', () => {
  const directory = createTemporaryDirectory();
  expect(probeAttributes(directory)).toEqual({ attributes: true, accessControl: true });
  expect(readdirSync(directory)).toEqual([]);
});

test('a file system that takes no attributes is found out', () => {
  expect(probeAttributes('/proc')).toMatchObject({
    attributes: undefined,
    reason: expect.stringContaining('no file can be made'),
  });
});
