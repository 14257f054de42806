// Capturing trees: what is taken and what is not, across mounts, names, links and other states, and back again.
import { existsSync, linkSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { compileExcludes } from '#adapters/files/exclude.js';
import { decodeName } from '#store/names.js';
import { expectSameTree } from '../../fixtures/compare-trees.js';
import { makeTree } from '../../fixtures/made-tree.js';
import { runTool } from '../../fixtures/run-tool.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';
import { TreeStore } from './tree-store.js';

const isRoot = process.getuid?.() === 0;

function makeFiles(root: string, files: Readonly<Record<string, string>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), content);
  }
}

describe.runIf(isRoot)('a tree with everything in it', () => {
  it('goes into a store in memory, and comes back', async () => {
    const directory = createTemporaryDirectory({ tmpfsSizeBytes: 256 << 20 });
    const [live, target] = [join(directory, 'live'), join(directory, 'target')];
    makeTree(live, { seed: 7, manyFiles: 300, largeFileBytes: 3 << 20, hugeSparseBytes: 301 << 20 });
    mkdirSync(target);
    const trees = await TreeStore.make();
    const { ids, problems } = await trees.capture(live);
    expect(problems).toEqual([]);
    expect((await trees.restore(ids, target)).problems).toEqual([]);
    expectSameTree(live, target);
    expect((await trees.capture(target)).ids).toEqual(ids);
  });
});

describe('a capture', () => {
  it('leaves out what is excluded, with all below it, and the store itself', async () => {
    const root = createTemporaryDirectory();
    makeFiles(root, { 'a/cache/x': '', 'a/keep': '', 'b.log': '', 'store/packs/p': '', 'c/store/d': '' });
    const trees = await TreeStore.make();
    const excludes = compileExcludes(['cache', '*.log'], root);
    const { ids, counts } = await trees.capture(root, {
      includes: (path, name) => excludes?.(path, name) !== true,
      skip: new Set([join(root, 'store')]),
    });
    expect([...(await trees.list(ids)).keys()]).toEqual(['', 'a', 'a/keep', 'c', 'c/store', 'c/store/d']);
    expect(counts).toMatchObject({ files: 2, directories: 4 });
  });

  it('never takes what a restore is writing', async () => {
    const root = createTemporaryDirectory();
    makeFiles(root, {
      '.savepoint-restore-1.2.3.4.5.0123456789abcdef/a': '',
      'd/.savepoint-restore-x/a': '',
      'd/a': '',
    });
    const trees = await TreeStore.make();
    expect([...(await trees.list((await trees.capture(root)).ids)).keys()]).toEqual(['', 'd', 'd/a']);
  });

  it('counts sockets, and leaves them out', async () => {
    const root = createTemporaryDirectory();
    makeFiles(root, { 'd/a': 'abc' });
    const server = createServer().listen(join(root, 'd/socket'));
    onTestFinished(() => void server.close());
    await new Promise((resolve) => server.once('listening', resolve));
    const trees = await TreeStore.make();
    const { ids, counts, problems } = await trees.capture(root);
    expect([...(await trees.list(ids)).keys()]).toEqual(['', 'd', 'd/a']);
    expect(counts).toMatchObject({ files: 1, directories: 2, sockets: 1, bytes: 3 });
    expect(problems).toEqual([]);
  });

  it.runIf(isRoot)(
    'stays on one file system if asked to, and keeps an empty directory for another',
    async () => {
      const root = createTemporaryDirectory();
      makeFiles(root, { a: 'a' });
      mkdirSync(join(root, 'mounted'));
      runTool('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'savepoint-test', join(root, 'mounted')]);
      makeFiles(join(root, 'mounted'), { 'b/c': 'c' });
      const trees = await TreeStore.make();
      const paths = async (oneFileSystem: boolean) => {
        const { ids, problems } = await trees.capture(root, { oneFileSystem });
        expect(problems).toEqual([]);
        return [...(await trees.list(ids)).keys()];
      };
      expect(await paths(true)).toEqual(['', 'a', 'mounted']);
      expect(await paths(false)).toEqual(['', 'a', 'mounted', 'mounted/b', 'mounted/b/c']);
    },
  );

  it('refuses a root that is not there, and one that is no directory', async () => {
    const root = createTemporaryDirectory();
    makeFiles(root, { a: 'a' });
    const trees = await TreeStore.make();
    const missing = { code: 'PATH_NOT_FOUND', fields: { path: join(root, 'b') } };
    await expect(trees.capture(join(root, 'b'))).rejects.toMatchObject(missing);
    await expect(trees.capture(join(root, 'a'))).rejects.toMatchObject({ code: 'TARGET_CONFLICT' });
  });

  it('stops where it is told to, and stores nothing', async () => {
    const root = createTemporaryDirectory();
    makeFiles(root, { 'a/b': 'b', 'c/d': 'd' });
    const trees = await TreeStore.make();
    const reason = new Error('enough');
    const stopped = trees.capture(root, { signal: AbortSignal.abort(reason) });
    await expect(stopped).rejects.toMatchObject({ code: 'ABORTED', cause: reason });
    expect(await trees.store.backend.list('packs')).toEqual([]);
  });
});

describe('hard links', () => {
  it('across directories refer to the first name of the walk, and are one file again', async () => {
    const root = createTemporaryDirectory();
    makeFiles(root, { 'b/first': 'content', 'b/c/d': '', 'z/other': 'x' });
    mkdirSync(join(root, 'a'));
    linkSync(join(root, 'b/first'), join(root, 'b/c/second'));
    linkSync(join(root, 'b/first'), join(root, 'third'));
    linkSync(join(root, 'z/other'), join(root, 'a/outside-first'));
    const trees = await TreeStore.make();
    const { ids, counts } = await trees.capture(root);
    const listed = await trees.list(ids);
    const links = [...listed].flatMap(([path, { attributes }]) =>
      attributes.link === undefined ? [] : [[path, attributes.link]],
    );
    expect(links).toEqual([
      ['b/c/second', 'third'],
      ['b/first', 'third'],
      ['z/other', 'a/outside-first'],
    ]);
    expect(counts).toMatchObject({ files: 6, bytes: 8 });
    const target = createTemporaryDirectory({ tmpfsSizeBytes: 16 << 20 });
    expect((await trees.restore(ids, target)).problems).toEqual([]);
    const inodeOf = (path: string) => statSync(join(target, path)).ino;
    expect(new Set(['third', 'b/first', 'b/c/second'].map(inodeOf)).size).toBe(1);
    expect(inodeOf('z/other')).toBe(inodeOf('a/outside-first'));
    expectSameTree(root, target);
  });

  /** Has `act` run just before the batch of files is captured that holds `path`. */
  async function captureWith(trees: TreeStore, root: string, path: string, act: () => void) {
    let done = false;
    const isThere = () => existsSync(path);
    const captured = await trees.capture(root, {
      includes: (_, name) => {
        // The walk has seen the first name when it comes to this one; no file is read before the walk is through.
        if (name === 'trigger' && !done && isThere()) {
          act();
          done = true;
        }
        return true;
      },
    });
    expect(done).toBe(true);
    return captured;
  }

  it('do not refer to a name that vanishes before it is read', async () => {
    const root = createTemporaryDirectory();
    makeFiles(root, { 'a/first': 'content', 'b/file': '', 'c/trigger': '' });
    linkSync(join(root, 'a/first'), join(root, 'b/second'));
    linkSync(join(root, 'a/first'), join(root, 'b/third'));
    const trees = await TreeStore.make();
    const { ids, problems } = await captureWith(trees, root, join(root, 'c/trigger'), () =>
      rmSync(join(root, 'a/first')),
    );
    expect(problems).toMatchObject([{ path: join(root, 'a/first'), code: 'ENOENT' }]);
    const listed = await trees.list(ids);
    expect([...listed.keys()]).toEqual(['', 'a', 'b', 'b/file', 'b/second', 'b/third', 'c', 'c/trigger']);
    expect(listed.get('b/second')?.attributes.link).toBeUndefined();
    const target = createTemporaryDirectory({ tmpfsSizeBytes: 16 << 20 });
    expect((await trees.restore(ids, target)).problems).toEqual([]);
    expect(statSync(join(target, 'b/second')).size).toBe(7);
  });

  it('do not refer to a name whose content is another by the time that it is read', async () => {
    const root = createTemporaryDirectory();
    makeFiles(root, { 'a/first': 'content', 'c/trigger': '' });
    mkdirSync(join(root, 'b'));
    linkSync(join(root, 'a/first'), join(root, 'b/second'));
    const trees = await TreeStore.make();
    const { ids } = await captureWith(trees, root, join(root, 'c/trigger'), () => {
      writeFileSync(join(root, 'a/new'), 'another file');
      renameSync(join(root, 'a/new'), join(root, 'a/first'));
    });
    const listed = await trees.list(ids);
    expect(listed.get('b/second')?.attributes.link).toBeUndefined();
    expect(listed.get('b/second')?.id).not.toBe(listed.get('a/first')?.id);
  });
});

describe('names', () => {
  it('that are not UTF-8 are captured, and known again by the stat cache', async () => {
    const root = createTemporaryDirectory();
    const names = [Buffer.from([0xff]), Buffer.from([0x61, 0x80]), Buffer.from('é'), Buffer.from('\ufffd')];
    for (const name of names) writeFileSync(Buffer.concat([Buffer.from(`${root}/`), name]), name);
    const trees = await TreeStore.make();
    const { ids } = await trees.capture(root);
    expect(new Set((await trees.list(ids)).keys())).toEqual(
      new Set(['', ...names.map((name) => decodeName(name))]),
    );
  });
});
