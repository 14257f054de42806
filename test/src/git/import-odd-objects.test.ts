// Objects that git has and no file system could: they become points, which are used as far as that can be.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { exportPoints } from '#src/git/export-points.js';
import { importRepository } from '#src/git/import-repository.js';
import { listPoints } from '#src/list.js';
import { restore } from '#src/restore.js';
import { makeRepository, writeObject } from '../../fixtures/made-repository.js';
import { runTool } from '../../fixtures/run-tool.js';
import { createSavedTree } from '../../fixtures/saved-tree.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';

test('links that no system can make are named by a restore, and all else comes back', async () => {
  const { session } = await createSavedTree('sha1');
  const made = makeRepository();
  const links = ['', 'a\0b', 'x'.repeat(4096), 'x'.repeat(4095)];
  const entries = links.map((target, index) => {
    const id = writeObject(made.directory, 'blob', Buffer.from(target));
    return Buffer.concat([Buffer.from(`120000 link-${index}\0`), Buffer.from(id, 'hex')]);
  });
  const file = Buffer.from(writeObject(made.directory, 'blob', Buffer.from('plain\n')), 'hex');
  const tree = Buffer.concat([...entries, Buffer.from('100644 plain\0'), file]);
  made.git('tag', 'odd', writeObject(made.directory, 'tree', tree));
  await importRepository(session, made.directory);
  const target = createTemporaryDirectory();
  const { components } = await restore(session, 'odd', { to: target });
  expect(components[0].problems.map(({ path, code }) => `${path} ${code}`)).toEqual(
    ['link-0', 'link-1', 'link-2'].map((name) => `${name} UNSUPPORTED`),
  );
  expect(runTool('ls', [target]).toString()).toBe('link-3\nplain\n');
});

test('a commit of a time before 1970 becomes a point that git takes when it is exported', async () => {
  const { session, directory } = await createSavedTree('sha1');
  const made = makeRepository();
  const tree = made.git('write-tree');
  const who = 'A <a@example.org> -86400 +0000';
  const text = `tree ${tree}\nauthor ${who}\ncommitter ${who}\n\nold\n`;
  const id = writeObject(made.directory, 'commit', Buffer.from(text));
  // Git itself tags nothing of such a time.
  writeFileSync(join(made.directory, '.git/refs/tags/old'), `${id}\n`);
  await importRepository(session, made.directory);
  expect(await listPoints(session)).toMatchObject([{ name: 'old', createdAt: '1969-12-31T00:00:00.000Z' }]);
  const exported = join(directory, 'exported.git');
  await exportPoints(session, exported);
  runTool('git', ['-C', exported, 'fsck', '--strict']);
});
