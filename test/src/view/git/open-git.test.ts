// A store as a repository: what isomorphic-git, unchanged, and git itself read of it.
import { mkdirSync, readFileSync, readlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import git from 'isomorphic-git';
import { expect, onTestFinished, test } from 'vitest';
import { gc } from '#src/collect.js';
import { forgetPoints } from '#src/removed-points.js';
import { type GitVolume, mountGit } from '#src/view/git/mount-git.js';
import { type GitFs, openGitFs } from '#src/view/git/open-git.js';
import { makePlainTree } from '../../../fixtures/make-plain-tree.js';
import { runTool } from '../../../fixtures/run-tool.js';
import { createSavedTree, type SavedTree } from '../../../fixtures/saved-tree.js';
import { walkTree } from '../../../fixtures/walk-tree.js';

const DIR = { dir: '/' };

/** Three points of a tree that git can store whole; git can't have the names of the first two both as tags. */
async function createSavedRepository(): Promise<SavedTree> {
  const tree = await createSavedTree('sha1');
  makePlainTree(tree.root, { seed: 3, files: 50 });
  await tree.save('team');
  tree.write('added', 'added\n');
  await tree.save('team/two');
  tree.write('large', Buffer.alloc((1 << 20) + 99_999, 'much of the same, '));
  tree.remove('added');
  await tree.save('three');
  return tree;
}

async function openRead(tree: SavedTree): Promise<GitFs> {
  const fs = await openGitFs(tree.session);
  onTestFinished(() => fs.unmount());
  return fs;
}

async function mount(tree: SavedTree): Promise<GitVolume> {
  const volume = await mountGit(tree.session);
  onTestFinished(() => volume.unmount());
  return volume;
}

/** Contents by path, of files and links alike. */
function contentsOf(root: string): Map<string, string> {
  const contents = new Map<string, string>();
  for (const { path, absolutePath, stat } of walkTree(root)) {
    const name = path.toString();
    if (stat.isFile()) contents.set(name, readFileSync(absolutePath, 'base64'));
    if (stat.isSymbolicLink()) contents.set(name, readlinkSync(absolutePath, 'base64'));
  }
  return contents;
}

test('isomorphic-git reads tags, history, trees and every blob', async () => {
  const tree = await createSavedRepository();
  const fs = await openRead(tree);
  const repository = { fs, ...DIR };
  expect(await git.listTags(repository)).toEqual(['team', 'team%2Ftwo', 'three']);
  expect(await git.listBranches(repository)).toEqual(['points']);
  expect(await git.currentBranch(repository)).toBe('points');
  const log = await git.log(repository);
  expect(log.map(({ commit }) => commit.parent.length)).toEqual([1, 1, 0]);
  const oid = await git.resolveRef({ ...repository, ref: 'team%2Ftwo' });
  const { tag } = await git.readTag({ ...repository, oid });
  expect([tag.tag, tag.type]).toEqual(['team/two', 'commit']);
  expect(log[1].oid).toBe(tag.object);
  const found = new Map<string, string>();
  await git.walk({
    ...repository,
    trees: [git.TREE({ ref: 'three' })],
    map: async (path, [entry]) => {
      if ((await entry?.type()) !== 'blob' || !path.startsWith('tree/files/')) return;
      const { blob } = await git.readBlob({ ...repository, oid: (await entry?.oid()) ?? '' });
      found.set(path.slice('tree/files/'.length), Buffer.from(blob).toString('base64'));
    },
  });
  expect(found).toEqual(contentsOf(tree.root));
  const whole = await git.readTree({ ...repository, oid: log[0].oid, filepath: 'tree/files' });
  expect(whole.tree.length).toBeGreaterThan(5);
  expect(await git.expandOid({ ...repository, oid: oid.slice(0, 8) })).toBe(oid);
});

test('isomorphic-git checks a point out into the volume, and commits there, and the store stays as it is', async () => {
  const tree = await createSavedRepository();
  const volume = await mount(tree);
  const before = ['packs', 'index'].map((folder) => tree.stored(folder as 'packs'));
  const repository = { fs: volume, ...DIR };
  await git.checkout({ ...repository, ref: 'three' });
  for (const [path, content] of contentsOf(tree.root)) {
    const here = `/tree/files/${path}`;
    const isLink = volume.lstatSync(here).isSymbolicLink();
    const found = isLink ? volume.readlinkSync(here) : volume.readFileSync(here);
    expect(Buffer.from(found as Buffer).toString('base64'), path).toBe(content);
  }
  const statuses = await git.statusMatrix(repository);
  expect(statuses.filter(([, ...status]) => status.join() !== '1,1,1')).toEqual([]);
  volume.writeFileSync('/tree/files/new', 'new\n');
  await git.add({ ...repository, filepath: 'tree/files/new' });
  const author = { name: 'a', email: 'a@b' };
  const oid = await git.commit({ ...repository, ref: 'refs/heads/mine', message: 'more', author });
  expect((await git.log({ ...repository, ref: 'mine' })).map((entry) => entry.oid)[0]).toBe(oid);
  expect(['packs', 'index'].map((folder) => tree.stored(folder as 'packs'))).toEqual(before);
  await git.checkout({ ...repository, ref: 'team', force: true });
  expect(volume.existsSync('/tree/files/large')).toBe(false);
});

/** Writes the repository to a disk, as files. */
function copyOut(fs: GitFs, target: string): void {
  for (const entry of fs.readdirSync('/.git', { withFileTypes: true, recursive: true })) {
    const path = `${entry.parentPath}/${entry.name}`;
    const there = join(target, path);
    mkdirSync(entry.isDirectory() ? there : dirname(there), { recursive: true });
    if (!entry.isFile()) continue;
    const content = fs.readFileSync(path);
    expect(fs.statSync(path).size, path).toBe(content.length);
    writeFileSync(there, content);
  }
}

test('git itself finds nothing amiss in it, and the same objects', async () => {
  const tree = await createSavedRepository();
  const copy = join(tree.directory, 'copy');
  copyOut(await openRead(tree), copy);
  const run = (...args: string[]) => runTool('git', ['-C', copy, ...args]).toString();
  expect(run('fsck', '--full', '--strict', '--no-dangling')).toBe('');
  expect(run('tag').trim().split('\n')).toEqual(['team', 'team%2Ftwo', 'three']);
  expect(run('log', '--format=%s').trim().split('\n')).toHaveLength(3);
  const listed = run('ls-tree', '-r', '-z', '--name-only', 'three:tree/files').split('\0').filter(Boolean);
  expect(listed.sort()).toEqual([...contentsOf(tree.root).keys()].sort());
  // The tree of a component is what git itself makes of the files.
  runTool('git', ['init', '-q', tree.root]);
  runTool('git', ['-C', tree.root, 'add', '-A', '-f']);
  const written = runTool('git', ['-C', tree.root, 'write-tree']).toString();
  expect(run('rev-parse', 'three:tree/files')).toBe(written);
});

test('history ends where an older point is gone for good', async () => {
  const tree = await createSavedRepository();
  await forgetPoints(tree.session, ['team'], {});
  for (let round = 0; round < 3; round++) await gc(tree.session, { graceMs: 0, full: true });
  const fs = await openRead(tree);
  expect(await git.listTags({ fs, ...DIR })).toEqual(['team/two', 'three']);
  expect(await git.log({ fs, ...DIR })).toHaveLength(2);
  const copy = join(tree.directory, 'copy');
  copyOut(fs, copy);
  expect(runTool('git', ['-C', copy, 'fsck', '--full', '--strict', '--no-dangling']).toString()).toBe('');
});

test('a store without points is an empty repository', async () => {
  const tree = await createSavedTree('sha1');
  const fs = await openRead(tree);
  expect(await git.listTags({ fs, ...DIR })).toEqual([]);
  await expect(git.log({ fs, ...DIR })).rejects.toMatchObject({ code: 'NotFoundError' });
  const copy = join(tree.directory, 'copy');
  copyOut(fs, copy);
  expect(runTool('git', ['-C', copy, 'status', '--short', '-b']).toString()).toMatch(
    /^## No commits yet on points/,
  );
});

test('refuses a store with sha256 ids, and says what to do', async () => {
  const tree = await createSavedTree('sha256');
  tree.write('a', 'a');
  await tree.save('one');
  await expect(openGitFs(tree.session)).rejects.toMatchObject({
    code: 'UNSUPPORTED',
    message: expect.stringContaining('git export --object-format sha1'),
  });
  await expect(mountGit(tree.session)).rejects.toMatchObject({ code: 'UNSUPPORTED' });
});

test('fails with EIO where the store is damaged or was let go of, and finds no object missing then', async () => {
  const tree = await createSavedTree('sha1');
  tree.write('a', Buffer.alloc(100_000, 'incompressible enough'));
  await tree.save('one');
  const fs = await openRead(tree);
  const oid = await git.resolveRef({ fs, ...DIR, ref: 'one' });
  for (const pack of tree.stored('packs')) truncateSync(pack, 40);
  await expect(git.readBlob({ fs, ...DIR, oid, filepath: 'tree/files/a' })).rejects.toMatchObject({
    code: 'EIO',
    cause: expect.objectContaining({ code: expect.stringMatching(/CORRUPT|MISSING/) }),
  });
  fs.unmount();
  await expect(git.readObject({ fs, ...DIR, oid })).rejects.toMatchObject({
    code: 'EIO',
    cause: expect.objectContaining({ code: 'USAGE' }),
  });
});

test('names that git or isomorphic-git refuse are escaped, as in an export, and the rest keeps its ids', async () => {
  const tree = await createSavedTree('sha1');
  tree.write('a/.git/config', 'of a\n');
  tree.write('b/back\\slash', 'of b\n');
  tree.write('c/plain', 'plain\n');
  await tree.save('one');
  tree.write('a/.git/config', 'of a, again\n');
  const { point } = await tree.save('two');
  const fs = await openRead(tree);
  const oid = await git.resolveRef({ fs, ...DIR, ref: 'one' });
  const read = async (filepath: string) => {
    const { blob } = await git.readBlob({ fs, ...DIR, oid, filepath: `tree/files/${filepath}` });
    return Buffer.from(blob).toString();
  };
  expect(await read('a/%savepoint%.git/config')).toBe('of a\n');
  expect(await read('b/%savepoint%back%5cslash')).toBe('of b\n');
  expect(await read('c/plain')).toBe('plain\n');
  const [latest, first] = await git.log({ fs, ...DIR });
  expect(latest.commit.parent).toEqual([first.oid]);
  expect(latest.oid).not.toBe(point.commit);
  const volume = await mount(tree);
  await git.checkout({ fs: volume, ...DIR, ref: 'two' });
  expect(volume.readFileSync('/tree/files/a/%savepoint%.git/config', 'utf8')).toBe('of a, again\n');
  const [copy, clone] = ['copy', 'clone'].map((name) => join(tree.directory, name));
  copyOut(fs, copy);
  runTool('git', ['clone', '-q', `file://${copy}`, clone]);
  const run = (place: string, ...args: string[]) =>
    runTool('git', ['-C', place, ...args])
      .toString()
      .trim();
  expect(run(clone, 'fsck', '--full', '--strict')).toBe('');
  expect(run(clone, 'rev-list', '--count', 'two')).toBe('2');
  // What has no such name above or below it is called as in the store.
  expect(run(clone, 'rev-parse', 'two:tree/files/c')).toBe(
    run(copy, 'rev-parse', `${point.tree}:tree/files/c`),
  );
});

test('a damaged point keeps others from nothing', async () => {
  const tree = await createSavedTree('sha1');
  tree.write('a', 'old\n');
  await tree.save('one');
  const before = tree.stored('packs');
  tree.write('a', 'new\n');
  tree.write('b', 'also new\n');
  const { point } = await tree.save('two');
  tree.write('a', 'newest\n');
  await tree.save('three');
  const later = tree.stored('packs').filter((pack) => !before.includes(pack));
  expect(later.length).toBeGreaterThan(1);
  truncateSync(before[0], 40);
  const fs = await openRead(tree);
  expect(await git.listTags({ fs, ...DIR })).toEqual(['one', 'three', 'two']);
  const { blob } = await git.readBlob({ fs, ...DIR, oid: point.commit, filepath: 'tree/files/b' });
  expect(Buffer.from(blob).toString()).toBe('also new\n');
});
