// Reading contents one after the other.
import { expect, test, vi } from 'vitest';
import { showPath } from '#src/show.js';
import type { ObjectId } from '#store/object-id.js';
import { createSavedTree, type SavedTree } from '../fixtures/saved-tree.js';

async function saveFile(tree: SavedTree, content: string): Promise<ObjectId> {
  tree.write('file', content);
  await tree.save(content);
  const { state } = await showPath(tree.session, { point: content, path: 'tree:file' });
  return state.id as ObjectId;
}

test('contents are read one by one, with the index opened once', async () => {
  const tree = await createSavedTree();
  const ids = [await saveFile(tree, 'one'), await saveFile(tree, 'two')];
  const open = vi.spyOn(tree.session.store, 'openReader');
  for (const id of [...ids, ...ids]) await tree.session.contents.read(id);
  expect(open).toHaveBeenCalledTimes(1);
  expect(Buffer.from(await tree.session.contents.read(ids[1])).toString()).toBe('two');
});

test('what was saved since the first read is found', async () => {
  const tree = await createSavedTree();
  await tree.session.contents.read(await saveFile(tree, 'one'));
  const later = await saveFile(tree, 'later');
  expect(Buffer.from(await tree.session.contents.read(later)).toString()).toBe('later');
  await expect(tree.session.contents.read('0'.repeat(64) as ObjectId)).rejects.toMatchObject({
    code: 'OBJECT_MISSING',
  });
});
