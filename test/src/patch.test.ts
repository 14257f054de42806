// The text of a change, and what has none.
import { mkdirSync, renameSync, symlinkSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { diffPoints, type FileChange } from '#src/diff-points.js';
import { countLines, patch } from '#src/patch.js';
import { changesOf, edited, PAIRS, patchesOf, put } from '../fixtures/patch-pairs.js';
import { runTool } from '../fixtures/run-tool.js';
import { collect, createSavedTree } from '../fixtures/saved-tree.js';

test('a patch reads as git would write it', async () => {
  const tree = await createSavedTree();
  const changes = await changesOf(tree, (side) =>
    put(
      tree.root,
      'a b.txt',
      edited((lines) => side === 'after' && lines.splice(5, 2, 'x\n')),
    ),
  );
  const [text] = await patchesOf(
    tree,
    changes.filter(({ path }) => path !== ''),
  );
  const path = join(tree.root, 'a b.txt').slice(1);
  const { before, after } = changes.find(({ path }) => path !== '') as FileChange;
  expect(text).toBe(
    [
      `diff --git a/${path} b/${path}`,
      `index ${before?.id?.slice(0, 12)}..${after?.id?.slice(0, 12)} 100644`,
      `--- a/${path}\t`,
      `+++ b/${path}\t`,
      '@@ -3,8 +3,7 @@',
      ...[' line 2', ' line 3', ' line 4', '-line 5', '-line 6', '+x', ' line 7', ' line 8', ' line 9', ''],
    ].join('\n'),
  );
});

test('names with blanks are quoted where no hunk says where they end, or a blank is last', async () => {
  const tree = await createSavedTree();
  const changes = await changesOf(tree, (side) => {
    put(tree.root, 'a b', 'same\n', side === 'before' ? 0o644 : 0o755);
    put(tree.root, 'last ', `${side}\n`);
  });
  const texts = await patchesOf(tree, changes);
  const names = texts.filter((text) => text !== '').map((text) => text.split('\n')[0]);
  const root = tree.root.slice(1);
  expect(names).toEqual([
    `diff --git "a/${root}/a b" "b/${root}/a b"`,
    `diff --git "a/${root}/last " "b/${root}/last "`,
  ]);
});

test('two points give the same patch as a point and the live state', async () => {
  const tree = await createSavedTree();
  const changes = await changesOf(tree, (side) => {
    for (const [name, pair] of Object.entries(PAIRS)) put(tree.root, name, pair[side]);
  });
  const live = await patchesOf(tree, changes);
  await tree.save('after');
  expect(
    await patchesOf(tree, await collect(diffPoints(tree.session, { before: 'before', after: 'after' }))),
  ).toEqual(live);
});

test('what has no words in a patch has an empty one, and no lines', async () => {
  const tree = await createSavedTree();
  const changes = await changesOf(tree, (side) => {
    put(tree.root, 'file', 'content', side === 'before' ? 0o644 : 0o600);
    if (side === 'after') {
      mkdirSync(join(tree.root, 'directory'));
      runTool('mkfifo', [join(tree.root, 'fifo')]);
    }
  });
  expect(changes.map(({ path }) => path)).toEqual(['', 'directory', 'fifo', 'file']);
  expect(await patchesOf(tree, changes)).toEqual(['', '', '', '']);
  for (const change of changes)
    expect(await countLines(tree.session, change)).toEqual({ added: 0, removed: 0 });
});

test('what is not text has no patch: bytes with a NUL, and very long files', async () => {
  const tree = await createSavedTree();
  const changes = await changesOf(tree, (side) => {
    tree.write('binary', side === 'after' ? Buffer.from([1, 0, 2]) : 'text');
    tree.write('was binary', side === 'before' ? Buffer.from([1, 0, 2]) : 'text');
    tree.write('long', `${side}\n`);
    if (side === 'after') truncateSync(join(tree.root, 'long'), (8 << 20) + 1);
    tree.write('late', `${'x'.repeat(8000)}\0${side}`);
  });
  const texts = changes.filter(({ path }) => path !== '');
  expect(texts.map(({ path }) => path)).toEqual(['binary', 'late', 'long', 'was binary']);
  const patches = await Promise.all(texts.map((change) => patch(tree.session, change)));
  expect(patches.map((text) => text === undefined)).toEqual([true, false, true, true]);
  expect(await countLines(tree.session, texts[0])).toBeUndefined();
});

test('a live file that changed since it was compared is read as it is now', async () => {
  const tree = await createSavedTree();
  const changes = await changesOf(tree, (side) => tree.write('file', `${side}\n`));
  const change = changes.find(({ path }) => path === 'file') as FileChange;
  tree.write('file', 'later\n');
  expect(await patch(tree.session, change)).toContain('+later\n');
  tree.write('file', 'before\n');
  expect(await patch(tree.session, change)).toBe('');
});

test('a live file that is gone since it was compared, or is another kind of file, is not read', async () => {
  const tree = await createSavedTree();
  const changes = await changesOf(tree, (side) => tree.write('file', `${side}\n`));
  const change = changes.find(({ path }) => path === 'file') as FileChange;
  renameSync(join(tree.root, 'file'), join(tree.root, 'moved'));
  await expect(patch(tree.session, change)).rejects.toMatchObject({ code: 'PATH_NOT_FOUND' });
  symlinkSync('moved', join(tree.root, 'file'));
  await expect(patch(tree.session, change)).rejects.toMatchObject({ code: 'PATH_NOT_FOUND' });
});
