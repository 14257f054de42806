// Restores in place that are undone: what they changed is as it was, and nothing else is touched.
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, test } from 'vitest';
import { listAllPointRefs } from '#src/points.js';
import { type RestoreOptions, restore } from '#src/restore.js';
import { redo, undo } from '#src/rollback/undo.js';
import { describeTree } from '../fixtures/describe-tree.js';
import { createSavedTree, type SavedTree } from '../fixtures/saved-tree.js';
import { createTemporaryDirectory } from '../fixtures/temporary-directory.js';

let tree: SavedTree;
const live = () => describeTree(tree.root);
const path = (name: string) => join(tree.root, name);

beforeEach(async () => {
  tree = await createSavedTree();
  for (const name of ['a', 'b', 'folder/c', 'folder/deep/d']) tree.write(name, 'as it was');
  symlinkSync('a', path('link'));
  tree.write('app.ini', '[web]\nport = 80\nhost = a\n');
  await tree.save('point');
  tree.write('a', 'changed');
  chmodSync(path('b'), 0o600);
  rmSync(path('folder/deep'), { recursive: true });
  rmSync(path('link'));
  mkdirSync(path('link'));
  rmSync(path('link'), { recursive: true });
  tree.write('new', 'not in the point');
});

const OPTIONS: readonly (readonly [string, RestoreOptions])[] = [
  ['everything', {}],
  ['everything, and nothing more', { delete: true }],
  ['single files', { paths: ['tree:a', 'tree:link', 'tree:folder/deep/d'] }],
  ['a directory', { paths: ['tree:folder'] }],
];

describe.each(OPTIONS)('a restore of %s', (_, options) => {
  it('is undone and redone', async () => {
    const before = live();
    const { safety } = await restore(tree.session, 'point', options);
    expect(safety).toBeDefined();
    const after = live();
    expect(after).not.toEqual(before);
    tree.write('elsewhere', 'written since');
    expect((await undo(tree.session)).outcome).toBe('done');
    // What others have written since is none of its business.
    expect(existsSync(path('elsewhere'))).toBe(true);
    rmSync(path('elsewhere'));
    expect(withoutTimes(live())).toEqual(withoutTimes(before));
    expect((await redo(tree.session)).outcome).toBe('done');
    expect(withoutTimes(live())).toEqual(withoutTimes(after));
  });
});

/** The test itself writes to the root. */
function withoutTimes(described: ReturnType<typeof live>) {
  return new Map([...described].map(([name, entry]) => [name, name === '.' ? {} : entry]));
}

test('of a single key what was in the file before is kept', async () => {
  tree.write('app.ini', '[web]\nport = 8080\nhost = b\n');
  const { safety } = await restore(tree.session, 'point', { paths: ['tree:app.ini#web.port'] });
  expect(safety).toBeDefined();
  expect(readFileSync(path('app.ini'), 'utf8')).toBe('[web]\nport = 80\nhost = b\n');
  await undo(tree.session);
  expect(readFileSync(path('app.ini'), 'utf8')).toBe('[web]\nport = 8080\nhost = b\n');
  expect(readFileSync(path('a'), 'utf8')).toBe('changed');
});

test('one that changes nothing, or nothing in place, keeps nothing', async () => {
  const count = async () => (await listAllPointRefs(tree.session)).length;
  const before = await count();
  expect((await restore(tree.session, 'point', { dryRun: true })).safety).toBeUndefined();
  expect((await restore(tree.session, 'point', { to: createTemporaryDirectory() })).safety).toBeUndefined();
  expect(await count()).toBe(before);
  await restore(tree.session, 'point', { delete: true });
  expect(await count()).toBe(before + 1);
  expect((await restore(tree.session, 'point', { delete: true })).safety).toBeUndefined();
  expect(await count()).toBe(before + 1);
});
