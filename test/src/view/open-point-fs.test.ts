// A point as node:fs: what is in it, and what becomes of it without its store.
import { readFileSync, statSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openPointFs, type PointFs } from '#src/view/open-point-fs.js';
import type { OpenViewOptions } from '#src/view/open-view.js';
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
