// Tests that begin with the same files each, in memory or on disk, and may do with them what they like:
//   npx vitest run --root examples/vitest-fixture
import { execFileSync } from 'node:child_process';
import { promises } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { savepointFixture } from 'savepoint/vitest';
import { test as base, expect } from 'vitest';
import { renameSite } from './rename-site.mjs';

// The files are saved once; with `{ store, point }` in place of `paths` they are those of a point that is there already.
const site = fileURLToPath(new URL('site', import.meta.url));
const test = base.extend(savepointFixture({ paths: [site], component: 'site' }));

/** @param {AsyncIterable<import('savepoint').FileChange>} changes */
async function namesOf(changes) {
  const names = [];
  for await (const { kind, path } of changes) if (path !== '') names.push(`${kind} ${path}`);
  return names;
}

test('the title is in the page and in the settings', async ({ fs, savepoint, volume }) => {
  await renameSite(fs.promises, '/', 'Hello');
  expect(fs.readFileSync('/index.html', 'utf8')).toContain('<h1>Hello</h1>');
  // Nothing else has changed, down to modes and owners.
  expect(await namesOf(savepoint.diffVolume(volume))).toEqual([
    'modified index.html',
    'modified settings.json',
  ]);
});

test('a site without a title is left as it is', async ({ fs, savepoint, volume }) => {
  await expect(renameSite(fs.promises, '/', '')).rejects.toThrow('title');
  expect(await namesOf(savepoint.diffVolume(volume))).toEqual([]);
});

test('what was made of the old title goes', async ({ fs }) => {
  fs.mkdirSync('/cache');
  fs.writeFileSync('/cache/index.gz', '');
  await renameSite(fs.promises, '/', 'Hello');
  expect(fs.existsSync('/cache')).toBe(false);
});

test('programs see it, too, where the files are on disk', async ({ directory }) => {
  await renameSite(promises, directory, 'Hello');
  expect(
    execFileSync('grep', ['-c', 'Hello', 'index.html', 'settings.json'], {
      cwd: directory,
      encoding: 'utf8',
    }),
  ).toBe('index.html:1\nsettings.json:1\n');
});
