// Taking an installation away: everything that it wrote, whatever is left of it, and nothing else.
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { install, uninstall } from '#src/index.js';
import { describeTree } from '../../fixtures/describe-tree.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';

const UNITS = '/etc/systemd/system';
const TIMER = `${UNITS}/savepoint-save.timer`;
const STAMP = '/var/lib/systemd/timers/stamp-savepoint-save.timer';

let root: string;
let before: string[];

beforeEach(async () => {
  root = createTemporaryDirectory();
  write('/etc/savepoint.yaml', 'components:\n  app: { kind: files, paths: [/srv/app] }\n');
  before = paths();
});

function write(path: string, content: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
}

/** All that there is, by path. */
const paths = () => [...describeTree(root).keys()].sort();
const isThere = (path: string) => existsSync(join(root, path));

test('everything goes, with the directories that were made for it', async () => {
  mkdirSync(dirname(join(root, STAMP)), { recursive: true });
  before = paths();
  const { files, links } = await install({ root });
  write(STAMP, '');
  const result = await uninstall({ root });
  expect(paths()).toEqual(before);
  expect(result.removed[0]).toBe('/etc/apt/apt.conf.d/80savepoint');
  expect([...result.removed].sort()).toEqual(
    [...files, ...links]
      .map(({ path }) => path)
      .concat(STAMP)
      .sort(),
  );
  expect(result.directories).toContain('/etc/systemd');
  expect(await uninstall({ root })).toMatchObject({ removed: [], directories: [], kept: [], foreign: [] });
});

test('directories that were there stay, and so do those that hold something else', async () => {
  for (const path of ['etc/apt/apt.conf.d', 'etc/systemd/system/timers.target.wants', 'etc/savepoint'])
    mkdirSync(join(root, path), { recursive: true });
  before = paths();
  await install({ root });
  write(`${UNITS}/sysinit.target.wants/other.service`, '');
  await uninstall({ root });
  const other = 'etc/systemd/system/sysinit.target.wants';
  expect(paths()).toEqual([...before, other, `${other}/other.service`].sort());
});

test('whatever is left of an installation goes', async () => {
  const { files, links } = await install({ root });
  for (const { path } of [...files, ...links]) {
    rmSync(join(root, path));
    await uninstall({ root });
    expect(paths().filter((left) => /savepoint-|80savepoint|before-dpkg/.test(left))).toEqual([]);
    await install({ root });
  }
});

test('a file that was edited is kept and named, and all else goes; by force it goes, too', async () => {
  await install({ root });
  appendFileSync(join(root, TIMER), '# slower\n');
  await expect(uninstall({ root })).rejects.toThrow(
    expect.objectContaining({
      code: 'TARGET_CONFLICT',
      message: expect.stringContaining(join(root, TIMER)),
      fields: expect.objectContaining({ kept: [TIMER] }),
    }),
  );
  expect(readdirSync(join(root, UNITS))).toEqual(['savepoint-save.timer']);
  await uninstall({ root, force: true });
  expect(paths()).toEqual(before);
});

test('what somebody else wrote under such a name is let alone, even by force', async () => {
  write(TIMER, '[Timer]\nOnCalendar=daily\n');
  mkdirSync(join(root, UNITS, 'timers.target.wants'));
  symlinkSync(TIMER, join(root, UNITS, 'timers.target.wants/savepoint-save.timer'));
  await install({ root, timer: false });
  const result = await uninstall({ root, force: true });
  expect(result.foreign).toEqual([TIMER]);
  expect(isThere(TIMER)).toBe(true);
  expect(readdirSync(join(root, UNITS, 'timers.target.wants'))).toEqual(['savepoint-save.timer']);
});

test('with --print nothing is changed, and what would go is named', async () => {
  const { files, links } = await install({ root });
  const installed = paths();
  appendFileSync(join(root, TIMER), '# slower\n');
  const { removed, kept, dryRun } = await uninstall({ root, dryRun: true });
  expect(paths()).toEqual(installed);
  expect([dryRun, kept, removed.length]).toEqual([true, [TIMER], files.length + links.length - 1]);
});

test('a directory that a header names is removed only where an installation may have made it', async () => {
  const { sealFile } = await import('#src/install/written-file.js');
  mkdirSync(join(root, 'srv/empty'), { recursive: true });
  write(TIMER, sealFile('[Timer]\n', ['/srv/empty', '/etc/systemd/system']));
  expect((await uninstall({ root })).directories).toEqual(['/etc/systemd/system']);
  expect(isThere('/srv/empty')).toBe(true);
});
