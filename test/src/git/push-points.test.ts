// Points pushed to a real git server: what it has afterwards is what an export has, and what it need not get is not sent.
import { rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { exportPoints } from '#src/git/export-points.js';
import { pushPoints } from '#src/git/push-points.js';
import { type GitServer, PASSWORD, startGitServer, USERNAME } from '../../fixtures/git-server.js';
import { runTool } from '../../fixtures/run-tool.js';
import { createSavedTree, type SavedTree } from '../../fixtures/saved-tree.js';
import { createRandom } from '../../fixtures/seeded-random.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';

const LOGIN = { username: USERNAME, password: PASSWORD };

test.each([
  ['sha256', 'sha1'],
  ['sha1', 'sha1'],
  ['sha256', 'sha256'],
] as const)('a store of %s pushes to a server of %s what an export has', async (store, server) => {
  const { git, url, repository } = await serverWith(server);
  const tree = await savedPoints(store);
  const result = await pushPoints(tree.session, url, LOGIN);
  expect(result).toMatchObject({
    ...{ url, objectFormat: server, branch: { outcome: 'pushed' } },
    points: [
      { name: 'first', outcome: 'pushed' },
      { name: 'second', outcome: 'pushed' },
    ],
  });
  git(repository, 'fsck', '--strict', '--no-dangling');
  const exported = join(createTemporaryDirectory(), 'exported.git');
  await exportPoints(tree.session, exported, { objectFormat: server });
  const refs = (directory: string) => git(directory, 'for-each-ref', '--format=%(refname) %(objectname)');
  expect(refs(repository)).toBe(refs(exported));
  expect(refs(repository).split('\n')).toHaveLength(3);
});

test('what the server has is not sent again, and all that it lacks goes in one request', async () => {
  const { server, url, repository, git } = await serverWith('sha1');
  const tree = await savedPoints('sha256');
  await pushPoints(tree.session, url, LOGIN);
  const first = sent(server);
  tree.write('small', 'new\n');
  await tree.save('third');
  await tree.save('fourth');
  const result = await pushPoints(tree.session, url, LOGIN);
  expect(result.points.map(({ outcome }) => outcome)).toEqual(['present', 'present', 'pushed', 'pushed']);
  const second = sent(server);
  expect(second).toHaveLength(1);
  expect(second[0]).toBeLessThan(first[0] / 20);
  const again = await pushPoints(tree.session, url, LOGIN);
  expect(again.branch.outcome).toBe('present');
  expect(sent(server)).toEqual([]);
  // Without what is kept for this server, it is made again, and still only what is new is sent.
  rmSync(join(tree.session.location, 'cache'), { recursive: true });
  tree.write('small', 'newer\n');
  await tree.save('fifth');
  await pushPoints(tree.session, url, LOGIN);
  expect(sent(server)[0]).toBeLessThan(first[0] / 20);
  git(repository, 'fsck', '--strict', '--no-dangling');
});

test('only the points named are sent, with nothing of others', async () => {
  const { url, repository, git } = await serverWith('sha1');
  const tree = await savedPoints('sha1');
  tree.write('secret', 'not for everybody\n');
  await tree.save('third');
  const secret = git(tree.root, 'hash-object', 'secret');
  const { points, branch } = await pushPoints(tree.session, url, { ...LOGIN, points: ['first'] });
  expect(points.map(({ name }) => name)).toEqual(['first']);
  expect(git(repository, 'rev-parse', 'points')).toBe(branch.commit);
  const objects = git(repository, 'cat-file', '--batch-all-objects', '--batch-check=%(objectname)');
  expect(objects).not.toContain(secret);
  await pushPoints(tree.session, url, { ...LOGIN, points: ['latest'] });
  expect(git(repository, 'cat-file', '-p', 'third:tree/files/secret')).toBe('not for everybody');
});

test('what was exported for a push that failed arrives with the next one', async () => {
  const { url, repository, git, server } = await serverWith('sha1');
  const tree = await savedPoints('sha256');
  writeFileSync(join(repository, 'hooks/pre-receive'), '#!/bin/sh\necho not today >&2\nexit 1\n', {
    mode: 0o755,
  });
  await expect(pushPoints(tree.session, url, LOGIN)).rejects.toMatchObject({
    code: 'REMOTE_REFUSED',
    message: expect.stringContaining('pre-receive hook declined'),
  });
  expect(git(repository, 'for-each-ref')).toBe('');
  rmSync(join(repository, 'hooks/pre-receive'));
  await pushPoints(tree.session, url, LOGIN);
  git(repository, 'fsck', '--strict', '--no-dangling');
  expect(git(repository, 'tag')).toBe('first\nsecond');
  expect(sent(server)).toHaveLength(2);
});

test('another tag of the name is a conflict, and nothing is sent; force replaces it', async () => {
  const { url, repository, git, server } = await serverWith('sha1');
  const [mine, other] = [await savedPoints('sha1'), await savedPoints('sha1')];
  await pushPoints(other.session, url, { ...LOGIN, points: ['second'] });
  sent(server);
  const conflict = { code: 'REMOTE_CONFLICT', fields: { tags: ['second'] } };
  await expect(pushPoints(mine.session, url, LOGIN)).rejects.toMatchObject(conflict);
  expect(sent(server)).toEqual([]);
  expect(git(repository, 'tag')).toBe('second');
  const { points, branch } = await pushPoints(mine.session, url, { ...LOGIN, force: true });
  expect(points.map(({ outcome }) => outcome)).toEqual(['replaced', 'pushed'].reverse());
  expect(branch.outcome).toBe('replaced');
  git(repository, 'fsck', '--strict', '--no-dangling');
  expect(git(repository, 'rev-parse', 'points')).toBe(branch.commit);
});

test('a branch with other commits is a conflict, unless points are named: then it stays', async () => {
  const { url, repository, git } = await serverWith('sha1');
  const [mine, other] = [await savedPoints('sha1'), await createSavedTree('sha1')];
  other.write('x', 'x');
  await other.save('else');
  await pushPoints(other.session, url, LOGIN);
  const conflict = { code: 'REMOTE_CONFLICT', fields: { branch: 'points' } };
  await expect(pushPoints(mine.session, url, LOGIN)).rejects.toMatchObject(conflict);
  const { branch } = await pushPoints(mine.session, url, { ...LOGIN, points: ['first'] });
  expect(branch.outcome).toBe('kept');
  expect(git(repository, 'tag')).toBe('else\nfirst');
});

test('who is not let in is told so, and no message has a password', async () => {
  const { url, server } = await serverWith('sha1');
  const { session } = await savedPoints('sha1');
  const refusals = [
    pushPoints(session, url),
    pushPoints(session, url, { username: USERNAME, password: 'wr0ng' }),
    pushPoints(session, server.url('host.git', `${USERNAME}:wr0ng`)),
  ];
  for (const refusal of refusals) {
    const error = await refusal.catch((reason) => reason);
    expect(error).toMatchObject({ code: 'REMOTE_LOGIN_FAILED', fields: { url, status: 401 } });
    expect(`${error.message}${JSON.stringify(error.fields)}${String(error.cause)}`).not.toContain('wr0ng');
  }
  const file = join(createTemporaryDirectory(), 'password');
  writeFileSync(file, `${PASSWORD}\n`);
  await pushPoints(session, url, { username: USERNAME, passwordFile: file });
  const inAddress = server.url('host.git', `${USERNAME}:${encodeURIComponent(PASSWORD)}`);
  expect((await pushPoints(session, inAddress)).url).toBe(url);
});

test('what is no server, no repository, or away is told apart', async () => {
  const { server } = await serverWith('sha1');
  const { session } = await savedPoints('sha1');
  const push = (address: string) => pushPoints(session, address, LOGIN);
  await expect(push(server.url('none.git'))).rejects.toMatchObject({ code: 'REMOTE_NOT_FOUND' });
  const page = createServer((_, response) => response.end('<p>hello</p>'));
  await new Promise<void>((resolve) => page.listen(0, '127.0.0.1', resolve));
  const { port } = page.address() as AddressInfo;
  await expect(push(`http://127.0.0.1:${port}/x`)).rejects.toMatchObject({ code: 'REMOTE_NOT_FOUND' });
  await new Promise((resolve) => page.close(resolve));
  await expect(push(`http://127.0.0.1:${port}/x`)).rejects.toMatchObject({ code: 'REMOTE_UNREACHABLE' });
  await expect(push(`https://${new URL(server.url('host.git')).host}/host.git`)).rejects.toMatchObject({
    code: 'REMOTE_UNREACHABLE',
  });
  for (const address of ['git@example.org:a.git', 'ssh://example.org/a', '/srv/a.git', 'https://a/b?c'])
    await expect(push(address)).rejects.toMatchObject({ code: 'USAGE' });
});

async function serverWith(format: 'sha1' | 'sha256') {
  const server = await startGitServer();
  const repository = server.createRepository('host.git', { format });
  const git = (directory: string, ...args: string[]) =>
    runTool('git', args, { cwd: directory }).toString().trimEnd();
  return { server, repository, url: server.url('host.git'), git };
}

/** The sizes of what was pushed since it was asked last. */
function sent({ requests }: GitServer): number[] {
  const pushes = requests.splice(0).filter(({ line }) => line === 'POST /host.git/git-receive-pack');
  return pushes.map(({ bytes }) => bytes);
}

async function savedPoints(format: 'sha1' | 'sha256'): Promise<SavedTree> {
  const tree = await createSavedTree(format);
  tree.write('noise', createRandom(format).bytes(2_500_000));
  tree.write('.git/config', '[core]\n');
  await tree.save('first');
  tree.write('text', 'changed\n');
  await tree.save('second');
  return tree;
}
