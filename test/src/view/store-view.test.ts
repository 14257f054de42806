// All points of a store as one tree, against what was saved and what has become of it.
import { linkSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { forgetPoints } from '#src/removed-points.js';
import type { PointView } from '#src/view/point-view.js';
import { StoreView, type StoreViewOptions } from '#src/view/store-view.js';
import { createSavedTree, type SavedTree } from '../../fixtures/saved-tree.js';

const WHOLE = { offset: 0, lengthBytes: Number.MAX_SAFE_INTEGER };

async function viewOf(tree: SavedTree, options: StoreViewOptions = {}): Promise<StoreView> {
  const view = await StoreView.open(tree.session, options);
  onTestFinished(() => view.close());
  return view;
}

function names(view: StoreView, path: string): string[] {
  const node = view.find(path);
  if (node === undefined) throw new Error(`${path} is not in the view`);
  return [...view.list(node).keys()];
}

function content(view: StoreView, path: string): string {
  const node = view.find(path);
  if (node === undefined) throw new Error(`${path} is not in the view`);
  const text = Buffer.from(view.read(node, WHOLE)).toString();
  expect(view.sizeBytes(node)).toBe(Buffer.byteLength(text));
  return text;
}

test('has each point by its name, and links by time and to the latest', async () => {
  const tree = await createSavedTree();
  tree.write('a', 'first\n');
  const { point } = await tree.save('one');
  tree.write('a', 'second\n');
  await tree.save('release/2');
  const view = await viewOf(tree);
  expect(names(view, '')).toEqual(['by-name', 'by-time', 'latest']);
  expect(names(view, 'by-name')).toEqual(['one', 'release~2']);
  expect(names(view, 'by-name/release~2')).toEqual(['tree']);
  expect(content(view, 'by-name/one/tree/a')).toBe('first\n');
  expect(content(view, 'by-name/release~2/tree/a')).toBe('second\n');
  expect(content(view, 'latest')).toBe('by-name/release~2');
  const [first, second] = names(view, 'by-time');
  expect(first).toBe(point.createdAt.slice(0, 19).replace('T', '-').replaceAll(':', ''));
  expect(content(view, `by-time/${first}`)).toBe('../by-name/one');
  expect(content(view, `by-time/${second}`)).toBe('../by-name/release~2');
  expect(view.find('by-name/one')?.attributes.modifiedSeconds).toBe(
    Math.floor(Date.parse(point.createdAt) / 1000),
  );
  for (const path of [
    'nothing',
    'by-name/nothing',
    'by-name/nothing/tree',
    'by-time/x',
    'latest/tree',
    'x/y/z',
  ]) {
    expect(view.find(path), path).toBeUndefined();
  }
});

test('knows each file by its path, and links by the file, in all points', async () => {
  const tree = await createSavedTree();
  tree.write('d/a', 'a');
  linkSync(join(tree.root, 'd/a'), join(tree.root, 'd/b'));
  symlinkSync('a', join(tree.root, 'd/link'));
  await tree.save('one');
  await tree.save('two');
  const view = await viewOf(tree);
  const files = ['one', 'two'].map((point) =>
    ['a', 'b', 'link'].map((name) => {
      const path = `by-name/${point}/tree/d/${name}`;
      const node = view.find(path);
      expect(node?.path).toBe(path);
      return node?.file;
    }),
  );
  for (const [a, b, link] of files) {
    expect(a).toBe(b);
    expect(link).not.toBe(a);
  }
  expect(files[0][0]).not.toBe(files[1][0]);
  expect(content(view, 'by-name/two/tree/d/link')).toBe('a');
  const linkCount = (path: string) => view.linkCount(view.find(path) ?? view.root);
  expect(['by-name/one/tree/d/b', 'by-name/one/tree/d', 'by-name/one', 'by-name', ''].map(linkCount)).toEqual(
    [...[2, 2, 3, 4, 4]],
  );
  expect(linkCount('latest')).toBe(1);
});

test('takes in the points that come and those that go', async () => {
  const tree = await createSavedTree();
  const view = await viewOf(tree);
  expect(names(view, '')).toEqual(['by-name', 'by-time']);
  tree.write('a', 'first\n');
  await tree.save('one');
  expect(names(view, 'by-name')).toEqual([]);
  expect(await Promise.all([view.refresh(), view.refresh(), view.refresh()])).toContain(true);
  expect(await view.refresh()).toBe(false);
  expect(content(view, 'by-name/one/tree/a')).toBe('first\n');
  tree.write('a', 'second\n');
  await tree.save('two');
  await forgetPoints(tree.session, ['one']);
  await view.refresh();
  expect(names(view, 'by-name')).toEqual(['two']);
  expect(view.find('by-name/one/tree/a')).toBeUndefined();
  expect(content(view, 'by-name/two/tree/a')).toBe('second\n');
});

test('a call of refresh sees what was saved before it, though another one is under way', async () => {
  const tree = await createSavedTree();
  tree.write('a', 'a');
  await tree.save('one');
  const view = await viewOf(tree);
  const { refs } = tree.session.store;
  const look = refs.seemsCurrent.bind(refs);
  let letGo = () => {};
  const gate = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  refs.seemsCurrent = async (sequence) => {
    refs.seemsCurrent = look;
    const isCurrent = await look(sequence);
    await gate;
    return isCurrent;
  };
  const first = view.refresh();
  await tree.save('two');
  const second = view.refresh();
  letGo();
  expect(await Promise.all([first, second])).toEqual([false, true]);
  expect(names(view, 'by-name')).toEqual(['one', 'two']);
});

test('opens points when they are looked into, and so many at once as it may', async () => {
  const tree = await createSavedTree();
  tree.write('a', 'a');
  const points = ['one', 'two', 'three'];
  for (const name of points) await tree.save(name);
  const view = await viewOf(tree, { mostPoints: 2 });
  const isOpen = () => [...(view as unknown as { open: Map<string, PointView> }).open.keys()];
  expect(names(view, 'by-name')).toEqual(points);
  expect(isOpen()).toEqual([]);
  for (const name of [...points, 'two', 'one']) expect(content(view, `by-name/${name}/tree/a`)).toBe('a');
  expect(isOpen()).toEqual(['two', 'one']);
});

test('a point that is damaged is there, and says so to whoever looks into it', async () => {
  const tree = await createSavedTree();
  tree.write('a', 'a');
  await tree.save('one');
  const before = tree.stored('packs');
  tree.write('a', 'b');
  await tree.save('two');
  tree.lose('packs', before);
  const view = await viewOf(tree);
  expect(names(view, 'by-name')).toEqual(['one', 'two']);
  expect(content(view, 'by-name/one/tree/a')).toBe('a');
  expect(() => view.find('by-name/two/tree/a')).toThrow(expect.objectContaining({ code: 'PACK_MISSING' }));
});
