// What is read of a repository is what git says is in it, whoever reads it, and nothing of it is ever run.
import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { GitRepository } from '#adapters/git/git-repository.js';
import { openByLibrary } from '#adapters/git/isomorphic-repository.js';
import { openGitRepository } from '#adapters/git/open-git-repository.js';
import { openByProgram } from '#adapters/git/program-repository.js';
import type { ObjectId } from '#store/object-id.js';
import { type MadeRepository, makeRepository } from '../../fixtures/made-repository.js';
import { runTool } from '../../fixtures/run-tool.js';
import { createRandom } from '../../fixtures/seeded-random.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';

const READERS: Readonly<Record<string, (path: string) => Promise<GitRepository>>> = {
  'the program': async (path) => (await openByProgram(path)) as GitRepository,
  'the library': openByLibrary,
};
const TIME = '2024-05-01T10:00:00Z';

test.each(Object.keys(READERS))('%s reads loose objects, packs with deltas and packed refs', async (name) => {
  const made = makeTagged();
  await expectAllRead(await READERS[name](made.directory), made);
  made.git('gc', '--quiet', '--aggressive');
  expect(made.git('verify-pack', '-v', packOf(made))).toMatch(/chain length = 1/);
  await expectAllRead(await READERS[name](made.directory), made);
  const bare = join(createTemporaryDirectory(), 'bare.git');
  made.git('clone', '--quiet', '--bare', '.', bare);
  await expectAllRead(await READERS[name](bare), made);
});

test.each(Object.keys(READERS))('%s says which object is missing', async (name) => {
  const made = makeTagged();
  const id = made.git('rev-parse', 'v1:a') as ObjectId;
  rmSync(join(made.directory, '.git/objects', id.slice(0, 2), id.slice(2)));
  const repository = await READERS[name](made.directory);
  const expected = { code: 'REPOSITORY_CORRUPT', fields: { id } };
  await expect(readAll(repository, [id])).rejects.toMatchObject(expected);
  await repository.close();
});

test.each(Object.keys(READERS))('%s finds no repository in a directory of one, nor in none', async (name) => {
  const made = makeTagged();
  mkdirSync(join(made.directory, 'below'));
  for (const directory of [join(made.directory, 'below'), createTemporaryDirectory()])
    await expect(READERS[name](directory)).rejects.toMatchObject({ code: 'REPOSITORY_NOT_FOUND' });
});

test('the program reads sha256, alternates, and what belongs to another user', async () => {
  const sha256 = makeRepository({ format: 'sha256' });
  sha256.commit({ a: 'x\n' }, TIME);
  sha256.tag('v1', TIME);
  const opened = await openGitRepository(sha256.directory);
  expect(opened.objectFormat).toBe('sha256');
  await expectAllRead(opened, sha256);
  const made = makeTagged();
  const borrowing = join(createTemporaryDirectory(), 'borrowing.git');
  made.git('clone', '--quiet', '--bare', '--shared', '.', borrowing);
  expect(existsSync(join(borrowing, 'objects/info/alternates'))).toBe(true);
  runTool('chown', ['-R', '1234:1234', borrowing]);
  await expectAllRead(await openGitRepository(borrowing), made);
});

test('the library says where it takes git itself', async () => {
  const { directory } = makeRepository({ format: 'sha256' });
  await expect(openByLibrary(directory)).rejects.toMatchObject({ code: 'PROGRAM_MISSING' });
  const made = makeTagged();
  writeFileSync(join(made.directory, '.git/objects/info/alternates'), '/elsewhere\n');
  await expect(openByLibrary(made.directory)).rejects.toMatchObject({ code: 'PROGRAM_MISSING' });
});

test('a repository can name no program that is run to get what it lacks', async () => {
  const made = makeTagged();
  const mark = join(createTemporaryDirectory(), 'ran');
  const id = made.git('rev-parse', 'v1:a') as ObjectId;
  rmSync(join(made.directory, '.git/objects', id.slice(0, 2), id.slice(2)));
  for (const [key, value] of [
    ['remote.origin.url', made.directory],
    ['remote.origin.uploadpack', `touch ${mark}; git-upload-pack`],
    ['remote.origin.promisor', 'true'],
    ['extensions.partialclone', 'origin'],
    ['core.repositoryformatversion', '1'],
  ])
    made.git('config', key, value);
  const repository = await openGitRepository(made.directory);
  await expect(readAll(repository, [id])).rejects.toMatchObject({ code: 'REPOSITORY_CORRUPT' });
  expect(existsSync(mark)).toBe(false);
});

function makeTagged(): MadeRepository {
  const made = makeRepository();
  const large = createRandom(1).bytes(3_000_000);
  made.commit({ a: 'one\n', 'd/large': large, 'd/run': { run: 'x' }, link: { link: 'a' } }, TIME);
  made.tag('v1', TIME, 'the first');
  large[1_500_000] ^= 1;
  made.commit({ a: 'two\n', 'd/large': large }, TIME);
  made.tag('deep/er', TIME);
  return made;
}

function packOf({ directory }: MadeRepository): string {
  return runTool('find', [directory, '-name', '*.idx']).toString().trim();
}

/** Tags, and every object that they lead to, are as git says. */
async function expectAllRead(repository: GitRepository, made: MadeRepository): Promise<void> {
  const tags = made
    .git('for-each-ref', '--format=%(refname:lstrip=2) %(objectname)', 'refs/tags')
    .split('\n');
  expect((await repository.listTags()).map(({ name, id }) => `${name} ${id}`)).toEqual(tags);
  const listed = made.git('rev-list', '--objects', '--no-object-names', '--all').split('\n') as ObjectId[];
  const read = await readAll(repository, [...listed, ...listed.slice(0, 2)]);
  expect(read.slice(0, listed.length).map(({ id }) => id)).toEqual(listed);
  for (const { id, kind, content } of read) {
    expect(kind).toBe(made.git('cat-file', '-t', id));
    const format = made.git('rev-parse', '--show-object-format');
    expect(hashAsGit(kind, content, format), id).toBe(id);
  }
  await repository.close();
}

function hashAsGit(kind: string, content: Uint8Array, format: string): string {
  const input = Buffer.concat([Buffer.from(`${kind} ${content.length}\0`), content]);
  return runTool(`${format}sum`, [], { input })
    .toString()
    .slice(0, format === 'sha1' ? 40 : 64);
}

async function readAll(repository: GitRepository, ids: readonly ObjectId[]) {
  const all: { id: ObjectId; kind: string; content: Uint8Array }[] = [];
  for await (const { id, kind, sizeBytes, content } of repository.read(ids)) {
    const pieces: Uint8Array[] = [];
    for await (const piece of content) pieces.push(piece.slice());
    const whole = Buffer.concat(pieces);
    expect(whole.length).toBe(sizeBytes);
    all.push({ id, kind, content: whole });
  }
  return all;
}

test.each(['line\nbreak', 'blank ', 'line\n'])('a repository may be called %j', async (name) => {
  const made = makeRepository({ name });
  made.commit({ a: 'one\n' }, TIME);
  made.tag('v1', TIME);
  const repository = await openGitRepository(made.directory);
  const { gitDirectory, workTree } = repository;
  expect([gitDirectory, workTree]).toEqual([join(made.directory, '.git'), made.directory]);
  expect((await repository.listTags()).map((tag) => tag.name)).toEqual(['v1']);
  await repository.close();
});

test('a file is no repository', async () => {
  const file = join(createTemporaryDirectory(), 'file');
  writeFileSync(file, 'text');
  await expect(openGitRepository(file)).rejects.toMatchObject({ code: 'REPOSITORY_NOT_FOUND' });
});

test('a repository that may not be read is told as such, whatever of its path is in the way', async () => {
  const made = makeRepository();
  chmodSync(made.directory, 0o700);
  for (const path of [made.directory, join(made.directory, '.git')]) {
    process.seteuid?.(65534);
    // Its path is looked at at once.
    const opened = openGitRepository(path);
    process.seteuid?.(0);
    await expect(opened).rejects.toMatchObject({ code: 'PERMISSION_DENIED', fields: { path } });
  }
});
