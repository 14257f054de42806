// Tags of a real git server become points, and of later ones only what is new is fetched.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fetchPoints } from '#src/git/fetch-points.js';
import { pushPoints } from '#src/git/push-points.js';
import { listPoints } from '#src/list.js';
import { restore } from '#src/restore.js';
import { openOperationLog } from '#store/operations/operation-log.js';
import { PASSWORD, startGitServer, USERNAME } from '../../fixtures/git-server.js';
import { makeRepository } from '../../fixtures/made-repository.js';
import { runToEnd, runTool } from '../../fixtures/run-tool.js';
import { createSavedTree } from '../../fixtures/saved-tree.js';
import { createRandom } from '../../fixtures/seeded-random.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';

const LOGIN = { username: USERNAME, password: PASSWORD };
const FIRST = '2024-05-01T10:00:00Z';
const SECOND = '2024-06-01T10:00:00Z';

test.each(['sha1', 'sha256'] as const)('points pushed to a server of %s come back whole', async (format) => {
  const server = await startGitServer();
  server.createRepository('host.git', { format });
  const [from, to] = [await createSavedTree('sha256'), await createSavedTree('sha256')];
  from.write('deep/file', createRandom(1).text(50_000));
  from.write('.git/config', '[core]\n');
  await from.save('first');
  from.write('deep/file', 'changed\n');
  await from.save('second');
  await pushPoints(from.session, server.url('host.git'), LOGIN);
  const result = await fetchPoints(to.session, server.url('host.git'), LOGIN);
  expect(result.points).toMatchObject([
    { name: 'first', outcome: 'added', exported: true },
    { name: 'second', outcome: 'added', exported: true },
  ]);
  const trees = async ({ session }: typeof from) => (await listPoints(session)).map(({ tree }) => tree);
  expect(await trees(to)).toEqual(await trees(from));
  const again = await fetchPoints(to.session, server.url('host.git'), LOGIN);
  expect(again.points.map(({ outcome }) => outcome)).toEqual(['present', 'present']);
});

test('tags of others become points; of later ones only what is new is fetched, and damage is fetched again', async () => {
  const { server, made, push } = await servedApp();
  const { session } = await createSavedTree();
  const url = server.url('app.git');
  const { points } = await fetchPoints(session, url, { ...LOGIN, origin: '/srv/app' });
  expect(points.map(({ name, outcome }) => `${name} ${outcome}`)).toEqual(['v1 added', 'dir/v2 added']);
  const target = createTemporaryDirectory();
  await restore(session, 'v1', { to: target });
  expect(runTool('ls', [target]).toString()).toBe('a\nlarge\n');
  const packs = packsOf(session.location);
  made.commit({ a: 'three\n' }, SECOND);
  made.tag('v3', SECOND, 'the third');
  push();
  await fetchPoints(session, url, { ...LOGIN, origin: '/srv/app' });
  const later = packsOf(session.location).filter(({ name }) => !packs.some((pack) => pack.name === name));
  expect(later).toHaveLength(1);
  expect(later[0].bytes).toBeLessThan(2000);
  expect((await listPoints(session)).map(({ name }) => name)).toEqual(['v1', 'dir/v2', 'v3']);
  for (const { path } of packsOf(session.location)) rmSync(path);
  made.commit({ a: 'four\n' }, SECOND);
  made.tag('v4', SECOND);
  push();
  const mended = await fetchPoints(session, url, { ...LOGIN, origin: '/srv/app' });
  expect(mended.points.at(-1)).toMatchObject({ name: 'v4', outcome: 'added' });
});

test('only the tags named come, each with what it needs alone', async () => {
  const { server } = await servedApp();
  const { session } = await createSavedTree('sha1');
  const url = server.url('app.git');
  const { points } = await fetchPoints(session, url, { ...LOGIN, tags: ['v1'] });
  expect(points.map(({ name }) => name)).toEqual(['v1']);
  await fetchPoints(session, url, { ...LOGIN, tags: ['dir/v2', 'v1'] });
  expect((await listPoints(session)).map(({ name }) => name)).toEqual(['v1', 'dir/v2']);
  const missing = fetchPoints(session, url, { ...LOGIN, tags: ['v11'] });
  await expect(missing).rejects.toMatchObject({ code: 'TAG_NOT_FOUND', fields: { nearest: ['v1'] } });
});

test('a tag that has moved on the server is another point, which is a conflict', async () => {
  const { server, made, push } = await servedApp();
  const { session } = await createSavedTree();
  const url = server.url('app.git');
  await fetchPoints(session, url, LOGIN);
  made.git('tag', '--force', 'v1', 'main');
  push('--force');
  const refused = fetchPoints(session, url, LOGIN);
  await expect(refused).rejects.toMatchObject({ code: 'NAME_TAKEN', fields: { names: ['v1'] } });
  await fetchPoints(session, url, { ...LOGIN, tags: ['v1'], prefix: 'new-' });
  expect((await listPoints(session)).at(-1)?.message).toBe(`as of ${SECOND}`);
});

test('a server without tags gives nothing, one that lets nobody in says so, and so does what is none', async () => {
  const server = await startGitServer();
  server.createRepository('empty.git');
  const { session } = await createSavedTree();
  expect((await fetchPoints(session, server.url('empty.git'), LOGIN)).points).toEqual([]);
  const stranger = fetchPoints(session, server.url('empty.git'));
  await expect(stranger).rejects.toMatchObject({ code: 'REMOTE_LOGIN_FAILED' });
  const page = fetchPoints(session, server.url('page.git'));
  await expect(page).rejects.toMatchObject({ code: 'REMOTE_NOT_FOUND' });
});

test('no password is kept, in the log or anywhere else in the store', async () => {
  const { server } = await servedApp();
  const { session } = await createSavedTree();
  const secret = encodeURIComponent(PASSWORD);
  const { url } = await fetchPoints(session, server.url('app.git', `${USERNAME}:${secret}`));
  expect(url).toBe(server.url('app.git'));
  const [entry] = await openOperationLog(session.store).read();
  expect(entry).toMatchObject({ kind: 'git-import', command: ['git', 'fetch', url] });
  const kept = runToEnd('grep', ['-rlF', '-e', PASSWORD, '-e', secret, session.location]);
  expect(kept).toMatchObject({ exitCode: 1, stderr: '' });
});

/** An application's repository, and a server that has what was pushed of it. */
async function servedApp() {
  const server = await startGitServer();
  const directory = server.createRepository('app.git');
  const made = makeRepository();
  made.commit({ a: 'one\n', large: createRandom(1).bytes(300_000) }, FIRST);
  made.tag('v1', FIRST, 'the first');
  made.commit({ a: 'two\n' }, SECOND);
  made.tag('dir/v2', SECOND);
  const push = (...options: string[]) => made.git('push', '--quiet', ...options, directory, 'main', '--tags');
  push();
  return { server, made, push };
}

function packsOf(location: string) {
  const listed = runTool('find', [join(location, 'cache/git'), '-name', '*.pack', '-printf', '%p %s\\n']);
  return listed
    .toString()
    .trim()
    .split('\n')
    .map((line) => ({
      path: line.split(' ')[0],
      name: line.split(' ')[0].slice(-50),
      bytes: Number(line.split(' ')[1]),
    }));
}
