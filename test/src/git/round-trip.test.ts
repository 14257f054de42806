// What is exported and imported again is what it was: in a store of the first one's format every tree has its id, by whichever
// object format it went, and however its files are called.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { exportPoints } from '#src/git/export-points.js';
import { importRepository } from '#src/git/import-repository.js';
import { listPoints } from '#src/list.js';
import { restore } from '#src/restore.js';
import type { Session } from '#src/session.js';
import { verify } from '#src/verify.js';
import { encodeName } from '#store/names.js';
import { runTool } from '../../fixtures/run-tool.js';
import { createSavedTree, type SavedTree } from '../../fixtures/saved-tree.js';
import { createRandom } from '../../fixtures/seeded-random.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';

const FORMATS = ['sha256', 'sha1'] as const;
const WAYS = FORMATS.flatMap((store) => FORMATS.map((git) => [store, git] as const));

/** What git takes for something of its own, what looks like an escape, and what is not UTF-8. */
const ODD_NAMES = [
  ...[
    '.git',
    '.GIT',
    'git~1',
    '.git ',
    '.g\u200cit',
    '%savepoint%.git',
    '%savepoint%',
    'a\\.git',
    '.attributes',
  ],
  ...['.gitmodules', '.gitattributes', '.gitignore', '.mailmap', '\udcff\udc80', 'ü', 'new\nline', '100%25'],
];

test.each(WAYS)('a store of %s, by a repository of %s', async (store, git) => {
  const from = await savedPoints(store);
  const repository = join(from.directory, 'export.git');
  await exportPoints(from.session, repository, { objectFormat: git });
  const to = await createSavedTree(store);
  const { points } = await importRepository(to.session, repository);
  expect(points.map(({ name, exported }) => [name, exported])).toEqual([
    ['first', true],
    ['first/of/many', true],
    ['last', true],
  ]);
  expect(await treesOf(to.session)).toEqual(await treesOf(from.session));
  expect((await verify(to.session, { data: true })).problems).toEqual([]);
  // And on, with points of its own behind them.
  await from.save('later');
  await exportPoints(from.session, repository);
  const later = await importRepository(to.session, repository);
  expect(later.points.map(({ outcome }) => outcome)).toEqual(['present', 'present', 'present', 'added']);
  expect(await treesOf(to.session)).toEqual(await treesOf(from.session));
});

test('to a store of the other format all files come with all attributes', async () => {
  const from = await savedPoints('sha256');
  const repository = join(from.directory, 'export.git');
  await exportPoints(from.session, repository, { objectFormat: 'sha1' });
  const to = await createSavedTree('sha1');
  await importRepository(to.session, repository);
  const [left, right] = [createTemporaryDirectory(), createTemporaryDirectory()];
  await restore(from.session, 'last', { to: left });
  await restore(to.session, 'last', { to: right });
  expect(runTool('rsync', ['-aHAXnci', '--delete', `${left}/`, `${right}/`]).toString()).toBe('');
});

async function treesOf(session: Session): Promise<Record<string, string>> {
  return Object.fromEntries((await listPoints(session)).map(({ name, tree }) => [name, tree]));
}

async function savedPoints(format: 'sha1' | 'sha256'): Promise<SavedTree> {
  const tree = await createSavedTree(format);
  tree.write('large', createRandom(5).bytes(2_000_000));
  await tree.save('first');
  const root = Buffer.from(`${tree.root}/`);
  for (const name of ODD_NAMES) {
    const bytes = encodeName(name);
    mkdirSync(Buffer.concat([root, Buffer.from('d-'), bytes]));
    writeFileSync(Buffer.concat([root, bytes]), `content of ${JSON.stringify(name)}\n`);
    writeFileSync(Buffer.concat([root, Buffer.from('d-'), bytes, Buffer.from('/'), bytes]), name);
  }
  await tree.save('first/of/many');
  tree.remove('large');
  tree.write('new', 'x');
  runTool('mkfifo', [join(tree.root, 'fifo')]);
  await tree.save('last');
  return tree;
}
