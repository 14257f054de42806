// Points that went to git object by object, as an export passes them on, and come back.
import { chmodSync, linkSync, lutimesSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { componentsOfPaths } from '#src/components.js';
import { escapeName } from '#src/git/escape-name.js';
import { importRepository } from '#src/git/import-repository.js';
import { listPoints } from '#src/list.js';
import { restore } from '#src/restore.js';
import { save } from '#src/save.js';
import type { Session } from '#src/session.js';
import { verify } from '#src/verify.js';
import { encodeName } from '#store/names.js';
import type { ObjectFormat, ObjectId } from '#store/object-id.js';
import type { ObjectReader } from '#store/object-reader.js';
import { parseCommit, parseTag } from '#store/objects/commit-and-tag.js';
import { parseTree } from '#store/objects/tree.js';
import { type MadeRepository, makeRepository, writeObject } from '../../fixtures/made-repository.js';
import { runTool } from '../../fixtures/run-tool.js';
import { createSavedTree, type SavedTree } from '../../fixtures/saved-tree.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';

const FORMATS = ['sha256', 'sha1'] as const;

test.each(FORMATS)('a store of %s gets the very points back', async (format) => {
  const from = await savedPoints(format);
  const made = await passOn(from.session);
  const to = await createSavedTree(format);
  const { points } = await importRepository(to.session, made.directory);
  expect(points).toMatchObject([
    { name: 'first', outcome: 'added', exported: true },
    { name: 'second', outcome: 'added', exported: true },
  ]);
  expect(await listPoints(to.session)).toEqual(await listPoints(from.session));
  expect((await verify(to.session, { data: true })).problems).toEqual([]);
  const again = await importRepository(to.session, made.directory);
  expect(again).toMatchObject({ newObjects: 0, points: [{ outcome: 'present' }, { outcome: 'present' }] });
});

test.each(FORMATS)('what a point that a store of %s has holds is not read again', async (format) => {
  const from = await savedPoints('sha256');
  const to = await createSavedTree(format);
  const made = await passOn(from.session);
  await importRepository(to.session, made.directory, { tags: ['first'] });
  const read: number[] = [];
  await importRepository(to.session, made.directory, { onProgress: ({ files }) => read.push(files) });
  // The changed file, the attributes of its directory, and both records.
  expect(read.at(-1)).toBe(4);
  if (format === 'sha256') expect(await listPoints(to.session)).toEqual(await listPoints(from.session));
  expect((await verify(to.session, { data: true })).problems).toEqual([]);
});

test.each(FORMATS)(
  'from a store of %s to one of the other format all attributes come along',
  async (format) => {
    const from = await savedPoints(format);
    const made = await passOn(from.session);
    const to = await createSavedTree(format === 'sha1' ? 'sha256' : 'sha1');
    await importRepository(to.session, made.directory);
    const summaries = async (session: Session) =>
      (await listPoints(session)).map(({ id: _id, commit: _commit, tree: _tree, ...summary }) => summary);
    expect(await summaries(to.session)).toEqual(await summaries(from.session));
    for (const point of ['first', 'second']) {
      const [left, right] = [createTemporaryDirectory(), createTemporaryDirectory()];
      await restore(from.session, point, { to: left });
      await restore(to.session, point, { to: right });
      const differences = runTool('rsync', ['-aHAXnci', '--delete', `${left}/`, `${right}/`]);
      expect(differences.toString()).toBe('');
    }
    const again = await importRepository(to.session, made.directory);
    expect(again.points.map(({ outcome }) => outcome)).toEqual(['present', 'present']);
  },
);

test('names that were escaped get back what they were, and the point its id', async () => {
  const from = await savedPoints('sha1');
  const made = await passOn(from.session, { rename: (name) => (name === '.git' ? escapeName(name) : name) });
  expect(made.git('ls-tree', '-r', '--name-only', 'second:tree/files')).toContain('%savepoint%.git/config');
  const to = await createSavedTree('sha1');
  await importRepository(to.session, made.directory);
  const trees = async (session: Session) => (await listPoints(session)).map(({ tree }) => tree);
  expect(await trees(to.session)).toEqual(await trees(from.session));
});

test('messages that look like signatures, or like what a point says of itself, come back', async () => {
  const from = await createSavedTree();
  from.write('a', 'one\n');
  const messages = [
    'a\n-----BEGIN PGP SIGNATURE-----\nb\n-----END PGP SIGNATURE-----',
    '-----BEGIN SSH SIGNATURE-----\nb',
    'Savepoint-Summary: {}\n\nSavepoint-Summary: {}',
    ' \n\nlate\r\n ',
  ];
  for (const message of messages)
    await save(from.session, componentsOfPaths([from.root]), {
      message,
      name: `n${messages.indexOf(message)}`,
    });
  const made = await passOn(from.session);
  const to = await createSavedTree();
  await importRepository(to.session, made.directory);
  expect(await listPoints(to.session)).toEqual(await listPoints(from.session));
});

test('where a point of the name is another one nothing comes', async () => {
  const made = await passOn((await savedPoints('sha256')).session);
  const to = await savedPoints('sha256');
  const refused = importRepository(to.session, made.directory);
  await expect(refused).rejects.toMatchObject({ code: 'NAME_TAKEN', fields: { names: ['first', 'second'] } });
  const { points } = await importRepository(to.session, made.directory, { prefix: 'web1-' });
  expect(points.map(({ name }) => name)).toEqual(['web1-first', 'web1-second']);
});

test('two tags that lead to one name are refused', async () => {
  const from = await savedPoints('sha1');
  const made = await passOn(from.session);
  made.git('update-ref', 'refs/tags/a%2Fb', made.git('rev-parse', 'first'));
  made.git('update-ref', 'refs/tags/a/b', made.git('rev-parse', 'second'));
  const to = await createSavedTree('sha1');
  const refused = importRepository(to.session, made.directory);
  await expect(refused).rejects.toMatchObject({ code: 'NAME_TAKEN', fields: { names: ['a/b'] } });
});

test('a tag that only says that it is a point is taken as any other', async () => {
  const from = await savedPoints('sha1');
  const made = await passOn(from.session);
  const message = made.git('for-each-ref', '--format=%(contents)', 'refs/tags/first');
  made.git('tag', '--annotate', `--message=${message}`, 'claimed', made.git('rev-parse', 'first:tree/files'));
  const to = await createSavedTree('sha1');
  const { points } = await importRepository(to.session, made.directory, { tags: ['claimed'] });
  expect(points).toMatchObject([{ name: 'claimed', exported: false }]);
});

async function savedPoints(format: ObjectFormat): Promise<SavedTree> {
  const tree = await createSavedTree(format);
  tree.write('a', 'one\n');
  tree.write('.git/config', '[core]\n');
  tree.write('deep/run', '#!/bin/sh\n');
  chmodSync(join(tree.root, 'deep/run'), 0o4750);
  mkdirSync(join(tree.root, 'empty'), { mode: 0o700 });
  symlinkSync('a', join(tree.root, 'link'));
  lutimesSync(join(tree.root, 'link'), 1000.25, 1000.25);
  linkSync(join(tree.root, 'a'), join(tree.root, 'hard'));
  tree.write('keep/me', 'x');
  runTool('setfattr', ['-n', 'user.note', '-v', 'kept', join(tree.root, 'keep/me')]);
  await tree.save('first');
  tree.write('deep/run', '#!/bin/sh\nexit\n');
  await tree.save('second');
  return tree;
}

/** Writes all that the points of a store hold into a repository of its format, the names in trees by `rename`. */
async function passOn(session: Session, { rename = (name: string) => name } = {}): Promise<MadeRepository> {
  const { format } = session.store;
  const made = makeRepository({ format });
  const reader = await session.store.openReader();
  const passed = new Map<ObjectId, string>();
  const pass = async (id: ObjectId): Promise<string> => {
    const known = passed.get(id);
    if (known !== undefined) return known;
    const { kind, content } = await reader.read(id);
    const written = writeObject(made.directory, kind, await rewritten({ kind, content }));
    passed.set(id, written);
    return written;
  };
  const rewritten = async ({ kind, content }: Awaited<ReturnType<ObjectReader['read']>>) => {
    if (kind === 'tree') {
      const lines: Buffer[] = [];
      for (const { mode, name, id } of parseTree(content, format)) {
        const head = Buffer.concat([
          Buffer.from(`${mode.toString(8)} `),
          encodeName(rename(name)),
          Buffer.from('\0'),
        ]);
        lines.push(Buffer.concat([head, Buffer.from(await pass(id), 'hex')]));
      }
      return Buffer.concat(lines);
    }
    if (kind === 'blob') return content;
    const { tree, parents } =
      kind === 'commit'
        ? parseCommit(content, format)
        : { tree: parseTag(content, format).object, parents: [] };
    let text = Buffer.from(content).toString();
    for (const id of [tree, ...parents]) text = text.replace(id, await pass(id));
    return Buffer.from(text);
  };
  for (const { name, id } of await listPoints(session))
    made.git('update-ref', `refs/tags/${name}`, await pass(id));
  return made;
}
