// What undo says of restores before which nothing could be kept: that they can't be undone, and what there is to go back to.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { logDone } from '#src/log-operation.js';
import { findPoint } from '#src/points.js';
import { forgetPoints } from '#src/removed-points.js';
import { restore } from '#src/restore.js';
import { rollback } from '#src/rollback/rollback.js';
import { redo, undo } from '#src/rollback/undo.js';
import { createSavedTree, type SavedTree } from '../../fixtures/saved-tree.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';

let tree: SavedTree;
beforeEach(async () => {
  tree = await createSavedTree();
  tree.write('file', 'at first');
  await tree.save('first');
});

const refused = (pattern: RegExp) =>
  expect.objectContaining({ code: 'NOTHING_TO_UNDO', message: expect.stringMatching(pattern) });
const undone = (options: Parameters<typeof undo>[1] = {}) => undo(tree.session, options);

/** Logs a restore as one of a store that took nothing. */
async function logRestored(point: string, ...paths: readonly string[]): Promise<void> {
  const reader = await tree.session.store.openReader();
  const { name, id } = await findPoint(tree.session, reader, point);
  await logDone(tree.session, {
    ...{ kind: 'restore', startedAt: new Date(), command: ['restore', point, ...paths] },
    ...{ components: ['tree'], outcome: 'done', after: { name, id } },
  });
}

test('the last point before it is named, and leads back', async () => {
  tree.write('file', 'then');
  await tree.save('second');
  await logRestored('first', 'tree:file');
  const why =
    /^There is nothing to undo\. Operation 3 \('restore first tree:file'\) is a restore that .* can't be undone/;
  const what = /before it is second: .*'savepoint diff second live'.*'savepoint restore second PATH'/;
  await expect(undone()).rejects.toEqual(refused(why));
  await expect(undone()).rejects.toEqual(refused(what));
  await expect(undone({ operation: '3' })).rejects.toEqual(refused(what));
  await restore(tree.session, 'second');
  expect(readFileSync(join(tree.root, 'file'), 'utf8')).toBe('then');
});

test('where the state before it is in no point, that is said', async () => {
  tree.write('file', 'saved nowhere');
  await logRestored('first');
  await expect(undone()).rejects.toEqual(refused(/first, from which it was restored: .* is in no point/));
  await tree.save('second');
  await forgetPoints(tree.session, ['first']);
  await expect(undone()).rejects.toEqual(refused(/There is no point from before it/));
});

test('a restore elsewhere is none that would have to be undone', async () => {
  await restore(tree.session, 'first', { to: createTemporaryDirectory() });
  await expect(undone()).rejects.toEqual(
    refused(/no rollback, restore, or guarded change that is not undone/),
  );
  await expect(undone({ operation: '2' })).rejects.toEqual(refused(/Operation '2' changed nothing/));
});

test('a rollback before it is undone, and what was undone since is no matter of it', async () => {
  tree.write('file', 'then');
  await rollback(tree.session, 'first');
  await logRestored('first');
  expect((await undone()).outcome).toBe('done');
  await expect(undone()).rejects.toEqual(
    refused(/no rollback, restore, or guarded change that is not undone/),
  );
  await restore(tree.session, 'first', { to: createTemporaryDirectory() });
  expect((await redo(tree.session)).outcome).toBe('done');
});
