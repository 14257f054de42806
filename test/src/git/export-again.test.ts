// Exports into a repository that others have been at, or that points have gone from since: what is kept, moved, removed, refused.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { exportPoints, type GitExport } from '#src/git/export-points.js';
import { listPoints } from '#src/list.js';
import { forgetPoints } from '#src/removed-points.js';
import type { ObjectId } from '#store/object-id.js';
import { createExportScene, type ExportScene } from '../../fixtures/export-scene.js';
import { createSavedTree } from '../../fixtures/saved-tree.js';
import { createRandom } from '../../fixtures/seeded-random.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';

const tagsOf = ({ git }: ExportScene) =>
  git
    .run('tag')
    .split('\n')
    .filter((tag) => tag !== '');
const logOf = ({ git }: ExportScene) =>
  git.run('log', '--format=%D', '--decorate-refs=refs/tags/', 'points').replaceAll('tag: ', '').split('\n');
const idsOf = ({ points }: GitExport) => points.map(({ id, tagId }) => [id, tagId]);

it('tags of points that are gone go, and what others build on stays in the history', async () => {
  const scene = await createExportScene();
  await scene.take('one', 'two', 'three');
  await scene.export();
  await forgetPoints(scene.session, ['two']);
  await scene.take('four');
  const result = await scene.export();
  expect(result.removed).toEqual(['two']);
  expect(result.points.map(({ name, outcome }) => [name, outcome])).toEqual([
    ['one', 'present'],
    ['three', 'present'],
    ['four', 'added'],
  ]);
  expect(tagsOf(scene)).toEqual(['four', 'one', 'three']);
  expect(logOf(scene)).toEqual(['four', 'three', '', 'one']);
  // All ids are those of the store, as each commit has what it had before it.
  for (const [id, tagId] of idsOf(result)) expect(tagId).toBe(id);

  await forgetPoints(scene.session, ['four', 'three']);
  expect(await scene.export()).toMatchObject({ removed: ['three', 'four'], objects: 0 });
  expect(logOf(scene)).toEqual(['one']);
  await forgetPoints(scene.session, ['one']);
  const empty = await scene.export();
  expect(empty).toMatchObject({ removed: ['one'], points: [] });
  expect(empty.head).toBe(undefined);
  expect(scene.git.run('for-each-ref')).toBe('');
});

it('where a point is gone before it was exported, the next one follows the one before it', async () => {
  const scene = await createExportScene();
  await scene.take('one', 'two', 'three', 'four');
  await forgetPoints(scene.session, ['two']);
  const result = await scene.export();
  expect(logOf(scene)).toEqual(['four', 'three', 'one']);
  const [one, three] = idsOf(result);
  expect(one[1]).toBe(one[0]);
  expect(three[1]).not.toBe(three[0]);
  // Trees are what they are in the store.
  const trees = (await listPoints(scene.session)).map(({ tree }) => tree);
  expect(scene.git.run('log', '--reverse', '--format=%T', 'points').split('\n')).toEqual(trees);
});

it('a point that comes late follows what it followed, though that is in the history only', async () => {
  const scene = await createExportScene();
  await scene.take('one', 'two', 'three', 'four');
  await scene.export({ points: ['one', 'two', 'four'] });
  await forgetPoints(scene.session, ['two']);
  scene.git.run('tag', '-d', 'two');
  const { points, removed } = await scene.export();
  expect(removed).toEqual([]);
  expect(points.map(({ name, outcome }) => [name, outcome])).toEqual([
    ['one', 'present'],
    ['three', 'added'],
    ['four', 'present'],
  ]);
  expect(points[1].tagId).toBe(points[1].id);
  expect(scene.git.run('rev-list', '--count', 'three')).toBe('3');
});

it('what was escaped stays so in points in which it has not changed', async () => {
  const scene = await createExportScene();
  scene.write('deep/down/.git/config', '[core]\n');
  for (const name of ['one', 'two', 'three']) {
    await scene.take(name);
    await scene.export();
    expect([...scene.git.list(`${name}:tree/files/deep`).keys()]).toEqual(['down/%savepoint%.git/config']);
  }
});

it('points that are named are added to those that are there, and none is removed', async () => {
  const scene = await createExportScene('sha256');
  await scene.take('one', 'two', 'three');
  const first = await scene.export({ points: ['three', 'one'] });
  expect(first.points.map(({ name }) => name)).toEqual(['one', 'three']);
  expect(logOf(scene)).toEqual(['three', 'one']);
  await forgetPoints(scene.session, ['one']);
  const second = await scene.export({ points: ['two'] });
  expect(second).toMatchObject({
    removed: [],
    points: [{ name: 'two', outcome: 'added' }],
    head: first.head,
  });
  expect(tagsOf(scene)).toEqual(['one', 'three', 'two']);
  expect(logOf(scene)).toEqual(['three', 'one']);
  await expect(scene.export({ points: ['four'] })).rejects.toMatchObject({ code: 'POINT_NOT_FOUND' });
});

it('a point with the name of one that is gone takes its tag', async () => {
  const scene = await createExportScene();
  await scene.take('one', 'two');
  await scene.export();
  const before = scene.git.run('rev-parse', 'two');
  await forgetPoints(scene.session, ['two']);
  await scene.session.store.refs.update([
    { name: 'points/two', expected: before as ObjectId, value: undefined },
  ]);
  await scene.take('two');
  const result = await scene.export({ points: ['two'] });
  expect(scene.git.run('rev-parse', 'two')).toBe(result.points[0].tagId);
  expect(result.points[0].tagId).not.toBe(before);
});

it('a tag moves where another point comes to stand above it', async () => {
  const scene = await createExportScene();
  await scene.take('a/b', 'c');
  await scene.export();
  await scene.take('a');
  expect(await scene.export()).toMatchObject({ objects: expect.any(Number), removed: [] });
  expect(tagsOf(scene)).toEqual(['a', 'a%2Fb', 'c']);
  await forgetPoints(scene.session, ['a']);
  await scene.export();
  expect(tagsOf(scene)).toEqual(['a/b', 'c']);
});

it('refs of others stay, and where one is in the way nothing changes', async () => {
  const scene = await createExportScene();
  const { git } = scene;
  await scene.take('one');
  await scene.export();
  git.run('tag', 'theirs', 'one');
  git.run('branch', 'work', 'points');
  await scene.take('two');
  await scene.export();
  expect(tagsOf(scene)).toEqual(['one', 'theirs', 'two']);

  await scene.take('theirs');
  const refs = git.run('for-each-ref');
  const packs = scene.packs();
  await expect(scene.export()).rejects.toMatchObject({
    code: 'TARGET_CONFLICT',
    fields: { ref: 'refs/tags/theirs' },
  });
  git.run('update-ref', '-d', 'refs/tags/theirs');
  git.run('tag', 'theirs/below', 'one');
  await expect(scene.export()).rejects.toMatchObject({ code: 'TARGET_CONFLICT' });
  git.run('tag', '-d', 'theirs/below');
  const theirs = ['-c', 'user.name=x', '-c', 'user.email=x', 'commit-tree', '-m', 'x', 'one^{tree}'];
  git.run('branch', '--force', 'points', git.run(...theirs));
  await expect(scene.export()).rejects.toMatchObject({
    code: 'TARGET_CONFLICT',
    fields: { ref: 'refs/heads/points' },
  });
  expect(scene.packs()).toEqual(packs);
  git.run('branch', '--force', 'points', 'two');
  git.run('tag', 'theirs', 'one');
  expect(git.run('for-each-ref')).toBe(refs);
  git.run('tag', '-d', 'theirs');
  expect((await scene.export()).points).toHaveLength(3);
});

it('what git has packed anew, or thrown away, is found, or written again', async () => {
  const scene = await createExportScene();
  const { git, target } = scene;
  await scene.take('one', 'two');
  await scene.export();
  git.run('gc', '--quiet', '--aggressive', '--prune=now');
  await scene.take('three');
  const third = await scene.export();
  expect(third.objects).toBeLessThan(12);
  git.run('tag', '-d', 'one', 'two', 'three');
  git.run('update-ref', '-d', 'refs/heads/points');
  git.run('gc', '--quiet', '--prune=now');
  const again = await scene.export();
  expect(again.points.map(({ outcome }) => outcome)).toEqual(['added', 'added', 'added']);
  expect(again.head).toBe(third.head);
  expect(target).toBe(again.directory);
});

it.each(['ids', 'export.json'])('goes on without %s, and writes nothing twice', async (name) => {
  const scene = await createExportScene('sha256');
  await scene.take('one', 'two');
  const options = { objectFormat: 'sha1' } as const;
  const before = await scene.export(options);
  rmSync(join(scene.target, 'savepoint', name));
  if (name === 'export.json') scene.git.run('update-ref', '-d', 'refs/heads/points');
  await scene.take('three');
  const { points, objects } = await scene.export(options);
  expect(points.slice(0, 2).map(({ tagId }) => tagId)).toEqual(before.points.map(({ tagId }) => tagId));
  expect(objects).toBeLessThan(12);
  expect(scene.git.run('rev-list', '--objects', '--all').split('\n').length).toBe(
    Number(/^in-pack: (\d+)$/m.exec(scene.git.run('count-objects', '-v'))?.[1]),
  );
});

it('a repository has the points of one store', async () => {
  const [scene, other] = [await createExportScene(), await createExportScene()];
  await scene.take('one');
  await scene.export();
  await other.take('two');
  const exporting = exportPoints(other.session, scene.target);
  await expect(exporting).rejects.toMatchObject({ code: 'TARGET_CONFLICT' });
  writeFileSync(join(scene.target, 'savepoint/export.json'), '{"format":2}');
  await expect(scene.export()).rejects.toMatchObject({ code: 'TARGET_CONFLICT' });
});

it('an export that is stopped, or finds damage, leaves the repository as it was', async () => {
  const scene = await createExportScene();
  await scene.take('one');
  await scene.export();
  const packs = scene.stored('packs');
  await scene.take('two');
  const before = scene.git.run('for-each-ref');
  const counts = scene.git.run('count-objects', '-v');
  const stopping = new AbortController();
  stopping.abort();
  await expect(scene.export({ signal: stopping.signal })).rejects.toMatchObject({ code: 'ABORTED' });
  for (const pack of scene.stored('packs')) {
    if (packs.includes(pack)) continue;
    const bytes = readFileSync(pack);
    bytes[bytes.length >> 2] ^= 1;
    writeFileSync(pack, bytes);
  }
  await expect(scene.export()).rejects.toMatchObject({
    code: 'BLOCK_CORRUPT',
    message: expect.stringMatching(/^packs\/.* at byte \d+: /),
    fields: { pack: expect.stringMatching(/^[0-9a-f]+$/), offset: expect.any(Number) },
  });
  expect(scene.git.run('for-each-ref')).toBe(before);
  expect(scene.git.run('count-objects', '-v')).toBe(counts);
});

it.each([
  ['large contents', 3 << 20],
  ['many small ones', 60_000],
])(
  'where the disk is full that is said, and nothing is left but what the next export needs (%s)',
  async (_, bytes) => {
    const tree = await createSavedTree();
    for (let number = 0; number < 40; number++)
      if (number === 0 || bytes < 1 << 20) tree.write(`file-${number}`, createRandom(number).bytes(bytes));
    await tree.save('one');
    const full = createTemporaryDirectory({ tmpfsSizeBytes: 1 << 20 });
    const target = join(full, 'points.git');
    const expected = { code: 'STORAGE_FULL', fields: { location: target } };
    await expect(exportPoints(tree.session, target)).rejects.toMatchObject(expected);
    expect(readdirSync(join(target, 'savepoint/unfinished'))).toEqual([]);
    expect(readdirSync(join(target, 'objects/pack'))).toEqual([]);
  },
);
