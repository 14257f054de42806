// Patterns over a point find what they find in the tree that it was taken of.
import { symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import glob, { type Options } from 'fast-glob';
import { expect, onTestFinished, test } from 'vitest';
import { globPoint } from '#src/view/glob-point.js';
import { openPointFs } from '#src/view/open-point-fs.js';
import { makePlainTree } from '../../fixtures/make-plain-tree.js';
import { createSavedTree } from '../../fixtures/saved-tree.js';
import { createRandom, type SeededRandom } from '../../fixtures/seeded-random.js';

/** SAVEPOINT_TEST_ALL takes 5,000. */
const PATTERNS = process.env['SAVEPOINT_TEST_ALL'] === undefined ? 150 : 5000;
const GIVEN = process.env['SAVEPOINT_TEST_SEED'];
const SEED = GIVEN === undefined ? Math.floor(Math.random() * 1e9) : Number(GIVEN);

/** What leads out of the tree is not in the point, so no pattern does. */
const PIECES = [
  ...[
    '*',
    '*',
    '**',
    '**',
    '**',
    '?*',
    'f*',
    '*o*',
    'foo',
    '.dot',
    '{a,B,foo*}',
    '[a-f]*',
    '!(foo)*',
    '@(a|~)',
  ],
  ...['*.txt', 'é', '.', '{*,.*}'],
];
const OPTIONS: readonly Options[] = [
  {},
  { dot: true },
  { onlyFiles: false },
  { onlyDirectories: true },
  { followSymbolicLinks: false, onlyFiles: false },
  { markDirectories: true, onlyFiles: false, dot: true },
  { deep: 2, dot: true },
  { caseSensitiveMatch: false },
  { baseNameMatch: true },
  { ignore: ['**/foo*', 'a/**'] },
];

/** One pattern, and sometimes another, of which some exclude. */
function randomPatterns(random: SeededRandom): string[] {
  const patterns = Array.from({ length: 1 + random.integer(2) }, () => {
    const length = 1 + random.integer(3);
    return Array.from({ length }, () => random.pick(PIECES)).join('/');
  });
  return patterns.map((pattern, index) => (index > 0 && random.integer(2) === 0 ? `!${pattern}` : pattern));
}

/** fast-glob fails where a pattern takes a file for a directory. */
async function outcomeOf(
  find: () => string[] | Promise<string[]>,
): Promise<{ paths: string[] } | { code: unknown }> {
  try {
    return { paths: (await find()).sort() };
  } catch (error) {
    return { code: (error as NodeJS.ErrnoException).code ?? error };
  }
}

test(`${PATTERNS} random patterns find what they find on the disk, from seed ${SEED}`, async () => {
  const random = createRandom(SEED);
  const tree = await createSavedTree();
  const paths = makePlainTree(tree.root, { seed: SEED, files: 60 });
  await tree.save('one');
  const fs = await openPointFs(tree.session, 'one', { component: 'tree' });
  onTestFinished(() => fs.unmount());
  const directories = ['', ...new Set(paths.map((path) => path.split('/').slice(0, -1).join('/')))];
  let found = 0;
  for (let round = 0; round < PATTERNS; round++) {
    const patterns = randomPatterns(random);
    const options = random.pick(OPTIONS);
    const cwd = random.integer(3) === 0 ? random.pick(directories) : '';
    const expected = await outcomeOf(() => glob(patterns, { ...options, cwd: join(tree.root, cwd) }));
    const label = JSON.stringify({ patterns, options, cwd });
    const here = await outcomeOf(() => globPoint(tree.session, fs, patterns, { ...options, cwd }));
    expect(here, label).toEqual(expected);
    const atOnce = await outcomeOf(() => glob.sync(patterns, { ...options, fs, cwd: `/${cwd}` }));
    expect(atOnce, label).toEqual(expected);
    found += 'paths' in expected ? expected.paths.length : 0;
  }
  expect(found).toBeGreaterThan(PATTERNS);
});

test('gives fast-glob the status of each file', async () => {
  const tree = await createSavedTree();
  tree.write('a/b', 'five!');
  await tree.save('one');
  const fs = await openPointFs(tree.session, 'one');
  onTestFinished(() => fs.unmount());
  const [entry] = await glob('**/b', { fs, cwd: '/', stats: true });
  expect([entry.path, entry.stats?.size, entry.stats?.isFile()]).toEqual(['tree/a/b', 5, true]);
});

test('finds paths from the components’ names on, from the root of one, or from a directory', async () => {
  const tree = await createSavedTree();
  for (const path of ['etc/ssh/a.conf', 'etc/b.conf', 'srv/c.conf', 'srv/.git/config']) tree.write(path, '');
  writeFileSync(Buffer.concat([Buffer.from(`${tree.root}/srv/`), Buffer.from([0xff])]), '');
  await tree.save('one', [join(tree.root, 'etc'), join(tree.root, 'srv')]);
  const { session } = tree;
  expect((await globPoint(session, 'one', '**/*.conf')).sort()).toEqual([
    ...['etc/b.conf', 'etc/ssh/a.conf', 'srv/c.conf'],
  ]);
  expect((await globPoint(session, 'latest', '**', { component: 'srv', dot: true })).sort()).toEqual([
    ...['.git/config', 'c.conf', '\udcff'],
  ]);
  expect(await globPoint(session, 'one', ['*.conf'], { cwd: 'etc/ssh' })).toEqual(['a.conf']);
  expect(await globPoint(session, 'one', '/etc/*.conf')).toEqual(['/etc/b.conf']);
  expect(await globPoint(session, 'one', '*.conf', { cwd: '/etc', absolute: true })).toEqual(['/etc/b.conf']);
  expect(await globPoint(session, 'one', '*.none')).toEqual([]);
});

test('fails where it would find nothing for want of a point, a component, a directory or an object', async () => {
  const tree = await createSavedTree();
  tree.write('d/a', 'a');
  await tree.save('one');
  const { session } = tree;
  for (const patterns of ['', [], ['*', '']]) {
    await expect(globPoint(session, 'one', patterns)).rejects.toMatchObject({ code: 'USAGE' });
  }
  const fs = await openPointFs(session, 'one');
  onTestFinished(() => fs.unmount());
  await expect(globPoint(session, fs, '*', { component: 'tree' })).rejects.toMatchObject({ code: 'USAGE' });
  await expect(globPoint(session, 'two', '*')).rejects.toMatchObject({ code: 'POINT_NOT_FOUND' });
  const component = 'other';
  await expect(globPoint(session, 'one', '*', { component })).rejects.toMatchObject({
    code: 'COMPONENT_NOT_FOUND',
  });
  await expect(globPoint(session, 'one', '*', { cwd: 'tree/e' })).rejects.toMatchObject({ code: 'ENOENT' });
  await expect(globPoint(session, 'one', '*', { cwd: 'tree/d/a' })).rejects.toMatchObject({
    code: 'ENOTDIR',
  });
  for (const pack of tree.stored('packs')) truncateSync(pack, 40);
  await expect(globPoint(session, 'one', '**')).rejects.toMatchObject({
    code: expect.stringMatching(/CORRUPT|MISSING/),
  });
});

test('follows a link to its own directory as often as the disk does', async () => {
  const tree = await createSavedTree();
  tree.write('a/b', '');
  symlinkSync('.', join(tree.root, 'a/self'));
  await tree.save('one');
  const expected = await glob('**', { cwd: tree.root });
  expect(expected.length).toBe(41);
  const found = await globPoint(tree.session, 'one', '**', { component: 'tree' });
  expect(found.sort()).toEqual(expected.sort());
});
