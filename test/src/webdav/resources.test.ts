// What of a point is served, and where its symbolic links lead.
import { linkSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { componentsOfPaths } from '#src/components.js';
import { save } from '#src/save.js';
import { StoreView } from '#src/view/store-view.js';
import { Resources } from '#src/webdav/resources.js';
import { runTool } from '../../fixtures/run-tool.js';
import { createSavedTree, type SavedTree } from '../../fixtures/saved-tree.js';

async function resourcesOf(tree: SavedTree): Promise<Resources> {
  const view = await StoreView.open(tree.session);
  onTestFinished(() => view.close());
  return new Resources(view);
}

function found(resources: Resources, path: string): string | undefined {
  return resources.find(path.split('/').filter((name) => name !== ''))?.node.path;
}

function members(resources: Resources, path: string): string[] {
  const resource = resources.find(path.split('/'));
  if (resource === undefined) throw new Error(`${path} is not served`);
  return [...resources.members(resource)].map(({ name, isCollection }) => name + (isCollection ? '/' : ''));
}

test('links lead where they led on the host, as far as the point has that', async () => {
  const tree = await createSavedTree();
  const other = join(tree.directory, 'other');
  mkdirSync(join(other, 'deep'), { recursive: true });
  writeFileSync(join(other, 'deep/file'), 'other');
  tree.write('d/file', 'own');
  const link = (target: string, name: string) => symlinkSync(target, join(tree.root, name));
  link('d/file', 'relative');
  link(join(tree.root, 'd/file'), 'absolute');
  link('../other/deep/file', 'beside');
  link(join(other, 'deep'), 'directory-beside');
  link('relative', 'twice');
  link('directory-beside/../deep/file', 'around');
  link('d/../d/./file', 'd/own-way');
  link('../d/file', 'd/up');
  for (const [target, name] of [
    ...[
      ['/etc/passwd', 'outside'],
      ['missing', 'dangling'],
      ['circle', 'circle'],
      ['d/file/x', 'below-a-file'],
    ],
    ...[
      ['../../../../../../../../../..', 'root'],
      ['../none/../other/deep/file', 'unknown-way'],
    ],
  ])
    link(target, name);
  await save(tree.session, componentsOfPaths([tree.root, other]), { name: 'one' });
  const resources = await resourcesOf(tree);
  const at = (name: string) => found(resources, `latest/tree/${name}`);
  const own = 'by-name/one/tree/d/file';
  for (const name of ['relative', 'absolute', 'twice', 'd/up']) expect(at(name), name).toBe(own);
  const beside = 'by-name/one/other/deep';
  for (const name of ['beside', 'around', 'directory-beside/file'])
    expect(at(name), name).toBe(`${beside}/file`);
  expect(at('directory-beside')).toBe(beside);
  for (const name of ['outside', 'dangling', 'circle', 'below-a-file', 'root', 'unknown-way'])
    expect(at(name), name).toBeUndefined();
  expect(at('d/own-way')).toBeUndefined();
  expect(members(resources, 'latest/tree').sort()).toEqual([
    ...['absolute', 'around', 'beside', 'd/', 'relative', 'twice'],
  ]);
  const linked = [...resources.linkedDirectories(resources.find(['latest', 'tree']) ?? never())];
  expect(linked.map(({ name, node }) => [name, node.path])).toEqual([['directory-beside', beside]]);
});

function never(): never {
  throw new Error('it is served');
}

test('links go through other links on their way, and up from where those lead', async () => {
  const tree = await createSavedTree();
  tree.write('a/b/file', 'below');
  tree.write('a/file', 'between');
  tree.write('file', 'above');
  symlinkSync('a/b', join(tree.root, 'short'));
  symlinkSync('short/../file', join(tree.root, 'kernel-way'));
  await tree.save('one');
  const resources = await resourcesOf(tree);
  expect(found(resources, 'latest/tree/kernel-way')).toBe('by-name/one/tree/a/file');
});

test('only files and directories are served, and directories through links only when asked for', async () => {
  const tree = await createSavedTree();
  tree.write('file', 'content');
  linkSync(join(tree.root, 'file'), join(tree.root, 'other-name'));
  runTool('mkfifo', [join(tree.root, 'fifo')]);
  runTool('mknod', [join(tree.root, 'null'), 'c', '1', '3']);
  symlinkSync('fifo', join(tree.root, 'to-fifo'));
  symlinkSync('.', join(tree.root, 'loop'));
  await tree.save('one');
  const resources = await resourcesOf(tree);
  expect(members(resources, 'latest/tree')).toEqual(['file', 'other-name']);
  for (const name of ['fifo', 'null', 'to-fifo', 'file/x']) {
    expect(found(resources, `latest/tree/${name}`), name).toBeUndefined();
  }
  expect(found(resources, 'latest/tree/loop/loop/file')).toBe('by-name/one/tree/file');
});

test('the links to points are directories of the tree', async () => {
  const tree = await createSavedTree();
  tree.write('file', 'content');
  await tree.save('one');
  const resources = await resourcesOf(tree);
  expect([...resources.members(resources.find([]) ?? never())].map(({ name }) => name)).toEqual([
    ...['by-name', 'by-time', 'latest'],
  ]);
  expect(members(resources, 'by-time')).toHaveLength(1);
  const [time] = members(resources, 'by-time');
  expect(found(resources, `by-time/${time}tree/file`)).toBe('by-name/one/tree/file');
  expect(found(resources, '')).toBe('');
});
