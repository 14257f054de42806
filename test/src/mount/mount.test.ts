// A mounted point, and a mounted store, while others read, collect garbage, and damage what is stored.
import { execFile } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { setImmediate as breathe } from 'node:timers/promises';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { gc } from '#src/collect.js';
import { type Mount, mount } from '#src/mount/mount.js';
import type { UnreadableFile } from '#src/mount/mount-news.js';
import type { MountOptions } from '#src/mount/mount-options.js';
import { forgetPoints } from '#src/removed-points.js';
import { hasMount } from '../../fixtures/mounted-point.js';
import { createSavedTree, type SavedTree } from '../../fixtures/saved-tree.js';
import { createRandom } from '../../fixtures/seeded-random.js';
import { waitFor } from '../../fixtures/wait-for.js';

const run = promisify(execFile);

async function mounted(tree: SavedTree, options: MountOptions = {}): Promise<Mount> {
  const directory = join(tree.directory, 'mounted');
  mkdirSync(directory);
  const mount_ = await mount(tree.session, directory, options);
  onTestFinished(async () => void (await mount_.unmount()));
  return mount_;
}

function codeOf(call: () => unknown): string {
  try {
    call();
    return 'done';
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code);
  }
}

test('many processes read it at once, and none sees anything else than was saved', async () => {
  const tree = await createSavedTree();
  const random = createRandom(8);
  for (let i = 0; i < 300; i++) tree.write(`d${i % 20}/f${i}`, random.bytes(1 + ((i * 997) % 30_000)));
  tree.write('large', random.bytes(7 << 20));
  await tree.save('one');
  const { directory } = await mounted(tree, { point: 'one', component: 'tree', cacheBytes: 0 });
  const readers = Array.from({ length: 8 }, () => run('diff', ['-r', tree.root, directory]));
  for (const { stdout } of await Promise.all(readers)) expect(stdout).toBe('');
  tree.write('d1/f1', 'other');
  await expect(run('diff', ['-r', tree.root, directory])).rejects.toMatchObject({ code: 1 });
});

// A thread of its own does that, where there is a processor for it.
test.skipIf(availableParallelism() === 1)(
  'who reads a directory from front to back is given files before asking',
  async () => {
    const tree = await createSavedTree();
    const names = Array.from({ length: 80 }, (_, i) => `f${String(i).padStart(2, '0')}`);
    for (const name of names) tree.write(name, `content of ${name}\n`.repeat(300));
    await tree.save('one');
    const { directory } = await mounted(tree, { point: 'one', component: 'tree' });
    const cachedPages = async (name: string) => {
      const { stdout } = await run('fincore', ['--noheadings', '--output', 'PAGES', join(directory, name)]);
      return Number(stdout);
    };
    expect((await run('ls', ['-l', directory])).stdout).toContain('f79');
    expect(await cachedPages('f30')).toBe(0);
    readFileSync(join(directory, names[0]));
    for (const name of ['f30', 'f64']) {
      while ((await cachedPages(name)) < 2) await breathe();
    }
    expect(await cachedPages('f65')).toBe(0);
    for (const name of names)
      expect(readFileSync(join(directory, name), 'utf8')).toBe(`content of ${name}\n`.repeat(300));
  },
);

test('stays readable when its point is forgotten and its packs are collected', async () => {
  const tree = await createSavedTree();
  tree.write('a', 'kept by the mount\n');
  await tree.save('one');
  tree.write('a', 'of another point\n');
  await tree.save('two');
  const { directory } = await mounted(tree, { point: 'one' });
  await forgetPoints(tree.session, ['one']);
  const before = tree.stored('packs');
  for (const full of [true, true]) await gc(tree.session, { graceMs: 0, full });
  expect(tree.stored('packs')).not.toEqual(before);
  expect(readFileSync(join(directory, 'tree/a'), 'utf8')).toBe('kept by the mount\n');
});

test('a damaged block hurts the files in it, and no other', async () => {
  const tree = await createSavedTree();
  const bytes = createRandom(4).bytes(1_000_000);
  tree.write('damaged', bytes);
  tree.write('sound', 'sound\n'.repeat(20));
  await tree.save('one');
  for (const file of tree.stored('packs')) {
    const pack = readFileSync(file);
    const at = pack.indexOf(bytes.subarray(5000, 5100));
    if (at < 0) continue;
    pack[at] ^= 1;
    writeFileSync(file, pack);
  }
  const unreadable: UnreadableFile[] = [];
  const { directory } = await mounted(tree, {
    point: 'one',
    component: 'tree',
    onUnreadable: (file) => unreadable.push(file),
  });
  expect(codeOf(() => readFileSync(join(directory, 'damaged')))).toBe('EIO');
  expect(readdirSync(directory)).toEqual(['damaged', 'sound']);
  expect(statSync(join(directory, 'damaged')).size).toBe(bytes.length);
  await waitFor(() => unreadable.length > 0, 'what is said of the damaged file');
  expect(unreadable).toEqual([
    { path: 'damaged', problem: expect.objectContaining({ code: 'BLOCK_CORRUPT' }) },
  ]);
});

test('nothing in it can be changed', async () => {
  const tree = await createSavedTree();
  tree.write('a', 'as it was\n');
  await tree.save('one');
  const { directory } = await mounted(tree, { point: 'one', component: 'tree' });
  for (const command of [
    'touch new',
    'rm a',
    'mkdir d',
    'mv a b',
    'ln a b',
    'chmod 0 a',
    'sh -c "echo >> a"',
  ])
    await expect(run('sh', ['-c', command], { cwd: directory }), command).rejects.toMatchObject({
      stderr: expect.stringMatching(/Read-only file system/),
    });
  expect(readFileSync(join(directory, 'a'), 'utf8')).toBe('as it was\n');
});

test('other users may use it where that is allowed, and read what its permissions let them', async () => {
  const tree = await createSavedTree();
  tree.write('open', 'for all\n');
  tree.write('closed', 'for one\n');
  chmodSync(join(tree.root, 'open'), 0o644);
  chmodSync(join(tree.root, 'closed'), 0o600);
  tree.write('shared', 'by an access control list\n');
  chmodSync(join(tree.root, 'shared'), 0o600);
  await run('setfacl', ['-m', 'u:65534:r', join(tree.root, 'shared')]);
  await tree.save('one');
  chmodSync(tree.directory, 0o755);
  const asNobody = async (path: string) => {
    const words = ['--reuid=65534', '--regid=65534', '--clear-groups', 'cat', path];
    return run('setpriv', words).then(
      ({ stdout }) => stdout,
      ({ stderr }) => String(stderr),
    );
  };
  const closed = await mounted(tree, { point: 'one', component: 'tree' });
  expect(await asNobody(join(closed.directory, 'open'))).toMatch(/Permission denied/);
  await closed.unmount();
  const open = await mount(tree.session, closed.directory, {
    point: 'one',
    component: 'tree',
    allowOther: true,
  });
  onTestFinished(async () => void (await open.unmount()));
  expect(await asNobody(join(open.directory, 'open'))).toBe('for all\n');
  expect(await asNobody(join(open.directory, 'closed'))).toMatch(/Permission denied/);
  expect(await asNobody(join(open.directory, 'shared'))).toBe('by an access control list\n');
});

test('a whole store shows points as they come and go', async () => {
  const tree = await createSavedTree();
  tree.write('a', 'first\n');
  await tree.save('one');
  const { directory, point } = await mounted(tree);
  expect(point).toBeUndefined();
  const path = (...names: string[]) => join(directory, ...names);
  expect(readdirSync(directory).sort()).toEqual(['by-name', 'by-time', 'latest']);
  expect(readFileSync(path('latest/tree/a'), 'utf8')).toBe('first\n');
  const held = openSync(path('by-name/one/tree/a'), 'r');
  onTestFinished(() => closeSync(held));
  tree.write('a', 'second\n');
  await tree.save('two');
  await waitFor(() => readlinkSync(path('latest')) === 'by-name/two', 'the new point');
  expect(readdirSync(path('by-name')).sort()).toEqual(['one', 'two']);
  expect(readFileSync(path('latest/tree/a'), 'utf8')).toBe('second\n');
  const [first, second] = readdirSync(path('by-time')).sort();
  expect([first, second].map((time) => readlinkSync(path('by-time', time)))).toEqual([
    '../by-name/one',
    '../by-name/two',
  ]);
  await forgetPoints(tree.session, ['one']);
  await waitFor(() => !readdirSync(path('by-name')).includes('one'), 'the point to go');
  await waitFor(() => codeOf(() => statSync(path('by-name/one'))) === 'ENOENT', 'its name to go');
  // Its name is free when it is gone for good.
  for (const full of [true, true]) await gc(tree.session, { graceMs: 0, full });
  // Another point of the same name has its own content, and not that of the former.
  tree.write('a', 'third, and longer\n');
  await tree.save('one');
  await waitFor(() => readdirSync(path('by-name')).includes('one'), 'the other point');
  expect(readFileSync(path('by-name/one/tree/a'), 'utf8')).toBe('third, and longer\n');
  expect(codeOf(() => readFileSync(held))).toMatch(/^(ESTALE|done)$/);
});

test('a listing of points that goes on while they come and go has each of the others once', async () => {
  const tree = await createSavedTree();
  tree.write('a', 'a');
  const names = Array.from({ length: 30 }, (_, i) => `${String(i).padStart(2, '0')}-${'x'.repeat(180)}`);
  for (const name of names) await tree.save(name);
  const { directory } = await mounted(tree);
  const { opendirSync } = await import('node:fs');
  const open = opendirSync(join(directory, 'by-name'), { bufferSize: 1 });
  const seen = [open.readSync()?.name];
  await forgetPoints(tree.session, names.slice(0, 10));
  await waitFor(() => readdirSync(join(directory, 'by-name')).length === 20, 'the points to go');
  for (let entry = open.readSync(); entry !== null; entry = open.readSync()) seen.push(entry.name);
  open.closeSync();
  expect(new Set(seen).size).toBe(seen.length);
  expect(seen).toEqual(expect.arrayContaining(names.slice(10)));
});

test('is unmounted when the store is closed, and unmounting twice is fine', async () => {
  const tree = await createSavedTree();
  tree.write('a', 'a');
  await tree.save('one');
  const { directory, unmount, ended } = await mounted(tree, { point: 'one' });
  await tree.session.close();
  await ended;
  expect(hasMount(directory)).toBe(false);
  expect(await unmount()).toEqual([]);
});
