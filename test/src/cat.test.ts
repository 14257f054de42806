// The content of one file of a point: exact, in pieces, or refused.
import { readFileSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cat } from '#src/cat.js';
import { runTool } from '../fixtures/run-tool.js';
import { collect, createSavedTree, type SavedTree } from '../fixtures/saved-tree.js';
import { createRandom } from '../fixtures/seeded-random.js';

const pieces = (tree: SavedTree, path: string) => collect(cat(tree.session, { point: 'point', path }));
const content = async (tree: SavedTree, path: string) => Buffer.concat(await pieces(tree, path));

test('a file comes back byte for byte', async () => {
  const tree = await createSavedTree();
  const bytes = createRandom(1).bytes(10_000);
  tree.write('directory/file', bytes);
  tree.write('empty', '');
  await tree.save('point');
  tree.write('directory/file', 'changed since');
  expect((await content(tree, 'tree:directory/file')).equals(bytes)).toBe(true);
  expect((await content(tree, join(tree.root, 'directory/file'))).equals(bytes)).toBe(true);
  expect(await content(tree, 'tree:empty')).toHaveLength(0);
});

test('a large file comes in pieces that are not', async () => {
  const tree = await createSavedTree();
  const bytes = createRandom(2).bytes(20 << 20);
  tree.write('large', bytes);
  await tree.save('point');
  const given = await pieces(tree, 'tree:large');
  expect(Buffer.concat(given).equals(bytes)).toBe(true);
  expect(given.length).toBeGreaterThan(4);
  expect(Math.max(...given.map(({ length }) => length))).toBeLessThanOrEqual(4 << 20);
});

test('the holes of a sparse file are zeros', async () => {
  const tree = await createSavedTree();
  tree.write('sparse', 'x');
  truncateSync(join(tree.root, 'sparse'), 3 << 20);
  await tree.save('point');
  expect((await content(tree, 'tree:sparse')).equals(readFileSync(join(tree.root, 'sparse')))).toBe(true);
});

test('a symbolic link gives its target', async () => {
  const tree = await createSavedTree();
  symlinkSync('a/b', join(tree.root, 'link'));
  symlinkSync(Buffer.from([0x2f, 0xff]), join(tree.root, 'odd'));
  await tree.save('point');
  expect((await content(tree, 'tree:link')).toString()).toBe('a/b');
  expect(await content(tree, 'tree:odd')).toEqual(Buffer.from([0x2f, 0xff]));
});

test('a name that is not UTF-8 is found', async () => {
  const tree = await createSavedTree();
  writeFileSync(Buffer.concat([Buffer.from(`${tree.root}/`), Buffer.from([0xfe, 0x61])]), 'odd');
  await tree.save('point');
  expect((await content(tree, 'tree:\udcfea')).toString()).toBe('odd');
});

test('what has no content is refused, with what to do instead', async () => {
  const tree = await createSavedTree();
  tree.write('directory/file', '');
  runTool('mkfifo', [join(tree.root, 'fifo')]);
  await tree.save('point');
  await expect(pieces(tree, 'tree:directory')).rejects.toMatchObject({
    code: 'USAGE',
    message:
      "tree:directory is a directory; name a file in it. 'savepoint show point tree:directory' lists them.",
    fields: { type: 'directory' },
  });
  await expect(pieces(tree, 'tree:fifo')).rejects.toMatchObject({ code: 'USAGE', fields: { type: 'fifo' } });
  await expect(pieces(tree, 'tree:none')).rejects.toMatchObject({ code: 'PATH_NOT_FOUND' });
});

test('damaged content is never given', async () => {
  const tree = await createSavedTree();
  tree.write('file', createRandom(3).bytes(5000));
  await tree.save('point');
  const pack = tree.stored('packs').find((file) => readFileSync(file)[11] === 1) as string;
  const bytes = readFileSync(pack);
  bytes[1000] ^= 1;
  writeFileSync(pack, bytes);
  await expect(pieces(tree, 'tree:file')).rejects.toMatchObject({
    code: 'BLOCK_CORRUPT',
    message: expect.stringMatching(/^tree:file can't be read\. .*'savepoint verify --data'/),
    fields: { paths: ['tree:file'] },
  });
});
