// What a commit of a volume takes, what it costs, and what it refuses.
import * as fs from 'node:fs';
import { join } from 'node:path';
import { Volume } from 'memfs';
import { expect, test, vi } from 'vitest';
import { gc } from '#src/collect.js';
import { componentsOfPaths } from '#src/components.js';
import { diffPoints } from '#src/diff-points.js';
import { listPoints } from '#src/list.js';
import type { PointRecord } from '#src/point-record.js';
import { readPointRecord } from '#src/point-tree.js';
import { findPoint } from '#src/points.js';
import { forgetPoints } from '#src/removed-points.js';
import { restore } from '#src/restore.js';
import { save } from '#src/save.js';
import type { Session } from '#src/session.js';
import { commitVolume } from '#src/view/commit/commit-volume.js';
import { mountPoint, originOf, type PointVolume } from '#src/view/mount-point.js';
import type { OpenViewOptions } from '#src/view/open-view.js';
import {
  changesBetween,
  componentsIn,
  expectSound,
  saveTwoComponents as saveTwo,
} from '../../../fixtures/committed-points.js';
import { describeTree } from '../../../fixtures/describe-tree.js';
import { collect, createSavedTree, type SavedTree } from '../../../fixtures/saved-tree.js';

async function pointRecordOf(session: Session, point: string): Promise<PointRecord> {
  const reader = await session.store.openReader();
  const context = { source: reader, format: session.store.format };
  return readPointRecord(context, await findPoint(session, reader, point));
}

function mount(tree: SavedTree, options: OpenViewOptions = {}): Promise<PointVolume> {
  return mountPoint(tree.session, 'one', options);
}

test('the point of a volume in which nothing changed has the same trees, and nothing is read for it', async () => {
  const tree = await saveTwo();
  const volume = await mount(tree);
  volume.readFileSync('/tree/d/b');
  volume.statSync('/tree/z/y');
  const { reader } = originOf(volume)?.view ?? expect.fail();
  const reads = vi.spyOn(reader, 'read');
  const { newBytes, components } = await commitVolume(tree.session, volume, { name: 'two' });
  expect(reads.mock.calls).toEqual([]);
  expect(components.map(({ name }) => name)).toEqual(['other', 'tree']);
  const [before, after] = [await componentsIn(tree.session, 'one'), await componentsIn(tree.session, 'two')];
  expect([...after]).toEqual([...before]);
  expect(newBytes).toBeLessThan(2000);
});

test('what a commit reads follows what changed, not what there is', async () => {
  const tree = await createSavedTree();
  for (let i = 0; i < 100; i++) for (let j = 0; j < 5; j++) tree.write(`d${i}/e${j}/file`, `${i} ${j}`);
  await tree.save('one');
  const volume = await mount(tree, { component: 'tree' });
  volume.writeFileSync('/d7/e3/new', 'new');
  const { reader } = originOf(volume)?.view ?? expect.fail();
  const reads = vi.spyOn(reader, 'read');
  await commitVolume(tree.session, volume, { name: 'two' });
  expect(reads.mock.calls.length).toBeLessThan(20);
  reads.mockClear();
  volume.renameSync('/d8', '/d7/moved');
  await commitVolume(tree.session, volume, { name: 'three' });
  // Files may have other names: the attributes of each directory are looked through, but no content, and no other tree.
  expect(reads.mock.calls.length).toBeLessThan(2.2 * 600);
  expect(await changesBetween(tree.session, 'two', 'three')).toContain('added tree:d7/moved/e4/file');
  const { record } = (await componentsIn(tree.session, 'three')).get('tree') ?? expect.fail();
  expect(record).toMatchObject({ files: 501, directories: 601 });
});

test('components come, go and get other names; files that are in none are refused', async () => {
  const tree = await saveTwo();
  const volume = await mount(tree);
  volume.renameSync('/tree', '/renamed');
  volume.rmSync('/other', { recursive: true });
  volume.mkdirSync('/added');
  volume.writeFileSync('/added/file', 'new');
  volume.renameSync('/renamed/d', '/added/d');
  await commitVolume(tree.session, volume, { name: 'two' });
  const components = await componentsIn(tree.session, 'two');
  expect([...components.keys()]).toEqual(['added', 'renamed']);
  expect(components.get('added')?.record).toMatchObject({
    origin: '/added',
    files: 3,
    directories: 3,
    bytes: 3 + 7 + 9,
  });
  expect(components.get('renamed')?.record).toMatchObject({ origin: tree.root, files: 2, directories: 2 });
  await expectSound(tree.session);
  volume.writeFileSync('/stray', '');
  await expect(commitVolume(tree.session, volume)).rejects.toMatchObject({
    code: 'TARGET_CONFLICT',
    message: expect.stringContaining('/stray is no directory'),
  });
  volume.unlinkSync('/stray');
  volume.mkdirSync('/a b');
  await expect(commitVolume(tree.session, volume)).rejects.toMatchObject({ code: 'INVALID_NAME' });
  for (const name of ['a b', 'added', 'renamed']) volume.rmSync(`/${name}`, { recursive: true });
  await expect(commitVolume(tree.session, volume)).rejects.toMatchObject({ code: 'USAGE' });
});

test('one component, or a directory as one, is saved alone', async () => {
  const tree = await saveTwo();
  const volume = await mount(tree);
  volume.writeFileSync('/tree/a', 'changed');
  await commitVolume(tree.session, volume, { name: 'two', component: 'tree' });
  expect([...(await componentsIn(tree.session, 'two')).keys()]).toEqual(['tree']);
  expect(await changesBetween(tree.session, 'one', 'two')).toContain('modified tree:a');
  await commitVolume(tree.session, volume, {
    name: 'three',
    component: 'd',
    path: '/tree/d',
    origin: '/srv/d',
  });
  const { record } = (await componentsIn(tree.session, 'three')).get('d') ?? expect.fail();
  expect(record).toMatchObject({ origin: '/srv/d', files: 2, directories: 2, bytes: 16 });
  const to = join(tree.directory, 'restored');
  await restore(tree.session, 'three', { to });
  expect(fs.readFileSync(join(to, 'e/c'), 'utf8')).toBe('of d/e/c\n');
});

test('a volume of another store is refused, unless all of it is read', async () => {
  const [tree, elsewhere] = [await saveTwo(), await createSavedTree('sha1')];
  const volume = await mount(tree);
  volume.writeFileSync('/tree/a', 'changed');
  await expect(commitVolume(elsewhere.session, volume)).rejects.toMatchObject({
    code: 'USAGE',
    message: expect.stringContaining('readAll'),
  });
  await commitVolume(elsewhere.session, volume, { readAll: true, name: 'copied' });
  await commitVolume(tree.session, volume, { name: 'two' });
  const listing = async (session: Session, name: string) =>
    (await collect(diffPoints(session, { before: name, after: name }))).length;
  expect(await listing(elsewhere.session, 'copied')).toBe(0);
  const [there, here] = [join(tree.directory, 'there'), join(tree.directory, 'here')];
  await restore(elsewhere.session, 'copied', { to: there });
  await restore(tree.session, 'two', { to: here });
  expect(describeTree(join(there, 'tree'))).toEqual(describeTree(join(here, 'tree')));
  await expectSound(elsewhere.session);
});

test('what is no longer in the store is stored again', async () => {
  const tree = await saveTwo();
  const volume = await mount(tree);
  tree.remove('d');
  await tree.save('other');
  await forgetPoints(tree.session, ['one']);
  for (let i = 0; i < 2; i++) await gc(tree.session, { graceMs: 0 });
  await commitVolume(tree.session, volume, { name: 'again' });
  await expectSound(tree.session);
  const to = join(tree.directory, 'restored');
  await restore(tree.session, 'again', { to });
  expect(fs.readFileSync(join(to, 'tree/d/e/c'), 'utf8')).toBe('of d/e/c\n');
});

test('a component of named files has those that came, too', async () => {
  const tree = await createSavedTree();
  for (const name of ['a', 'b', 'c']) tree.write(name, name);
  const named = componentsOfPaths(['a', 'b'].map((name) => join(tree.root, name)));
  await save(tree.session, named, { name: 'one' });
  const volume = await mount(tree);
  volume.writeFileSync('/a/new', 'new');
  await commitVolume(tree.session, volume, { name: 'two' });
  expect((await componentsIn(tree.session, 'two')).get('a')?.record.only).toEqual(['a', 'b', 'new']);
  expect(await changesBetween(tree.session, 'one', 'two')).toEqual(['added a:new']);
});

test('a point that lacks files leads to one that lacks them, and says so', async () => {
  const tree = await saveTwo();
  const problem = { component: 'tree', path: '/x', code: 'PERMISSION_DENIED', message: 'no' };
  const volume = await mount(tree);
  const origin = originOf(volume) ?? expect.fail();
  Object.assign(origin.point, { complete: false });
  const { reader } = origin.view;
  const read = reader.read.bind(reader);
  vi.spyOn(reader, 'read').mockImplementation((id) => {
    const object = read(id);
    const text = Buffer.from(object.content).toString();
    if (!text.includes('"problemCount"')) return object;
    const record = { ...JSON.parse(text), problems: [problem], problemCount: 1, complete: false };
    return { ...object, content: Buffer.from(JSON.stringify(record)) };
  });
  const { point } = await commitVolume(tree.session, volume, { name: 'two' });
  expect(point.complete).toBe(false);
  expect((await pointRecordOf(tree.session, 'two')).problems).toEqual([problem]);
});

test('bad input is refused, and there is no point then', async () => {
  const tree = await saveTwo();
  const { session } = tree;
  const plain = Volume.fromJSON({ '/d/file': 'x', '/c': 'y' });
  const refusals: [Parameters<typeof commitVolume>[2], object][] = [
    [{}, { code: 'USAGE', message: expect.stringContaining('component') }],
    [{ component: 'x', path: '/nothing' }, { code: 'PATH_NOT_FOUND' }],
    [{ component: 'x', path: '/c' }, { code: 'TARGET_CONFLICT' }],
    [{ component: 'x/y' }, { code: 'INVALID_NAME' }],
    [{ component: 'savepoint.json' }, { code: 'INVALID_NAME' }],
    [{ component: 'x', origin: 'relative' }, { code: 'USAGE' }],
    [{ component: 'x', name: 'one' }, { code: 'NAME_TAKEN' }],
    [{ component: 'x', name: 'live' }, { code: 'INVALID_NAME' }],
    [{ component: 'x', signal: AbortSignal.abort() }, { code: 'ABORTED' }],
  ];
  for (const [options, error] of refusals)
    await expect(commitVolume(session, plain, options)).rejects.toMatchObject(error);
  plain.writeFileSync(`/d/${'x'.repeat(256)}`, '');
  await expect(commitVolume(session, plain, { component: 'x' })).rejects.toMatchObject({
    code: 'INVALID_NAME',
  });
  plain.unlinkSync(`/d/${'x'.repeat(256)}`);
  plain.writeFileSync('/d/\ud800', '');
  await expect(commitVolume(session, plain, { component: 'x' })).rejects.toMatchObject({
    code: 'INVALID_NAME',
  });
  const volume = await mount(tree);
  volume.unmount();
  await expect(commitVolume(session, volume)).rejects.toMatchObject({ code: 'USAGE' });
  expect((await listPoints(session)).map(({ name }) => name)).toEqual(['one']);
});
