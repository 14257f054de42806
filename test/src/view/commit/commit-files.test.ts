// Files of volumes on their way into a point: what they have besides names and contents goes along.
import * as fs from 'node:fs';
import { join } from 'node:path';
import { Volume } from 'memfs';
import { expect, test } from 'vitest';
import { restore } from '#src/restore.js';
import { commitVolume } from '#src/view/commit/commit-volume.js';
import { mountPoint } from '#src/view/mount-point.js';
import { changesBetween, expectSound } from '../../../fixtures/committed-points.js';
import { pathsBelow } from '../../../fixtures/paths-below.js';
import { runTool } from '../../../fixtures/run-tool.js';
import { createSavedTree } from '../../../fixtures/saved-tree.js';

const IS_ROOT = process.getuid?.() === 0;

test('a plain volume is saved, with empty directories, links, bytes and odd names', async () => {
  const tree = await createSavedTree();
  const volume = new Volume();
  const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, at) => at % 256));
  volume.mkdirSync('/app/empty', { recursive: true });
  volume.mkdirSync('/app/.git');
  volume.writeFileSync('/app/.git/config', 'x');
  volume.writeFileSync('/app/bytes', bytes);
  volume.writeFileSync('/app/run', '#!/bin/sh\n', { mode: 0o750 });
  volume.writeFileSync('/app/large', Buffer.alloc(3 << 20, 'large '));
  volume.writeFileSync('/app/ü \n"q', 'odd');
  volume.writeFileSync('/app/not-utf8-\udcff', 'byte');
  volume.symlinkSync('nowhere', '/app/link');
  volume.linkSync('/app/bytes', '/app/.git/same');
  volume.utimesSync('/app/run', 5, 1_234_567_890.123);
  volume.writeFileSync('/outside', 'not saved');
  const { components, point } = await commitVolume(tree.session, volume, {
    ...{ component: 'app', path: '/app', name: 'from-memory', message: 'why', tags: { of: 'test' } },
  });
  expect(point).toMatchObject({ name: 'from-memory', message: 'why', tags: { of: 'test' }, complete: true });
  const { files, bytes: size } = components[0];
  expect({ files, size }).toEqual({ files: 8, size: 70_000 + 10 + (3 << 20) + 1 + 3 + 4 });
  const to = join(tree.directory, 'restored');
  await restore(tree.session, 'from-memory', { to });
  const names = ['.git', '.git/config', '.git/same', 'bytes', 'empty', 'large', 'link', 'run'];
  expect([...new Set(pathsBelow(to).known)].sort()).toEqual([...names, 'not-utf8-\udcff', 'ü \n"q'].sort());
  const at = (path: string) => join(to, path);
  expect(Buffer.compare(fs.readFileSync(at('.git/same')), bytes)).toBe(0);
  expect(fs.statSync(at('bytes')).ino).toBe(fs.statSync(at('.git/same')).ino);
  expect(fs.readlinkSync(at('link'))).toBe('nowhere');
  expect(fs.readFileSync(at('large'))).toHaveLength(3 << 20);
  expect(fs.readFileSync(Buffer.from([...Buffer.from(at('not-utf8-')), 0xff]), 'utf8')).toBe('byte');
  const { mode, mtimeMs } = fs.statSync(at('run'));
  expect([mode & 0o7777, mtimeMs]).toEqual([0o750, 1_234_567_890_123]);
  await expectSound(tree.session);
});

test('a directory whose files have names outside of it is saved with files of their own', async () => {
  const tree = await createSavedTree();
  tree.write('a', 'linked');
  for (const path of ['d/b', 'd/e/c']) {
    fs.mkdirSync(join(tree.root, 'd/e'), { recursive: true });
    fs.linkSync(join(tree.root, 'a'), join(tree.root, path));
  }
  await tree.save('one');
  const volume = await mountPoint(tree.session, 'one', { component: 'tree' });
  await commitVolume(tree.session, volume, { name: 'two', component: 'd', path: '/d' });
  const to = join(tree.directory, 'restored');
  await restore(tree.session, 'two', { to });
  const [b, c] = ['b', 'e/c'].map((path) => fs.statSync(join(to, path)));
  expect([b.nlink, c.ino]).toEqual([2, b.ino]);
  expect(fs.readFileSync(join(to, 'b'), 'utf8')).toBe('linked');
  await expectSound(tree.session);
});

test('names of a file that nobody looked at follow what becomes of the others', async () => {
  const tree = await createSavedTree();
  tree.write('a', 'linked');
  tree.write('x/far/away', '');
  for (const path of ['x/far/b', 'x/c']) fs.linkSync(join(tree.root, 'a'), join(tree.root, path));
  await tree.save('one');
  const volume = await mountPoint(tree.session, 'one', { component: 'tree' });
  volume.writeFileSync('/a', 'changed');
  volume.unlinkSync('/a');
  volume.mkdirSync('/0');
  volume.renameSync('/x/far', '/0/far');
  await commitVolume(tree.session, volume, { name: 'two' });
  const to = join(tree.directory, 'restored');
  await restore(tree.session, 'two', { to });
  const [b, c] = ['0/far/b', 'x/c'].map((path) => fs.statSync(join(to, path)));
  expect([b.nlink, c.ino]).toEqual([2, b.ino]);
  expect(fs.readFileSync(join(to, 'x/c'), 'utf8')).toBe('changed');
});

test.skipIf(!IS_ROOT)('access lists follow chmod, and capabilities end with the content', async () => {
  const tree = await createSavedTree();
  for (const name of ['listed', 'capable', 'kept', 'given']) tree.write(name, name);
  const at = (name: string) => join(tree.root, name);
  runTool('setfacl', ['-m', 'u:1234:rwx,g:77:r-x', at('listed')]);
  for (const name of ['capable', 'kept', 'given']) runTool('setcap', ['cap_net_raw+ep', at(name)]);
  await tree.save('one');
  const volume = await mountPoint(tree.session, 'one', { component: 'tree' });
  for (const [place, path] of [
    [fs, at],
    [volume, (name: string) => `/${name}`],
  ] as const) {
    place.chmodSync(path('listed'), 0o640);
    place.writeFileSync(path('capable'), 'other');
    place.chmodSync(path('kept'), 0o700);
    place.chownSync(path('given'), 0, 0);
    for (const name of ['listed', 'capable', 'kept', 'given']) place.utimesSync(path(name), 9, 9);
    place.utimesSync(path(''), 9, 9);
  }
  await tree.save('two');
  await commitVolume(tree.session, volume, { name: 'three' });
  expect(await changesBetween(tree.session, 'one', 'three')).toHaveLength(5);
  expect(await changesBetween(tree.session, 'two', 'three')).toEqual([]);
});

test('times and links that no disk has are refused, and named', async () => {
  const { session } = await createSavedTree();
  const commitWith = (change: (volume: Volume) => void) => {
    const volume = Volume.fromJSON({ '/d/file': 'x' });
    change(volume);
    return commitVolume(session, volume, { component: 'app' });
  };
  const timeless = commitWith((volume) => volume.utimesSync('/d/file', 1e13, 1e13));
  await expect(timeless).rejects.toMatchObject({ code: 'UNSUPPORTED', fields: { path: 'd/file' } });
  const endless = commitWith((volume) => volume.symlinkSync('x'.repeat(4096), '/d/link'));
  await expect(endless).rejects.toMatchObject({ code: 'INVALID_NAME', fields: { path: 'd/link' } });
  await commitWith((volume) => volume.symlinkSync('x'.repeat(4095), '/d/link'));
});

test('a file is saved that is as deep as a path can be', async () => {
  const { session } = await createSavedTree();
  const volume = new Volume();
  const directory = '/d'.repeat(2000);
  volume.mkdirSync(directory, { recursive: true });
  volume.writeFileSync(`${directory}/file`, 'deep');
  await commitVolume(session, volume, { component: 'app', name: 'one' });
  const mounted = await mountPoint(session, 'one');
  mounted.writeFileSync(`/app${directory}/other`, 'deeper');
  const { point } = await commitVolume(session, mounted);
  mounted.unmount();
  expect([point.files, point.bytes]).toEqual([2, 10]);
});
