// What an installation goes by: the configuration, the store, the program; and what it says of them.
import {
  chmodSync,
  chownSync,
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeEach, expect, test, vi } from 'vitest';
import { type InstallOptions, install } from '#src/index.js';
import { findBootProgram } from '#src/install/boot-program.js';
import { describeRisks } from '#src/install/boot-risks.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';
import { CLI } from '../cli/command-workspace.js';

const COMPONENTS = 'components:\n  app: { kind: files, paths: [/srv/app] }\n';
const ALONE: InstallOptions = { timer: false, watchdog: false, apt: 'none' };

let root: string;

beforeEach(() => {
  root = createTemporaryDirectory();
});

function write(path: string, content: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

const refusal = (code: string, ...texts: string[]) =>
  expect.objectContaining({ code, message: expect.stringMatching(new RegExp(texts.join('.*'))) });
const unit = (name: string) => readFileSync(join(root, 'etc/systemd/system', name), 'utf8');

test('without a configuration only recovery can be installed, and that is said', async () => {
  const hint = '--no-timer --no-watchdog --no-apt';
  for (const options of [
    {},
    { ...ALONE, timer: true },
    { ...ALONE, watchdog: true },
    { ...ALONE, apt: 'optional' },
  ]) {
    await expect(install({ root, ...(options as InstallOptions) })).rejects.toThrow(refusal('USAGE', hint));
  }
  const { files, config } = await install({ root, ...ALONE });
  expect(files.map(({ path }) => path)).toEqual(['/etc/systemd/system/savepoint-recover.service']);
  expect(config).toBeUndefined();
});

test('a configuration without components is no use to a timer', async () => {
  write(join(root, 'etc/savepoint.yaml'), 'retention: {}\n');
  await expect(install({ root })).rejects.toThrow(refusal('USAGE', 'defines no components', '--no-timer'));
  expect((await install({ root, ...ALONE })).config).toBe('/etc/savepoint.yaml');
});

test('a wrong configuration is refused, even where only recovery is installed', async () => {
  write(join(root, 'etc/savepoint.yaml'), 'componnents: {}\n');
  await expect(install({ root, ...ALONE })).rejects.toThrow(refusal('CONFIG_INVALID'));
});

test('in an image, store and configuration are paths of the image, and have to be absolute', async () => {
  write(join(root, 'opt/own.yaml'), COMPONENTS);
  const result = await install({ root, store: '/srv/store', config: '/opt/own.yaml' });
  expect(result).toMatchObject({ root, store: '/srv/store', config: '/opt/own.yaml' });
  expect(unit('savepoint-save.service')).toContain(' --store /srv/store --config /opt/own.yaml save ');
  await expect(install({ root, ...ALONE, store: 'store' })).rejects.toThrow(refusal('USAGE', 'absolute'));
  await expect(install({ root, config: 'own.yaml' })).rejects.toThrow(refusal('USAGE', 'absolute'));
  await expect(install({ root, config: '/opt/none.yaml' })).rejects.toThrow(refusal('PATH_NOT_FOUND'));
  await expect(install({ root: join(root, 'none') })).rejects.toThrow(refusal('PATH_NOT_FOUND'));
});

test('a configuration that an image only links to is not taken from this host', async () => {
  const outside = join(createTemporaryDirectory(), 'savepoint.yaml');
  write(outside, COMPONENTS);
  mkdirSync(join(root, 'etc'));
  symlinkSync(outside, join(root, 'etc/savepoint.yaml'));
  await expect(install({ root })).rejects.toThrow(refusal('PATH_NOT_FOUND', 'leads out of'));
});

test('what is missing in an image is a warning: the program, and a store', async () => {
  const { warnings } = await install({ root, ...ALONE });
  expect(warnings).toEqual([
    expect.stringContaining(`There is no ${process.execPath} in ${root}`),
    expect.stringContaining(`There is no ${CLI} in ${root}`),
    expect.stringContaining('There is no store in /var/lib/savepoint yet'),
  ]);
  for (const path of [process.execPath, CLI, '/var/lib/savepoint/store.json']) write(join(root, path), '');
  expect((await install({ root, ...ALONE })).warnings).toEqual([]);
});

test('paths that no unit can name are refused', async () => {
  await expect(install({ root, ...ALONE, store: '/srv/line\nend' })).rejects.toThrow(refusal('UNSUPPORTED'));
  await expect(install({ root, ...ALONE, store: '/srv/\udcff' })).rejects.toThrow(refusal('UNSUPPORTED'));
});

test('of a component whose path no unit can name, what it is in has to be mounted', async () => {
  write(join(root, 'etc/savepoint.yaml'), 'components:\n  app: { kind: files, paths: ["/srv/a\\tb/c"] }\n');
  await install({ root });
  expect(unit('savepoint-recover.service')).toMatch(/^RequiresMountsFor=.* \/etc\/savepoint.yaml \/srv$/m);
});

test('on this host, what symbolic links make of a path has to be mounted, too', async () => {
  const [config, target] = [join(root, 'savepoint.yaml'), join(root, 'data/app')];
  mkdirSync(target, { recursive: true });
  symlinkSync(target, join(root, 'app'));
  write(config, `components:\n  app: { kind: files, paths: [${join(root, 'app')}] }\n`);
  const { files, store } = await install({ store: join(root, 'store'), config, dryRun: true });
  expect(store).toBe(join(root, 'store'));
  expect(files[0].content).toMatch(new RegExp(`^RequiresMountsFor=.* ${join(root, 'app')} ${target}$`, 'm'));
});

test('a configuration that can be read only once is no use at boot', async () => {
  write(join(root, 'savepoint.yaml'), COMPONENTS);
  const descriptor = openSync(join(root, 'savepoint.yaml'), 'r');
  const config = `/proc/self/fd/${descriptor}`;
  await expect(install({ config, dryRun: true })).rejects.toThrow(refusal('USAGE', 'stays'));
  closeSync(descriptor);
});

test('the program is named by the name in the search path that leads to it', () => {
  const bin = join(root, 'bin');
  mkdirSync(bin);
  expect(findBootProgram(bin)).toEqual([process.execPath, CLI]);
  symlinkSync(CLI, join(bin, 'savepoint'));
  expect(findBootProgram(`relative:${root}:${bin}`)).toEqual([process.execPath, join(bin, 'savepoint')]);
  const passing = join(root, 'node_modules/.bin');
  mkdirSync(passing, { recursive: true });
  symlinkSync(CLI, join(passing, 'savepoint'));
  expect(findBootProgram(passing)).toEqual([process.execPath, CLI]);
});

test('another program of the same name is not taken for it', () => {
  writeFileSync(join(root, 'savepoint'), '#!/bin/sh\n', { mode: 0o755 });
  expect(findBootProgram(root)).toEqual([process.execPath, CLI]);
});

test('what may be gone at boot, and what others than root can change, is said', () => {
  vi.stubEnv('TMPDIR', '/var/tmp');
  const place = createTemporaryDirectory();
  vi.unstubAllEnvs();
  const file = join(place, 'program.js');
  writeFileSync(file, '');
  const gone = [expect.stringContaining('lies below /var/tmp: it will not be there')];
  expect(describeRisks(file)).toEqual(gone);
  chmodSync(file, 0o666);
  expect(describeRisks(file)).toEqual([
    ...gone,
    expect.stringContaining('can be written by others than root'),
  ]);
  chmodSync(file, 0o644);
  chownSync(place, 1234, 0);
  expect(describeRisks(file)).toEqual([...gone, expect.stringContaining(`${place} belongs to user 1234`)]);
});
