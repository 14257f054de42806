// What is shown of a point and of its files.
import {
  chmodSync,
  linkSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { showPath, showPoint } from '#src/show.js';
import { makePlainTree } from '../fixtures/make-plain-tree.js';
import { runTool } from '../fixtures/run-tool.js';
import { createSavedTree, type SavedTree } from '../fixtures/saved-tree.js';

function gitTree(directory: string, format: string): string {
  const git = (...args: string[]) => runTool('git', args, { cwd: directory }).toString().trim();
  git('init', '--quiet', `--object-format=${format}`);
  git('add', '--all', '--force', '.');
  return git('write-tree');
}

const shown = async (tree: SavedTree, path: string) =>
  showPath(tree.session, { point: 'point', path: `tree:${path}` });

test.each(['sha256', 'sha1'] as const)(
  'the tree of a component is what git calls it (%s)',
  async (format) => {
    const tree = await createSavedTree(format);
    makePlainTree(tree.root, { seed: 7, files: 150 });
    await tree.save('point');
    const { components } = await showPoint(tree.session, 'point');
    expect(components.map(({ name, tree }) => [name, tree])).toEqual([['tree', gitTree(tree.root, format)]]);
  },
);

test('a point is shown with its record and its components', async () => {
  const tree = await createSavedTree();
  tree.write('directory/file', 'content');
  mkdirSync(join(tree.directory, 'other'));
  const { point, components } = await tree.save('point', [tree.root, join(tree.directory, 'other')]);
  const details = await showPoint(tree.session, 'latest');
  expect(details.point).toEqual(point);
  expect(details.record).toMatchObject({ format: 1, host: hostname(), complete: true, problemCount: 0 });
  expect(details.components.map(({ name }) => name)).toEqual(['other', 'tree']);
  expect(details.components[1]).toMatchObject({
    ...{ name: 'tree', origin: tree.root, kind: 'files', files: 1, bytes: 7 },
    ...{ tree: components[0].tree, attributes: components[0].attributes },
  });
});

test('a file is shown with all that is known of it', async () => {
  const tree = await createSavedTree();
  tree.write('directory/file', 'some content');
  const path = join(tree.root, 'directory/file');
  chmodSync(path, 0o4750);
  runTool('chown', ['0:4242', path]);
  runTool('setfattr', ['-n', 'user.note', '-v', 'kept', path]);
  chmodSync(path, 0o4750);
  runTool('touch', ['--date=1969-12-31T23:59:58.123456789Z', path]);
  const { point } = await tree.save('point');
  expect(await showPath(tree.session, { point: 'latest', path })).toEqual({
    ...{ point, component: 'tree', path: 'directory/file', livePath: path },
    state: {
      ...{ type: 'file', mode: 0o4750, userId: 0, user: 'root', groupId: 4242 },
      modified: '1969-12-31T23:59:58.123456789Z',
      sizeBytes: 12,
      id: runTool('git', ['hash-object', path], { cwd: sha256Repository(tree) })
        .toString()
        .trim(),
      xattrs: { 'user.note': Buffer.from('kept').toString('base64') },
    },
  });
});

function sha256Repository(tree: SavedTree): string {
  const repository = join(tree.directory, 'repository');
  runTool('git', ['init', '--quiet', '--object-format=sha256', repository]);
  return repository;
}

test('each kind of file is shown by what makes it one', async () => {
  const tree = await createSavedTree();
  tree.write('file', 'linked');
  linkSync(join(tree.root, 'file'), join(tree.root, 'hard link'));
  symlinkSync('to/nowhere', join(tree.root, 'symlink'));
  runTool('mkfifo', [join(tree.root, 'fifo')]);
  runTool('mknod', [join(tree.root, 'disk'), 'b', '8', '300']);
  runTool('mknod', [join(tree.root, 'null'), 'c', '1', '3']);
  tree.write('sparse', 'x');
  truncateSync(join(tree.root, 'sparse'), 3 << 20);
  await tree.save('point');
  const state = async (path: string) => (await shown(tree, path)).state;
  expect(await state('hard link')).toMatchObject({ type: 'file', link: 'file', sizeBytes: 6 });
  expect(await state('file')).not.toHaveProperty('link');
  expect(await state('symlink')).toMatchObject({ type: 'symlink', target: 'to/nowhere', sizeBytes: 10 });
  expect(await state('fifo')).toMatchObject({ type: 'fifo' });
  expect(await state('fifo')).not.toHaveProperty('sizeBytes');
  expect(await state('disk')).toMatchObject({ type: 'block-device', device: { major: 8, minor: 300 } });
  expect(await state('null')).toMatchObject({ type: 'character-device', device: { major: 1, minor: 3 } });
  expect(await state('sparse')).toMatchObject({ type: 'file', sparse: true, sizeBytes: 3 << 20 });
});

test('sizes are right where contents are kept in chunks, and around each power of ten', async () => {
  const tree = await createSavedTree();
  const sizes = [
    0, 1, 9, 10, 11, 99, 100, 101, 999, 1000, 9999, 10_000, 99_999, 100_000, 999_999, 1_000_000, 5_000_000,
  ];
  for (const size of sizes) tree.write(`size ${size}`, Buffer.alloc(size, size));
  await tree.save('point');
  for (const size of sizes) expect((await shown(tree, `size ${size}`)).state.sizeBytes).toBe(size);
});

test('a directory is shown with what is in it, in the order of the bytes', async () => {
  const tree = await createSavedTree();
  for (const name of ['b', 'a-', 'a/inside', 'a.', 'é', 'Z']) tree.write(name, name);
  const odd = Buffer.concat([Buffer.from(`${tree.root}/`), Buffer.from([0x61, 0xff])]);
  writeFileSync(odd, 'odd');
  await tree.save('point');
  const root = await shown(tree, '');
  expect(root).toMatchObject({ path: '', livePath: tree.root, state: { type: 'directory', user: 'root' } });
  expect(root.children?.map(({ name }) => name)).toEqual(['Z', 'a', 'a-', 'a.', 'a\udcff', 'b', 'é']);
  const below = await shown(tree, 'a');
  expect(root.children?.find(({ name }) => name === 'a')?.state).toEqual(below.state);
  expect(below.children?.map(({ name, state }) => [name, state.sizeBytes])).toEqual([['inside', 8]]);
  expect((await shown(tree, 'b')).children).toBeUndefined();
});

test('a size that is lost with the content is left out, and the rest is shown', async () => {
  const tree = await createSavedTree();
  tree.write('file', 'content');
  await tree.save('point');
  const isData = (file: string) => readFileSync(file)[11] === 1;
  const kept = tree.stored('packs').filter((file) => !isData(file));
  tree.lose('packs', kept);
  tree.lose('index', []);
  const { state } = await shown(tree, 'file');
  expect(state).not.toHaveProperty('sizeBytes');
  expect(state.id).toMatch(/^[0-9a-f]{64}$/);
});

test('what is not there is refused, and the nearest names are told', async () => {
  const tree = await createSavedTree();
  tree.write('nginx/nginx.conf', '');
  await tree.save('point');
  await expect(showPoint(tree.session, 'pont')).rejects.toMatchObject({
    code: 'POINT_NOT_FOUND',
    fields: { nearest: ['point'] },
  });
  await expect(shown(tree, 'nginx/ngin.conf')).rejects.toMatchObject({
    code: 'PATH_NOT_FOUND',
    fields: { nearest: ['nginx.conf'] },
  });
  await expect(showPath(tree.session, { point: 'point', path: 'tre:nginx' })).rejects.toMatchObject({
    code: 'COMPONENT_NOT_FOUND',
    fields: { nearest: ['tree'] },
  });
});
