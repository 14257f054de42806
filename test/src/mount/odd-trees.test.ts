// Trees of git that no file system could have: what of them can be shown is, and the mount and the server go on.
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { importRepository } from '#src/git/import-repository.js';
import { mount } from '#src/mount/mount.js';
import { makeRepository, writeObject } from '../../fixtures/made-repository.js';
import { mountDirectory } from '../../fixtures/mounted-point.js';
import { createSavedTree } from '../../fixtures/saved-tree.js';
import { serve } from '../webdav/served-tree.js';

async function importedTree() {
  const tree = await createSavedTree('sha1');
  const made = makeRepository();
  const entry = (mode: string, name: string, content: string) => {
    const id = writeObject(made.directory, 'blob', Buffer.from(content));
    return Buffer.concat([Buffer.from(`${mode} ${name}\0`), Buffer.from(id, 'hex')]);
  };
  const entries = [
    entry('120000', 'empty', ''),
    entry('120000', 'endless', 'x'.repeat(5000)),
    entry('100644', 'n'.repeat(300_000), 'long'),
    entry('100644', 'plain', 'plain'),
  ];
  made.git('tag', 'odd', writeObject(made.directory, 'tree', Buffer.concat(entries)));
  await importRepository(tree.session, made.directory);
  return tree;
}

test('a mount shows what can be shown, and tells of the rest', async () => {
  const { session, directory } = await importedTree();
  const unreadable: string[] = [];
  const mounted = await mount(session, mountDirectory(directory), {
    point: 'odd',
    onUnreadable: ({ path }) => unreadable.push(path),
  });
  const place = join(mounted.directory, 'app');
  expect(readdirSync(place)).toEqual(['empty', 'endless', 'plain']);
  expect(() => readlinkSync(join(place, 'endless'))).toThrow(
    expect.objectContaining({ code: 'ENAMETOOLONG' }),
  );
  expect(lstatSync(join(place, 'empty')).isSymbolicLink()).toBe(true);
  expect(readFileSync(join(place, 'plain'), 'utf8')).toBe('plain');
  await mounted.unmount();
  expect(unreadable).toEqual(['app']);
});

test('over WebDAV, links that lead nowhere are not there', async () => {
  const served = await serve(await importedTree());
  const page = await served.ask('GET', '/latest/app/');
  expect(page.text).toContain('plain');
  expect(page.text).not.toMatch(/empty|endless/);
  for (const name of ['empty', 'endless'])
    expect((await served.ask('GET', `/latest/app/${name}`)).status).toBe(404);
});
