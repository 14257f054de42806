// A view of a point against the tree that was saved.
import {
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openView } from '#src/view/open-view.js';
import type { PointView } from '#src/view/point-view.js';
import { createSavedTree, type SavedTree } from '../../fixtures/saved-tree.js';

async function viewOf(tree: SavedTree, component?: string): Promise<PointView> {
  const { view } = await openView(tree.session, 'latest', component === undefined ? {} : { component });
  onTestFinished(() => view.reader.close());
  return view;
}

function expectSame(view: PointView, path: string, live: string): void {
  const node = view.find(path);
  const status = lstatSync(live, { bigint: true });
  if (node === undefined) throw new Error(`${path} is not in the view`);
  const { modifiedSeconds, modifiedNanoseconds, mode } = node.attributes;
  expect(mode, path).toBe(Number(status.mode) & 0o7777);
  expect(BigInt(modifiedSeconds) * 10n ** 9n + BigInt(modifiedNanoseconds), path).toBe(status.mtimeNs);
  const whole = { offset: 0, lengthBytes: Number.MAX_SAFE_INTEGER };
  if (status.isDirectory()) {
    const names = readdirSync(live).sort();
    expect([...view.list(node).keys()].sort(), path).toEqual(names);
    for (const name of names) expectSame(view, `${path}/${name}`, join(live, name));
  } else if (status.isSymbolicLink()) {
    expect(Buffer.from(view.read(node, whole)).toString()).toBe(readlinkSync(live));
  } else {
    expect(view.sizeBytes(node)).toBe(Number(status.size));
    expect(Buffer.compare(view.read(node, whole), readFileSync(live)), path).toBe(0);
    expect(view.linkCount(node), path).toBe(Number(status.nlink));
  }
}

test('has each file as it was, below its component or alone', async () => {
  const tree = await createSavedTree();
  for (const path of ['a', 'd/b', 'd/e/c', 'z/.git/config']) tree.write(path, `of ${path}\n`);
  tree.write('large', Buffer.alloc(3 << 20, 'large and equal '));
  mkdirSync(join(tree.root, 'empty'));
  symlinkSync('../a', join(tree.root, 'd/link'));
  linkSync(join(tree.root, 'd/b'), join(tree.root, 'z/other'));
  linkSync(join(tree.root, 'd/b'), join(tree.root, 'third'));
  await tree.save('one');
  const view = await viewOf(tree);
  expect([...view.list(view.root).keys()]).toEqual(['tree']);
  expectSame(view, 'tree', tree.root);
  const alone = await viewOf(tree, 'tree');
  expectSame(alone, '', tree.root);
  const names = ['d/b', 'z/other', 'third'].map((path) => alone.find(path)?.file);
  expect(new Set(names).size).toBe(1);
  expect(alone.find('a')?.file).not.toBe(names[0]);
  expect(alone.find('a/nothing')).toBeUndefined();
  expect(alone.find('d/link/x')).toBeUndefined();
  expect(alone.find('nothing')).toBeUndefined();
});

test('refuses a component that the point does not have, and names those that it has', async () => {
  const tree = await createSavedTree();
  tree.write('a', 'a');
  await tree.save('one');
  await expect(openView(tree.session, 'latest', { component: 'other' })).rejects.toMatchObject({
    code: 'COMPONENT_NOT_FOUND',
    message: expect.stringContaining('tree'),
  });
});
