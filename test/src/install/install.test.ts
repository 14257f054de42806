// Installing into a directory that stands for a host's root: all files or none, the same again, and nobody else's file touched.
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { type InstallOptions, install } from '#src/index.js';
import { compareDescriptions } from '../../fixtures/compare-trees.js';
import { describeTree } from '../../fixtures/describe-tree.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';

const UNITS = '/etc/systemd/system';
const FILES = [
  `${UNITS}/savepoint-recover.service`,
  `${UNITS}/savepoint-watchdog.service`,
  `${UNITS}/savepoint-save.service`,
  `${UNITS}/savepoint-save.timer`,
  '/etc/savepoint/before-dpkg',
  '/etc/apt/apt.conf.d/80savepoint',
];
const LINKS = [
  `${UNITS}/sysinit.target.wants/savepoint-recover.service`,
  `${UNITS}/multi-user.target.wants/savepoint-watchdog.service`,
  `${UNITS}/timers.target.wants/savepoint-save.timer`,
];

let root: string;

beforeEach(() => {
  root = createTemporaryDirectory();
  write('/etc/savepoint.yaml', 'components:\n  app: { kind: files, paths: [/srv/app, "/srv/two words"] }\n');
});

function write(path: string, content: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
}

const read = (path: string) => readFileSync(join(root, path), 'utf8');
const run = (options: InstallOptions = {}) => install({ root, ...options });
const conflict = (path: string) =>
  expect.objectContaining({ code: 'TARGET_CONFLICT', message: expect.stringContaining(join(root, path)) });

/** What `work` changes below the root. */
async function changesOf(work: () => Promise<unknown>): Promise<string[]> {
  const before = describeTree(root);
  await work();
  const changes = compareDescriptions(before, describeTree(root));
  // What was made and taken back leaves its time on the directory.
  return changes.filter((change) => !/mtimeNs should be \d+, is \d+$/.test(change));
}

test('all files are written, for everybody to read, and the targets want the units', async () => {
  const umask = process.umask(0o077);
  const result = await run();
  process.umask(umask);
  expect(result.files.map(({ path, did }) => [path, did])).toEqual(FILES.map((path) => [path, 'written']));
  for (const path of FILES) {
    expect(read(path)).toMatch(/^# Written by 'savepoint install'; 'savepoint uninstall' takes it away\.\n/);
    expect((lstatSync(join(root, path)).mode & 0o7777).toString(8)).toBe('644');
    expect((lstatSync(dirname(join(root, path))).mode & 0o7777).toString(8)).toBe('755');
  }
  expect(result.links.map(({ path }) => path)).toEqual(LINKS);
  for (const { path, target } of result.links) expect(readlinkSync(join(root, path))).toBe(target);
  expect(result).toMatchObject({
    store: '/var/lib/savepoint',
    config: '/etc/savepoint.yaml',
    managed: false,
  });
  expect(read(FILES[0])).toContain(' /srv/app "/srv/two words"\n');
});

test('nothing unfinished stays, and nothing else is touched', async () => {
  const changes = await changesOf(() => run());
  expect(changes.filter((change) => change.includes('.savepoint-install'))).toEqual([]);
  expect(readdirSync(join(root, 'etc')).sort()).toEqual(['apt', 'savepoint', 'savepoint.yaml', 'systemd']);
});

test('the same again changes nothing', async () => {
  await run();
  let result: Awaited<ReturnType<typeof install>> | undefined;
  const changes = await changesOf(async () => {
    result = await run();
  });
  expect(changes).toEqual([]);
  expect([...(result?.files ?? []), ...(result?.links ?? [])].map(({ did }) => did)).toEqual(
    Array(FILES.length + LINKS.length).fill('unchanged'),
  );
});

test('another time, what has changed is updated, and what is not wanted any more goes', async () => {
  await run();
  const { files, links } = await run({ everyMs: 900_000, watchdog: false, apt: 'none' });
  expect(Object.fromEntries(files.map(({ path, did }) => [path, did]))).toEqual({
    [FILES[0]]: 'unchanged',
    [FILES[1]]: 'removed',
    [FILES[2]]: 'unchanged',
    [FILES[3]]: 'updated',
    [FILES[4]]: 'removed',
    [FILES[5]]: 'removed',
  });
  expect(links.map(({ did }) => did)).toEqual(['unchanged', 'removed', 'unchanged']);
  expect(read(FILES[3])).toContain('*:00,15,30,45:00');
  for (const path of [FILES[1], LINKS[1], ...FILES.slice(4)])
    expect(existsSync(join(root, path))).toBe(false);
  expect(existsSync(join(root, 'etc/savepoint'))).toBe(false);
});

test.each([
  ['a file', (path: string) => writeFileSync(path, 'APT::Mine "1";\n')],
  ['an empty file', (path: string) => writeFileSync(path, '')],
  ['a link, as of a masked unit,', (path: string) => symlinkSync('/dev/null', path)],
  ['a directory', (path: string) => mkdirSync(path)],
])('%s of somebody else is named, and nothing is written, even by force', async (_, make) => {
  for (const path of [...FILES, ...LINKS]) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    make(join(root, path));
    for (const force of [false, true]) {
      const changes = await changesOf(() => expect(run({ force })).rejects.toThrow(conflict(path)));
      expect(changes).toEqual([]);
    }
    rmSync(join(root, path), { recursive: true });
  }
});

test('a file that was edited is named and stays; by force it is written anew', async () => {
  await run();
  const before = read(FILES[3]);
  writeFileSync(join(root, FILES[3]), `${before}# slower\n`);
  const changes = await changesOf(() =>
    expect(run({ everyMs: 900_000 })).rejects.toThrow(conflict(FILES[3])),
  );
  expect(changes).toEqual([]);
  await expect(run({ timer: false })).rejects.toThrow(conflict(FILES[3]));
  await run({ force: true });
  expect(read(FILES[3])).toBe(before);
});

test('a parent that is a link out of the root is not followed', async () => {
  const outside = createTemporaryDirectory();
  symlinkSync(outside, join(root, 'etc/apt'));
  await expect(run()).rejects.toThrow(conflict('/etc/apt/apt.conf.d/80savepoint'));
  expect([readdirSync(outside), readdirSync(join(root, 'etc')).sort()]).toEqual([
    [],
    ['apt', 'savepoint.yaml'],
  ]);
});

test('with --print, everything is shown and nothing written', async () => {
  let result: Awaited<ReturnType<typeof install>> | undefined;
  const changes = await changesOf(async () => {
    result = await run({ dryRun: true });
  });
  expect(changes).toEqual([]);
  await run();
  expect(result?.files.map(({ path, content }) => [path, content])).toEqual(
    FILES.map((path) => [path, read(path)]),
  );
  write(FILES[5], 'mine');
  expect((await run({ dryRun: true })).warnings).toContainEqual(expect.stringContaining('move it away'));
});

test('where a file can’t be written, none is, and what was there is as before', async () => {
  await run({ everyMs: 900_000, apt: 'none' });
  mkdirSync(join(root, 'etc/apt'));
  writeFileSync(join(root, 'etc/apt/apt.conf.d'), 'no directory');
  const changes = await changesOf(() =>
    expect(run()).rejects.toThrow(expect.objectContaining({ code: 'TARGET_CONFLICT' })),
  );
  expect(changes).toEqual([]);
});
