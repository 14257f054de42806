// Tags that are signed as they are exported: git verifies them, and an import takes the signatures off again.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { exportPoints } from '#src/git/export-points.js';
import { importRepository } from '#src/git/import-repository.js';
import { listPoints } from '#src/list.js';
import type { ObjectFormat } from '#store/object-id.js';
import { bareGit } from '../../fixtures/bare-git.js';
import { runToEnd, runTool } from '../../fixtures/run-tool.js';
import { createSavedTree, type SavedTree } from '../../fixtures/saved-tree.js';

/** The file of a key, and what makes git trust it in the repository `target`. */
function sshKey({ directory }: SavedTree, target: string) {
  const file = join(directory, 'a key');
  runTool('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', file]);
  const signers = join(directory, 'signers');
  const [kind, key] = runTool('cat', [`${file}.pub`])
    .toString()
    .split(' ');
  writeFileSync(signers, `* ${kind} ${key}\n`);
  return {
    file,
    trust: () => bareGit(target).run('config', 'gpg.ssh.allowedSignersFile', signers),
  };
}

describe.each<[ObjectFormat, ObjectFormat]>([
  ['sha256', 'sha256'],
  ['sha256', 'sha1'],
  ['sha1', 'sha1'],
])('a store of %s ids in a repository of %s ids', (format, objectFormat) => {
  it('is signed with a key of OpenSSH: git verifies it, and the points come back as they were', async () => {
    const tree = await createSavedTree(format);
    tree.write('file', 'content\n');
    await tree.save('one');
    const target = join(tree.directory, 'target.git');
    const { file, trust } = sshKey(tree, target);
    const { points } = await exportPoints(tree.session, target, { objectFormat, signingKey: file });
    trust();
    const git = bareGit(target);
    expect(git.complaints()).toBe('');
    expect(verdictOn(target, 'one')).toMatch(/^Good "git" signature/);
    expect(points[0]?.tagId).toBe(git.run('rev-parse', 'refs/tags/one'));
    const again = await exportPoints(tree.session, target, { signingKey: file });
    expect(again.points).toEqual(points.map((point) => ({ ...point, outcome: 'present' })));

    const other = await createSavedTree(format);
    const { points: imported } = await importRepository(other.session, target);
    expect(imported).toMatchObject([{ name: 'one', exported: true }]);
    const [was] = await listPoints(tree.session);
    const [is] = await listPoints(other.session);
    expect({ ...is, host: was?.host }).toEqual(was);
  });
});

it('a tag that was changed after it was signed is not verified', async () => {
  const tree = await createSavedTree('sha1');
  tree.write('file', 'content\n');
  await tree.save('one');
  const target = join(tree.directory, 'target.git');
  const { file, trust } = sshKey(tree, target);
  await exportPoints(tree.session, target, { signingKey: file });
  trust();
  const git = bareGit(target);
  const forged = git.read('tag', 'one').toString('latin1').replace('tag one', 'tag two');
  const id = runTool('git', ['hash-object', '-t', 'tag', '-w', '--stdin'], {
    ...{ cwd: target, input: Buffer.from(forged, 'latin1') },
  });
  git.run('update-ref', 'refs/tags/two', id.toString().trim());
  expect(verdictOn(target, 'two')).not.toMatch(/Good/);
});

it('is signed with a key of GnuPG', async () => {
  const tree = await createSavedTree('sha256');
  tree.write('file', 'content\n');
  await tree.save('one');
  const target = join(tree.directory, 'target.git');
  useGnuPg(join(tree.directory, 'gnupg'));
  await exportPoints(tree.session, target, { signingKey: 'signer@example.org' });
  expect(bareGit(target).complaints()).toBe('');
  expect(verdictOn(target, 'one')).toContain('gpg: Good signature from "signer@example.org"');
});

it('a key that is none is named, and no ref is there', async () => {
  const tree = await createSavedTree('sha1');
  tree.write('file', 'content\n');
  await tree.save('one');
  const target = join(tree.directory, 'target.git');
  const key = join(tree.directory, 'no-key');
  for (const content of [undefined, 'no key\n']) {
    if (content !== undefined) writeFileSync(key, content, { mode: 0o600 });
    await expect(exportPoints(tree.session, target, { signingKey: key })).rejects.toMatchObject({
      code: 'PROGRAM_FAILED',
      message: expect.stringContaining(key),
      fields: { program: content === undefined ? 'gpg' : 'ssh-keygen', key },
    });
    expect(bareGit(target).run('for-each-ref')).toBe('');
  }
});

/** All that git says of the signature of a tag. */
function verdictOn(target: string, tag: string): string {
  const { stdout, stderr } = runToEnd('git', ['verify-tag', tag], { cwd: target });
  return `${stdout}${stderr}`;
}

/** A keyring of its own, with one secret key, until the test is over. */
function useGnuPg(home: string): void {
  const before = process.env['GNUPGHOME'];
  mkdirSync(home, { mode: 0o700 });
  process.env['GNUPGHOME'] = home;
  onTestFinished(() => {
    runToEnd('gpgconf', ['--kill', 'all']);
    if (before === undefined) delete process.env['GNUPGHOME'];
    else process.env['GNUPGHOME'] = before;
    rmSync(home, { recursive: true, force: true });
  });
  const args = ['--batch', '--passphrase', '', '--quick-generate-key', 'signer@example.org'];
  runTool('gpg', [...args, 'ed25519', 'sign', 'never']);
}
