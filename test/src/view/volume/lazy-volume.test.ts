// What is read of a point when its volume is used, and the calls that take more than one step: streams, handles, watchers.
import * as fs from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { expect, test, vi } from 'vitest';
import { mountPoint, originOf } from '#src/view/mount-point.js';
import { createSavedTree, type SavedTree } from '../../../fixtures/saved-tree.js';
import { createRandom } from '../../../fixtures/seeded-random.js';

async function mounted(fill: (tree: SavedTree) => void) {
  const tree = await createSavedTree();
  fill(tree);
  await tree.save('one');
  const volume = await mountPoint(tree.session, 'one', { component: 'tree' });
  const { reader } = originOf(volume)?.view ?? expect.fail();
  return { tree, volume, reads: vi.spyOn(reader, 'read'), ranges: vi.spyOn(reader, 'readRange') };
}

async function bytesOf(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

test('a look reads the directories on the way, and a content is read in the part that is asked for', async () => {
  const large = createRandom(1).bytes(6 << 20);
  const { volume, reads, ranges } = await mounted((tree) => {
    for (let i = 0; i < 30; i++) tree.write(`d${i}/e/f`, `${i}`);
    tree.write('d7/large', large);
  });
  expect(volume.statSync('/d7/large').size).toBe(6 << 20);
  // Two trees and the attributes of each directory.
  expect(reads.mock.calls.length).toBeLessThanOrEqual(2 * 3);
  expect(ranges.mock.calls).toEqual([]);
  const descriptor = volume.openSync('/d7/large', 'r');
  const part = Buffer.alloc(1000);
  expect(volume.readSync(descriptor, part, 0, 1000, 5_000_000)).toBe(1000);
  expect(part.equals(large.subarray(5_000_000, 5_001_000))).toBe(true);
  expect(reads.mock.calls.length).toBeLessThanOrEqual(2 * 3);
  expect(volume.statSync('/d7/large').nlink).toBe(1);
  expect(reads.mock.calls.length).toBeGreaterThan(60);
  expect(ranges.mock.calls.map(([, range]) => range)).toEqual([{ offset: 5_000_000, lengthBytes: 1000 }]);
});

test('streams read and write as those of a disk', async () => {
  const content = createRandom(2).bytes(300_000);
  const { tree, volume } = await mounted((tree) => tree.write('file', content));
  for (const options of [{}, { start: 1000, end: 250_000 }, { highWaterMark: 777 }]) {
    const wanted = await bytesOf(fs.createReadStream(join(tree.root, 'file'), options));
    const found = await bytesOf(volume.createReadStream('/file', options) as unknown as Readable);
    expect(found.equals(wanted)).toBe(true);
  }
  const write = volume.createWriteStream('/copy') as unknown as NodeJS.WritableStream;
  await pipeline(volume.createReadStream('/file') as unknown as Readable, write);
  expect(volume.readFileSync('/copy')).toEqual(content);
  const append = volume.createWriteStream('/file', { flags: 'a' }) as unknown as NodeJS.WritableStream;
  await pipeline(fs.createReadStream(join(tree.root, 'file')), append);
  expect(volume.statSync('/file').size).toBe(600_000);
  await expect(bytesOf(volume.createReadStream('/missing') as unknown as Readable)).rejects.toMatchObject({
    code: 'ENOENT',
  });
  expect(fs.readFileSync(join(tree.root, 'file')).equals(content)).toBe(true);
});

test('handles of promises read, write, tell and close', async () => {
  const { volume } = await mounted((tree) => tree.write('d/file', 'some text'));
  const handle = await volume.promises.open('/d/file', 'r+');
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(4), 0, 4, 5);
  expect([buffer.toString(), bytesRead]).toEqual(['text', 4]);
  await handle.write(Buffer.from('SOME'), 0, 4, 0);
  expect((await handle.stat()).size).toBe(9);
  await handle.truncate(4);
  await handle.utimes(5, 6);
  await handle.close();
  expect(volume.readFileSync('/d/file', 'utf8')).toBe('SOME');
  expect(volume.statSync('/d/file').mtimeMs).toBe(6000);
  const names: string[] = [];
  const directory = await volume.promises.opendir('/d');
  for await (const entry of directory) names.push(String(entry.name));
  expect(names).toEqual(['file']);
});

test('directories are copied, listed to any depth, and matched by patterns', async () => {
  const { volume } = await mounted((tree) => {
    for (const path of ['a/b/c.txt', 'a/d.txt', 'e.md']) tree.write(path, path);
  });
  volume.cpSync('/a', '/copied', { recursive: true });
  const all = volume.readdirSync('/', { recursive: true }) as string[];
  expect([...all].sort()).toEqual([
    'a',
    'a/b',
    'a/b/c.txt',
    'a/d.txt',
    'copied',
    'copied/b',
    'copied/b/c.txt',
    'copied/d.txt',
    'e.md',
  ]);
  expect(volume.readFileSync('/copied/b/c.txt', 'utf8')).toBe('a/b/c.txt');
});

test('watchers hear of what is written', async () => {
  const { volume } = await mounted((tree) => tree.write('d/file', 'text'));
  const heard = new Promise((resolve) => {
    const watcher = volume.watch('/d', {}, (kind, name) => {
      watcher.close();
      resolve([kind, name]);
    });
  });
  volume.writeFileSync('/d/new', '');
  expect(await heard).toEqual(['rename', 'new']);
});

test('two volumes of one point have nothing to do with each other', async () => {
  const { tree, volume } = await mounted((tree) => tree.write('file', 'text'));
  const other = await mountPoint(tree.session, 'one', { component: 'tree' });
  volume.appendFileSync('/file', ' and more');
  other.unlinkSync('/file');
  expect(volume.readFileSync('/file', 'utf8')).toBe('text and more');
  const third = await mountPoint(tree.session, 'one', { component: 'tree' });
  expect(third.readFileSync('/file', 'utf8')).toBe('text');
});
