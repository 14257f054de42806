// A point as node:fs: what is in it, and what becomes of it without its store.
import { readFileSync, statSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import git from 'isomorphic-git';
import { expect, onTestFinished, test } from 'vitest';
import { mountPoint } from '#src/view/mount-point.js';
import { openPointFs, type PointFs } from '#src/view/open-point-fs.js';
import type { OpenViewOptions } from '#src/view/open-view.js';
import { runTool } from '../../fixtures/run-tool.js';
import { createSavedTree, type SavedTree } from '../../fixtures/saved-tree.js';
import { createRandom } from '../../fixtures/seeded-random.js';

async function open(tree: SavedTree, options: OpenViewOptions = {}): Promise<PointFs> {
  const fs = await openPointFs(tree.session, 'latest', options);
  onTestFinished(() => fs.unmount());
  return fs;
}

test('has each component in a directory of its name, or one alone', async () => {
  const tree = await createSavedTree();
  tree.write('etc/hosts', 'here\n');
  tree.write('srv/app', 'there\n');
  await tree.save('one', [join(tree.root, 'etc'), join(tree.root, 'srv')]);
  const all = await open(tree);
  expect(all.readdirSync('/')).toEqual(['etc', 'srv']);
  expect(all.readFileSync('/etc/hosts', 'utf8')).toBe('here\n');
  expect(all.readFileSync('srv/app', 'utf8')).toBe('there\n');
  expect(all.point.name).toBe('one');
  const alone = await open(tree, { component: 'srv' });
  expect(alone.readdirSync('/')).toEqual(['app']);
});

test('has names that are not UTF-8, as lone surrogates and as bytes', async () => {
  const tree = await createSavedTree();
  const bytes = Buffer.from([0x62, 0xff, 0xc3]);
  writeFileSync(Buffer.concat([Buffer.from(`${tree.root}/`), bytes]), 'odd');
  tree.write('é', 'even');
  await tree.save('one');
  const fs = await open(tree, { component: 'tree' });
  expect(fs.readdirSync('/', 'buffer')).toEqual([bytes, Buffer.from('é')]);
  expect(fs.readdirSync('/')).toEqual(['b\udcff\udcc3', 'é']);
  expect(fs.readFileSync('/b\udcff\udcc3', 'utf8')).toBe('odd');
  expect(fs.readFileSync(Buffer.concat([Buffer.from('/'), bytes]), 'utf8')).toBe('odd');
  expect(fs.readFileSync(new URL('file:///%C3%A9'), 'utf8')).toBe('even');
  const [first] = fs.readdirSync('/', { withFileTypes: true, encoding: 'buffer' });
  expect(first.name).toEqual(bytes);
});

test('follows links within the point alone: an absolute one starts at its root, and nothing leads out', async () => {
  const tree = await createSavedTree();
  tree.write('a', 'inside');
  symlinkSync('/tree/a', join(tree.root, 'absolute'));
  symlinkSync('/etc/passwd', join(tree.root, 'outside'));
  symlinkSync('../../../../tree/a', join(tree.root, 'up'));
  await tree.save('one');
  const fs = await open(tree);
  expect(fs.readFileSync('/tree/absolute', 'utf8')).toBe('inside');
  expect(fs.readFileSync('/tree/up', 'utf8')).toBe('inside');
  expect(fs.existsSync('/tree/outside')).toBe(false);
});

test('ends in EIO after it was unmounted, twice too, or its store was closed', async () => {
  const tree = await createSavedTree();
  tree.write('a', 'a');
  await tree.save('one');
  const fs = await open(tree);
  expect(fs.readFileSync('/tree/a', 'utf8')).toBe('a');
  fs.unmount();
  fs.unmount();
  expect(() => fs.readFileSync('/tree/a')).toThrow(
    expect.objectContaining({ code: 'EIO', cause: expect.objectContaining({ code: 'USAGE' }) }),
  );
  await expect(fs.promises.stat('/tree/a')).rejects.toMatchObject({ code: 'EIO' });
  const other = await open(tree);
  await tree.session.close();
  expect(() => other.readFileSync('/tree/a')).toThrow(expect.objectContaining({ code: 'EIO' }));
});

test('ends in EIO where the store is damaged, and the cause says where', async () => {
  const tree = await createSavedTree();
  tree.write('small', 'small\n');
  tree.write('large', createRandom(1).bytes(2 << 20));
  await tree.save('one');
  const largest = tree.stored('packs').sort((left, right) => statSync(right).size - statSync(left).size)[0];
  const bytes = readFileSync(largest);
  bytes[bytes.length >> 1] ^= 1;
  writeFileSync(largest, bytes);
  const fs = await open(tree);
  await expect(fs.promises.readFile('/tree/large')).rejects.toMatchObject({
    ...{ code: 'EIO', syscall: 'read', path: '/tree/large' },
    cause: expect.objectContaining({
      code: 'BLOCK_CORRUPT',
      message: expect.stringMatching(/^packs\/[0-9a-f]{32}\.pack at byte \d+: /),
    }),
  });
  expect(fs.readFileSync('/tree/small', 'utf8')).toBe('small\n');
  for (const pack of tree.stored('packs')) truncateSync(pack, 40);
  expect(() => fs.readFileSync('/tree/large')).toThrow(expect.objectContaining({ code: 'EIO' }));
});

test('isomorphic-git reads a repository that was saved with its files', async () => {
  const tree = await createSavedTree();
  const run = (...args: string[]) => runTool('git', ['-C', tree.root, ...args]);
  run('init', '-q', '-b', 'main');
  run('config', 'user.name', 'somebody');
  run('config', 'user.email', 'somebody@host');
  for (const round of ['first', 'second']) {
    tree.write('src/a', `${round}\n`);
    tree.write(`src/of-${round}`, round);
    run('add', '-A');
    run('commit', '-q', '-m', round);
  }
  // Packed, and with a change that is not committed.
  run('gc', '-q');
  tree.write('src/a', 'changed, and longer\n');
  await tree.save('one');
  const fs = await open(tree);
  const repository = { fs, dir: '/tree' };
  const log = await git.log(repository);
  expect(log.map(({ commit }) => commit.message)).toEqual(['second\n', 'first\n']);
  const { blob } = await git.readBlob({ ...repository, oid: log[1].oid, filepath: 'src/a' });
  expect(Buffer.from(blob).toString()).toBe('first\n');
  const trees = [git.TREE({ ref: 'HEAD' })];
  const paths: string[] = await git.walk({ ...repository, trees, map: async (path) => path });
  expect(paths.sort()).toEqual(['.', 'src', 'src/a', 'src/of-first', 'src/of-second']);
  // To tell what has changed, it writes its index: that takes a volume.
  await expect(git.statusMatrix(repository)).rejects.toMatchObject({ code: 'EROFS' });
  const volume = await mountPoint(tree.session, 'one');
  onTestFinished(() => volume.unmount());
  const statuses = await git.statusMatrix({ fs: volume, dir: '/tree' });
  expect(statuses.filter(([, head, work]) => head !== work).map(([path]) => path)).toEqual(['src/a']);
});
