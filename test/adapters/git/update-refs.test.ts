// Refs of a repository, changed beside real git.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openBareRepository, readRefs } from '#adapters/git/bare-repository.js';
import { type RefChange, updateRefs } from '#adapters/git/update-refs.js';
import type { ObjectFormat, ObjectId } from '#store/object-id.js';
import { bareGit } from '../../fixtures/bare-git.js';
import { runTool } from '../../fixtures/run-tool.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';

const HEAD = 'refs/heads/points';
const nothing = async (): Promise<void> => undefined;

async function createRepository(format: ObjectFormat = 'sha1') {
  const directory = join(createTemporaryDirectory(), 'repository.git');
  const repository = await openBareRepository(directory, { format, isDemanded: false });
  const git = bareGit(directory);
  const tree = git.run('hash-object', '-t', 'tree', '-w', '/dev/null');
  const commit = (message: string) =>
    git.run('-c', 'user.name=x', '-c', 'user.email=x', 'commit-tree', '-m', message, tree) as ObjectId;
  const update = (changes: readonly RefChange[], prepare = nothing) =>
    updateRefs(repository, { changes, head: HEAD, prepare });
  return { directory, repository, git, commit, update };
}

describe('a repository that is made', () => {
  it.each<ObjectFormat>(['sha1', 'sha256'])('is one of git, of %s', async (format) => {
    const { git, repository, directory } = await createRepository(format);
    expect(git.run('rev-parse', '--show-object-format')).toBe(format);
    expect(git.run('rev-parse', '--is-bare-repository')).toBe('true');
    expect(git.run('symbolic-ref', 'HEAD')).toBe(HEAD);
    expect(repository.created).toBe(true);
    const again = await openBareRepository(directory, { format: 'sha1', isDemanded: false });
    expect(again).toMatchObject({ created: false, format });
    const other = format === 'sha1' ? 'sha256' : 'sha1';
    const demanding = openBareRepository(directory, { format: other, isDemanded: true });
    await expect(demanding).rejects.toMatchObject({ code: 'TARGET_CONFLICT' });
  });

  it('takes no place of anything else', async () => {
    const directory = createTemporaryDirectory();
    const open = (name: string) =>
      openBareRepository(join(directory, name), { format: 'sha1', isDemanded: false });
    writeFileSync(join(directory, 'file'), 'x');
    mkdirSync(join(directory, 'full'));
    writeFileSync(join(directory, 'full/file'), 'x');
    runTool('git', ['init', '--quiet', 'tree'], { cwd: directory });
    for (const name of ['file', 'full', 'tree'])
      await expect(open(name)).rejects.toMatchObject({ code: 'TARGET_CONFLICT' });
    await expect(open('file/below')).rejects.toMatchObject({ code: expect.stringMatching(/TARGET|STORAGE/) });
    expect(await open('tree/.git')).toMatchObject({ created: false });
    writeFileSync(join(directory, 'tree/.git/config'), '[extensions]\n\trefStorage = reftable\n');
    await expect(open('tree/.git')).rejects.toMatchObject({ code: 'UNSUPPORTED' });
  });
});

describe('refs', () => {
  it('change together, and those of others stay', async () => {
    const { git, commit, update, repository } = await createRepository();
    const [one, two, three] = [commit('one'), commit('two'), commit('three')];
    git.run('update-ref', 'refs/heads/other', one);
    git.run('-c', 'user.name=x', '-c', 'user.email=x', 'tag', '-a', '-m', 'x', 'theirs', one);
    git.run('pack-refs', '--all');
    git.run('update-ref', 'refs/heads/loose', one);
    git.run('symbolic-ref', 'refs/heads/alias', 'refs/heads/loose');
    const before = git.run('show-ref', '--dereference');
    await update([
      { name: HEAD, value: { id: two } },
      { name: 'refs/tags/ä/b', value: { id: three } },
    ]);
    const lines = git.run('show-ref', '--dereference').split('\n');
    expect(lines.filter((line) => !/points|b$/.test(line)).join('\n')).toBe(before);
    expect(readRefs(repository).get('refs/heads/alias')).toBe(undefined);
    expect(git.run('rev-parse', HEAD, 'HEAD').split('\n')).toEqual([two, two]);
    expect(readRefs(repository).get('refs/tags/ä/b')).toBe(three);
    await update([{ name: 'refs/tags/ä/b', expected: three }]);
    expect(readRefs(repository).has('refs/tags/ä/b')).toBe(false);
  });

  it('that git has moved into files of their own are changed, too', async () => {
    const { git, commit, update } = await createRepository();
    const [one, two] = [commit('one'), commit('two')];
    await update([{ name: HEAD, value: { id: one } }]);
    git.run('update-ref', HEAD, two);
    await update([{ name: HEAD, expected: two, value: { id: one } }]);
    expect(git.run('rev-parse', HEAD)).toBe(one);
    git.run('update-ref', HEAD, two);
    await update([{ name: HEAD, expected: two }]);
    expect(() => git.run('rev-parse', '--verify', HEAD)).toThrow();
  });

  it('stay where one of them is not what it should be', async () => {
    const { git, commit, update, directory } = await createRepository();
    const [one, two] = [commit('one'), commit('two')];
    await update([{ name: HEAD, value: { id: one } }]);
    const before = git.run('show-ref');
    let isPrepared = false;
    const changes = [
      { name: 'refs/tags/new', value: { id: two } },
      { name: HEAD, expected: two, value: { id: two } },
    ];
    const prepare = async () => {
      isPrepared = true;
    };
    await expect(update(changes, prepare)).rejects.toMatchObject({ code: 'LOCKED' });
    const failing = update([{ name: 'refs/tags/new', value: { id: two } }], async () => {
      throw new Error('no record');
    });
    await expect(failing).rejects.toThrow('no record');
    expect(git.run('show-ref')).toBe(before);
    expect([isPrepared, existsSync(join(directory, 'packed-refs.lock'))]).toEqual([false, false]);
  });

  it('are not changed while git has them locked', async () => {
    const { commit, update, directory, git } = await createRepository();
    const id = commit('one');
    const lock = join(directory, 'packed-refs.lock');
    writeFileSync(lock, '');
    await expect(update([{ name: HEAD, value: { id } }])).rejects.toMatchObject({ code: 'LOCKED' });
    expect(readFileSync(lock, 'utf8')).toBe('');
    rmSync(lock);
    await update([{ name: HEAD, value: { id } }]);
    expect(git.run('rev-parse', HEAD)).toBe(id);
  });

  it('of a repository whose HEAD leads nowhere are led to by it; else it stays', async () => {
    const { git, commit, update } = await createRepository();
    const [one, two] = [commit('one'), commit('two')];
    git.run('symbolic-ref', 'HEAD', 'refs/heads/main');
    await update([{ name: HEAD, value: { id: one } }]);
    expect(git.run('symbolic-ref', 'HEAD')).toBe(HEAD);
    git.run('update-ref', 'refs/heads/main', one);
    git.run('symbolic-ref', 'HEAD', 'refs/heads/main');
    await update([{ name: HEAD, expected: one, value: { id: two } }]);
    expect(git.run('symbolic-ref', 'HEAD')).toBe('refs/heads/main');
  });

  it('that make no sense are refused', async () => {
    const { commit, update, directory } = await createRepository();
    const id = commit('one');
    writeFileSync(join(directory, 'packed-refs'), 'what is this\n');
    const updating = update([{ name: HEAD, value: { id } }]);
    await expect(updating).rejects.toMatchObject({ code: 'TARGET_CONFLICT' });
  });
});
