// What a volume tells of its changes.
import { Volume } from 'memfs';
import { expect, test, vi } from 'vitest';
import { commitVolume } from '#src/view/commit/commit-volume.js';
import { diffVolume } from '#src/view/commit/diff-volume.js';
import { mountPoint, originOf } from '#src/view/mount-point.js';
import { collect, createSavedTree } from '../../../fixtures/saved-tree.js';

async function saved() {
  const tree = await createSavedTree();
  for (let i = 0; i < 50; i++) tree.write(`many/${i}/file`, `${i}`);
  tree.write('d/text', 'one\ntwo\nthree\nfour\n');
  await tree.save('one');
  return { tree, volume: await mountPoint(tree.session, 'one', { component: 'tree' }) };
}

test('changes are told as those of two points, and no more is read than what changed', async () => {
  const { tree, volume } = await saved();
  expect(await collect(diffVolume(tree.session, volume))).toEqual([]);
  volume.writeFileSync('/d/new', 'new');
  volume.chmodSync('/many/7/file', 0o600);
  volume.rmSync('/many/9', { recursive: true });
  const { reader } = originOf(volume)?.view ?? expect.fail();
  const reads = vi.spyOn(reader, 'readRange');
  const changes = await collect(diffVolume(tree.session, volume));
  expect(reads.mock.calls).toEqual([]);
  const told = changes.map(({ kind, path }) => `${kind} ${path}`);
  expect(told).toEqual([
    ...['attributes d', 'added d/new', 'attributes many', 'attributes many/7/file'],
    ...['removed many/9', 'removed many/9/file'],
  ]);
  expect(changes[1]).toMatchObject({
    ...{ component: 'tree', livePath: `${tree.root}/d/new`, after: { type: 'file', sizeBytes: 3 } },
  });
  expect(changes[3]).toMatchObject({ before: { mode: 0o644 }, after: { mode: 0o600 } });
});

test('paths limit what is told, and renamed files are found by what is in them', async () => {
  const { tree, volume } = await saved();
  volume.renameSync('/d/text', '/d/moved');
  volume.appendFileSync('/d/moved', 'five\n');
  volume.writeFileSync('/many/1/file', 'changed');
  const diff = (options: Parameters<typeof diffVolume>[2]) =>
    collect(diffVolume(tree.session, volume, options));
  const some = await diff({ paths: ['tree:many'] });
  expect(some.map(({ path }) => path)).toEqual(['many/1/file']);
  const [, renamed] = await diff({ paths: [`${tree.root}/d`], renames: {} });
  expect(renamed).toMatchObject({ kind: 'renamed', oldPath: 'd/text', path: 'd/moved' });
  await expect(diff({ paths: ['tree:nothing'] })).rejects.toMatchObject({ code: 'PATH_NOT_FOUND' });
});

test('a commit changes nothing of the volume, nor of what it came from', async () => {
  const { tree, volume } = await saved();
  volume.writeFileSync('/d/new', 'new');
  const before = await collect(diffVolume(tree.session, volume));
  await commitVolume(tree.session, volume, { name: 'two' });
  expect(await collect(diffVolume(tree.session, volume))).toEqual(before);
});

test('volumes that have no point here are refused', async () => {
  const { volume } = await saved();
  const { session } = await createSavedTree();
  for (const each of [volume, new Volume()])
    await expect(collect(diffVolume(session, each))).rejects.toMatchObject({ code: 'USAGE' });
});
