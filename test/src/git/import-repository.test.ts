// Tags of repositories that know nothing of points become points with the files that git checks out.
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { importRepository } from '#src/git/import-repository.js';
import { listPoints } from '#src/list.js';
import { readComponents } from '#src/point-tree.js';
import { findPoint } from '#src/points.js';
import { forgetPoints } from '#src/removed-points.js';
import { restore } from '#src/restore.js';
import type { Session } from '#src/session.js';
import { verify } from '#src/verify.js';
import { type MadeRepository, makeRepository, writeObject } from '../../fixtures/made-repository.js';
import { runTool } from '../../fixtures/run-tool.js';
import { createSavedTree } from '../../fixtures/saved-tree.js';
import { createRandom } from '../../fixtures/seeded-random.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';

const FIRST = '2024-05-01T10:00:00Z';
const SECOND = '2024-06-01T10:00:00Z';
const THIRD = '2024-07-01T10:00:00Z';

test.each(['sha1', 'sha256'] as const)(
  'tags become points in a store of %s, oldest first',
  async (format) => {
    const { session } = await createSavedTree(format);
    const made = makeTagged();
    made.git('gc', '--quiet');
    const result = await importRepository(session, made.directory);
    expect(result.points.map(({ name, outcome }) => [name, outcome])).toEqual([
      ['v1', 'added'],
      ['dir/v2', 'added'],
    ]);
    const [first, second] = await listPoints(session);
    expect(first).toMatchObject({
      name: 'v1',
      message: 'the first\n\nrelease',
      createdAt: '2024-05-01T10:00:00.000Z',
    });
    expect(second).toMatchObject({
      name: 'dir/v2',
      message: `as of ${SECOND}`,
      components: ['app'],
      files: 5,
    });
    expect(second.tags['git-commit']).toBe(made.git('rev-parse', 'main'));
    for (const tag of ['v1', 'dir/v2']) await expectAsCheckedOut(session, tag, made);
    if (format === 'sha1')
      expect(await filesTree(session, 'dir/v2')).toBe(made.git('rev-parse', 'dir/v2^{tree}'));
    expect((await verify(session, { data: true })).problems).toEqual([]);
  },
);

test('importing again adds nothing, and later only what is new', async () => {
  const { session, stored } = await createSavedTree('sha1');
  const made = makeTagged();
  await importRepository(session, made.directory);
  const packs = stored('packs');
  const again = await importRepository(session, made.directory);
  expect(again.points.map(({ outcome }) => outcome)).toEqual(['present', 'present']);
  expect(stored('packs')).toEqual(packs);
  made.commit({ a: 'three\n' }, THIRD);
  made.tag('v3', THIRD);
  const later = await importRepository(session, made.directory);
  expect(later.points.map(({ name, outcome }) => `${name} ${outcome}`)).toEqual([
    'v1 present',
    'dir/v2 present',
    'v3 added',
  ]);
  // The blob; tree and attributes of the root; component.json with its tree, savepoint.json, the point's tree, commit and tag.
  expect(later.newObjects).toBe(1 + 3 + 2 + 2 + 2);
  const points = await listPoints(session);
  expect(points.map(({ name }) => name)).toEqual(['v1', 'dir/v2', 'v3']);
});

test.each(['sha1', 'sha256'] as const)(
  'in a store of %s only files that have changed are read',
  async (format) => {
    const { session } = await createSavedTree(format);
    const made = makeTagged();
    const { git } = made;
    git('update-index', '--add', '--cacheinfo', `160000,${git('rev-parse', 'v1^{commit}')},d/module`);
    git('tag', '--force', 'dir/v2', git('commit-tree', '-m', 'with a submodule', git('write-tree')));
    await importRepository(session, made.directory);
    made.commit({ a: 'three\n', 'd/run': { run: 'y' }, other: 'x' }, THIRD);
    made.tag('v3', THIRD);
    const read: number[] = [];
    await importRepository(session, made.directory, { onProgress: ({ files }) => read.push(files) });
    // Those, and `new`: the commit with the submodule is the oldest, so v1 came last, which does not have it.
    expect(read.at(-1)).toBe(4);
    await expectAsCheckedOut(session, 'v3', made);
  },
);

test('a file has the time of the first tag that has it so, whichever imports they came by', async () => {
  const made = makeTagged();
  const times = async (...imports: string[][]) => {
    const { session } = await createSavedTree();
    for (const tags of imports) await importRepository(session, made.directory, { tags });
    const target = createTemporaryDirectory();
    await restore(session, 'dir/v2', { to: target });
    return runTool('find', ['.', '-printf', '%P %TY-%Tm %#m %U\\n'], { cwd: target })
      .toString()
      .split('\n')
      .sort();
  };
  const [together, apart] = [await times([]), await times(['v1'], ['dir/v2'])];
  expect(apart).toEqual(together);
  expect(together).toContain('a 2024-06 0644 0');
  expect(together).toContain('d/run 2024-05 0755 0');
  expect(together).toContain('d 2024-05 0755 0');
  expect(together).toContain('new 2024-06 0644 0');
});

test('only the tags named come, with the prefix that is given', async () => {
  const { session } = await createSavedTree();
  const made = makeTagged();
  const options = { tags: ['v1'], prefix: 'app-', component: 'web', origin: '/srv/web' };
  const { points } = await importRepository(session, made.directory, options);
  expect(points).toMatchObject([{ name: 'app-v1', tag: 'v1', outcome: 'added' }]);
  const [point] = await listPoints(session);
  const component = (await componentsOf(session, point.name)).get('web');
  expect(component?.record).toMatchObject({ name: 'web', origin: '/srv/web', exclude: ['.git'], files: 4 });
  const missing = importRepository(session, made.directory, { tags: ['v11'] });
  await expect(missing).rejects.toMatchObject({ code: 'TAG_NOT_FOUND', fields: { nearest: ['v1'] } });
  const wrong = importRepository(session, made.directory, { component: 'a/b' });
  await expect(wrong).rejects.toMatchObject({ code: 'INVALID_NAME' });
});

test('an import that is stopped leaves nothing, and is done by repeating it', async () => {
  const { session } = await createSavedTree();
  const made = makeTagged();
  const stop = new AbortController();
  const stopped = importRepository(session, made.directory, {
    signal: stop.signal,
    onProgress: ({ tag }) => {
      if (tag === 'dir/v2') stop.abort();
    },
  });
  await expect(stopped).rejects.toMatchObject({ code: 'ABORTED' });
  expect(await listPoints(session)).toEqual([]);
  const { points } = await importRepository(session, made.directory);
  expect(points.map(({ outcome }) => outcome)).toEqual(['added', 'added']);
  expect((await verify(session, { data: true })).problems).toEqual([]);
});

test('where another point has the name nothing is done; a removed one that is the same comes back', async () => {
  const { session, write, save, stored } = await createSavedTree();
  write('a', 'x');
  await save('v1');
  const made = makeTagged();
  const before = stored('packs');
  const refused = importRepository(session, made.directory);
  await expect(refused).rejects.toMatchObject({ code: 'NAME_TAKEN', fields: { names: ['v1'] } });
  expect(stored('packs')).toEqual(before);
  await importRepository(session, made.directory, { tags: ['dir/v2'] });
  await forgetPoints(session, ['dir/v2']);
  const back = await importRepository(session, made.directory, { tags: ['dir/v2'] });
  expect(back.points).toMatchObject([{ name: 'dir/v2', outcome: 'recovered' }]);
  expect((await listPoints(session)).map(({ name }) => name)).toContain('dir/v2');
});

test('a tag that can name no point is told with what to do', async () => {
  const { session } = await createSavedTree();
  const made = makeTagged();
  made.tag('latest', THIRD);
  const refused = importRepository(session, made.directory);
  await expect(refused).rejects.toMatchObject({
    code: 'INVALID_NAME',
    message: expect.stringContaining('--prefix'),
  });
  const { points } = await importRepository(session, made.directory, { tags: ['latest'], prefix: 'app-' });
  expect(points[0].name).toBe('app-latest');
});

test('submodules and tags of single files are left out and named; tags of tags and of trees are followed', async () => {
  const { session } = await createSavedTree();
  const made = makeTagged();
  const { git } = made;
  git('update-index', '--add', '--cacheinfo', `160000,${git('rev-parse', 'v1^{commit}')},d/module`);
  git('tag', 'module', git('commit-tree', '-m', 'with one', git('write-tree')));
  git('tag', 'file', git('rev-parse', 'v1:a'));
  git('tag', 'tree', git('rev-parse', 'v1:d'));
  git('tag', '--annotate', '--message=outer', 'outer', git('rev-parse', 'v1'));
  const { points, unusable, submodules } = await importRepository(session, made.directory);
  expect(unusable).toEqual(['file']);
  expect(submodules).toEqual(['d/module']);
  expect(points.map(({ name }) => name).sort()).toEqual(['dir/v2', 'module', 'outer', 'tree', 'v1']);
  expect((await findPoint(session, await session.store.openReader(), 'outer')).message).toBe('outer');
  const target = createTemporaryDirectory();
  await restore(session, 'tree', { to: target });
  expect(runTool('ls', [target]).toString()).toBe('large\nrun\n');
});

test('objects as old versions of git wrote them are read as git reads them', async () => {
  const { session } = await createSavedTree();
  const made = makeRepository();
  const blob = writeObject(made.directory, 'blob', Buffer.from('x'));
  const id = Buffer.from(blob, 'hex');
  const entry = (text: string) => Buffer.concat([Buffer.from(`${text}\0`, 'latin1'), id]);
  const tree = writeObject(made.directory, 'tree', Buffer.concat([entry('100664 a'), entry('100775 b\xe4')]));
  const text = `tree ${tree}\nauthor A <a@b> 1700000000 +0000\ncommitter A <a@b> 1700000000 +0000\nencoding ISO-8859-1\n\nGr\xfc\xdfe\n`;
  const commit = writeObject(made.directory, 'commit', Buffer.from(text, 'latin1'));
  const tag = writeObject(made.directory, 'tag', Buffer.from(`object ${commit}\ntype commit\ntag old\n\n`));
  made.git('update-ref', 'refs/tags/old', tag);
  await importRepository(session, made.directory);
  const [point] = await listPoints(session);
  expect(point).toMatchObject({ name: 'old', message: 'Grüße', createdAt: '2023-11-14T22:13:20.000Z' });
  const target = createTemporaryDirectory();
  await restore(session, 'old', { to: target });
  const listed = runTool('ls', ['-l', target]).toString('latin1');
  expect(listed).toMatch(/-rw-r--r--.* a\n-rwxr-xr-x.* b\xe4\n/);
});

test.each([
  ['100644 ..', /no file can have/],
  ['100644 a/b', /no file can have/],
  ['40000 gone', /has no object/],
  ['999999 a', /'999999' for a mode/],
])('a tree with %s is refused, and nothing of it stays', async (line, message) => {
  const { session } = await createSavedTree();
  const made = makeRepository();
  const id = line.startsWith('4')
    ? Buffer.alloc(20, 7)
    : Buffer.from(writeObject(made.directory, 'blob', Buffer.from('x')), 'hex');
  const tree = writeObject(made.directory, 'tree', Buffer.concat([Buffer.from(`${line}\0`), id]));
  made.git('update-ref', 'refs/tags/bad', made.git('commit-tree', '-m', 'bad', tree));
  const refused = importRepository(session, made.directory);
  await expect(refused).rejects.toMatchObject({
    code: 'REPOSITORY_CORRUPT',
    message: expect.stringMatching(message),
  });
  expect(await listPoints(session)).toEqual([]);
});

function makeTagged(): MadeRepository {
  const made = makeRepository();
  const large = createRandom(1).bytes(3_000_000);
  made.commit({ a: 'one\n', 'd/large': large, 'd/run': { run: 'x' }, link: { link: 'a' } }, FIRST);
  made.tag('v1', FIRST, 'the first\n\nrelease');
  made.commit({ a: 'two\n', new: createRandom(2).text(100_000) }, SECOND);
  made.tag('dir/v2', SECOND);
  return made;
}

async function expectAsCheckedOut(session: Session, tag: string, made: MadeRepository): Promise<void> {
  const [restored, checkedOut] = [createTemporaryDirectory(), join(createTemporaryDirectory(), 'clone')];
  await restore(session, tag, { to: restored });
  made.git('clone', '--quiet', '--branch', tag, '.', checkedOut);
  const differences = runTool('rsync', [
    ...['-rlpcn', '--delete', '--exclude=.git', '--itemize-changes'],
    ...[`${checkedOut}/`, restored],
  ]);
  expect(differences.toString().replace(/^\.d.*\n/gm, '')).toBe('');
}

async function componentsOf(session: Session, name: string) {
  const source = await session.store.openReader();
  const point = await findPoint(session, source, name);
  return readComponents({ source, format: session.store.format }, point);
}

async function filesTree(session: Session, name: string): Promise<string | undefined> {
  return (await componentsOf(session, name)).get('app')?.ids.files;
}
