// Points that go from one store to another in a bundle, whole or as what has changed.
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createBundle } from '#src/bundle/create-bundle.js';
import { restoreBundle } from '#src/bundle/restore-bundle.js';
import { verifyBundle } from '#src/bundle/verify-bundle.js';
import { componentsOfPaths } from '#src/components.js';
import { forgetPoints } from '#src/removed-points.js';
import { save } from '#src/save.js';
import type { Session } from '#src/session.js';
import { openOperationLog } from '#store/operations/operation-log.js';
import { makePlainTree } from '../../fixtures/make-plain-tree.js';
import { createSavedTree, type SavedTree } from '../../fixtures/saved-tree.js';
import { contentOf, createSecondStore, expectRestores, expectSound, pointsOf } from './second-store.js';

const LARGE = 2_500_000;

/** A tree with files of all sizes, as the points `one` and `two`. */
async function savedTwice(format: 'sha256' | 'sha1' = 'sha256'): Promise<SavedTree> {
  const tree = await createSavedTree(format);
  makePlainTree(tree.root, { seed: 5, files: 40 });
  tree.write('large', randomBytes(LARGE));
  tree.write('changed', 'first\n');
  await tree.save('one');
  tree.write('changed', 'second\n');
  await tree.save('two');
  return tree;
}

async function bundleOf(
  tree: SavedTree,
  points: readonly string[],
  options: { readonly since?: readonly string[]; readonly bases?: readonly string[] } = {},
): Promise<string> {
  const target = join(tree.directory, `${points.join('-')}-${options.since ?? ''}.bundle`);
  await createBundle(tree.session, { target, points }, options);
  return target;
}

function filesOf({ location }: Session): string[] {
  return ['packs', 'tmp', 'refs', 'index'].flatMap((folder) =>
    existsSync(join(location, folder)) ? readdirSync(join(location, folder)) : [],
  );
}

test.each(['sha256', 'sha1'] as const)(
  'all points of a %s store are the same points in another one',
  async (format) => {
    const tree = await savedTwice(format);
    const file = await bundleOf(tree, ['two', 'one']);
    const verified = await verifyBundle(file);
    expect(verified).toMatchObject({
      ...{ objectFormat: format, requires: [], bytes: statSync(file).size },
      points: [{ name: 'one' }, { name: 'two' }],
    });
    const second = await createSecondStore(format);
    const result = await restoreBundle(second, file);
    expect(result.points.map(({ name, outcome }) => [name, outcome])).toEqual([
      ...[
        ['one', 'added'],
        ['two', 'added'],
      ],
    ]);
    expect([result.newObjects, result.objects]).toEqual([verified.objects, verified.objects]);
    expect(await pointsOf(second)).toEqual(await pointsOf(tree.session));
    expect(await contentOf(second, 'one', 'tree:changed')).toBe('first\n');
    await expectRestores(second, 'latest', tree.root);
    await expectSound(second);
  },
);

test('what has changed since a point is little, and goes only where that point is', async () => {
  const tree = await savedTwice();
  const [whole, news] = [await bundleOf(tree, ['one']), await bundleOf(tree, ['two'], { since: ['one'] })];
  expect(statSync(news).size).toBeLessThan(statSync(whole).size / 20);
  expect(await verifyBundle(news)).toMatchObject({ points: [{ name: 'two' }], requires: [{ name: 'one' }] });
  const second = await createSecondStore();
  const before = filesOf(second);
  await expect(restoreBundle(second, news)).rejects.toMatchObject({
    code: 'BUNDLE_BASE_MISSING',
    message: expect.stringMatching(
      /does not have: one \([0-9a-f]{12}\)\. Nothing was stored\. Restore a bundle/,
    ),
    fields: { missing: [{ name: 'one', id: expect.any(String) }] },
  });
  expect(filesOf(second)).toEqual(before);
  await restoreBundle(second, whole);
  await restoreBundle(second, news);
  expect(await pointsOf(second)).toEqual(await pointsOf(tree.session));
  await expectRestores(second, 'two', tree.root);
  await expectSound(second);
});

test('a base that was removed in the other store can be recovered, and the message says so', async () => {
  const tree = await savedTwice();
  const second = await createSecondStore();
  await restoreBundle(second, await bundleOf(tree, ['one']));
  await forgetPoints(second, ['one']);
  await expect(
    restoreBundle(second, await bundleOf(tree, ['two'], { since: ['one'] })),
  ).rejects.toMatchObject({
    ...{ code: 'BUNDLE_BASE_MISSING', message: expect.stringContaining("'savepoint recover-point'") },
  });
});

test('a bundle builds on another bundle, without the store having its points still', async () => {
  const tree = await savedTwice();
  const base = await bundleOf(tree, ['one']);
  await forgetPoints(tree.session, ['one']);
  const news = await bundleOf(tree, ['two'], { bases: [base] });
  expect(statSync(news).size).toBeLessThan(statSync(base).size / 20);
  const second = await createSecondStore();
  await restoreBundle(second, base);
  await restoreBundle(second, news);
  await expectRestores(second, 'two', tree.root);
  await expectSound(second);
});

test('points that are there stay as they are, and removed ones come back', async () => {
  const tree = await savedTwice();
  const file = await bundleOf(tree, ['one', 'two']);
  const second = await createSecondStore();
  await restoreBundle(second, file);
  const before = filesOf(second);
  const again = await restoreBundle(second, file);
  expect(again.points.map(({ outcome }) => outcome)).toEqual(['present', 'present']);
  expect([again.newObjects, again.storedBytes, filesOf(second)]).toEqual([0, 0, before]);
  await forgetPoints(second, ['one']);
  const third = await restoreBundle(second, file);
  expect(third.points.map(({ outcome }) => outcome)).toEqual(['recovered', 'present']);
  expect(await contentOf(second, 'one', 'tree:changed')).toBe('first\n');
});

test('a name that another point has is refused, and can be given anew', async () => {
  const tree = await savedTwice();
  const file = await bundleOf(tree, ['one', 'two']);
  const second = await createSecondStore();
  await save(second, componentsOfPaths([tree.root]), { name: 'two' });
  const before = [await pointsOf(second), filesOf(second)];
  await expect(restoreBundle(second, file)).rejects.toMatchObject({
    ...{ code: 'NAME_TAKEN', message: expect.stringContaining('--rename two=NEW') },
  });
  const refused = (rename: Readonly<Record<string, string>>, expected: object) =>
    expect(restoreBundle(second, file, { rename })).rejects.toMatchObject(expected);
  const message = expect.stringContaining('--rename one=NEW');
  await refused({ one: 'two', two: 'x' }, { code: 'NAME_TAKEN', message });
  await refused({ two: 'one' }, { code: 'NAME_TAKEN' });
  await refused({ three: 'x' }, { code: 'POINT_NOT_FOUND' });
  for (const two of ['latest', '../x']) await refused({ two }, { code: 'INVALID_NAME' });
  expect([await pointsOf(second), filesOf(second)]).toEqual(before);
  const { points } = await restoreBundle(second, file, { rename: { two: 'two-of-it' } });
  expect(points.map(({ name }) => name)).toEqual(['one', 'two-of-it']);
  expect((await pointsOf(second)).map(([name]) => name)).toEqual(['two', 'one', 'two-of-it']);
});

test.each([
  ['sha256', 'sha1'],
  ['sha1', 'sha256'],
] as const)(
  'a bundle of %s ids fits no store of %s ids, and the message says what does',
  async (from, to) => {
    const tree = await savedTwice(from);
    const file = await bundleOf(tree, ['one']);
    const second = await createSecondStore(to);
    const before = filesOf(second);
    await expect(restoreBundle(second, file)).rejects.toMatchObject({
      code: 'BUNDLE_MISMATCH',
      message: expect.stringContaining(`'savepoint init --object-format ${from}'`),
      fields: { expected: to, found: from },
    });
    expect(filesOf(second)).toEqual(before);
    const other = await createSavedTree(to);
    other.write('a', 'a');
    await other.save('one');
    await expect(
      createBundle(other.session, { target: join(other.directory, 'x'), points: ['one'] }, { bases: [file] }),
    ).rejects.toMatchObject({ code: 'BUNDLE_MISMATCH' });
    expect(existsSync(join(other.directory, 'x'))).toBe(false);
  },
);

test('states before rollbacks are carried, too, and stay what they are', async () => {
  const tree = await savedTwice();
  await save(tree.session, componentsOfPaths([tree.root]), { name: 'before', isSafetyPoint: true });
  const file = await bundleOf(tree, ['before']);
  const second = await createSecondStore();
  const { points } = await restoreBundle(second, file);
  expect(points).toMatchObject([{ name: 'before', safety: true }]);
  expect(await pointsOf(second)).toEqual([]);
  await expectRestores(second, 'before', tree.root);
});

test('a stream is taken in pieces of any length, and gives what the file gives', async () => {
  const tree = await savedTwice();
  const pieces: Buffer[] = [];
  const target = (bytes: Uint8Array) => void pieces.push(Buffer.from(bytes));
  await createBundle(tree.session, { target, points: ['one', 'two'] });
  const whole = Buffer.concat(pieces);
  expect(Buffer.compare(whole, readFileSync(await bundleOf(tree, ['one', 'two'])))).toBe(0);
  expect((await verifyBundle(cut(whole, 97))).points).toHaveLength(2);
  const second = await createSecondStore();
  await restoreBundle(second, cut(whole, 4099));
  await expectSound(second);
  expect(await pointsOf(second)).toEqual(await pointsOf(tree.session));
});

async function* cut(bytes: Buffer, length: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length);
}

test('a bundle that can not be made leaves the file that was there', async () => {
  const tree = await savedTwice();
  const target = join(tree.directory, 'kept.bundle');
  writeFileSync(target, 'what was there');
  const create = (points: string[], options: object = {}) =>
    createBundle(tree.session, { target, points }, options);
  await expect(create(['none'])).rejects.toMatchObject({ code: 'POINT_NOT_FOUND' });
  await expect(create(['one'], { since: ['one'] })).rejects.toMatchObject({ code: 'USAGE' });
  await expect(create(['one'], { bases: [target] })).rejects.toMatchObject({ code: 'BUNDLE_CORRUPT' });
  const stop = new AbortController();
  const stopped = create(['one'], { signal: stop.signal, onProgress: () => stop.abort() });
  await expect(stopped).rejects.toMatchObject({ code: 'ABORTED' });
  const packs = tree.stored('packs');
  tree.write('late', randomBytes(3000));
  await tree.save('three');
  tree.lose('packs', packs);
  await expect(create(['three'])).rejects.toMatchObject({ code: expect.stringMatching(/MISSING|CORRUPT/) });
  expect(readFileSync(target, 'utf8')).toBe('what was there');
  expect(readdirSync(tree.directory).sort()).toEqual(['kept.bundle', 'store', 'tree']);
  await create(['one']);
  expect((await verifyBundle(target)).points).toMatchObject([{ name: 'one' }]);
});

test('a restore that is stopped has done nothing, and can be repeated', async () => {
  const tree = await savedTwice();
  const file = await bundleOf(tree, ['one', 'two']);
  const second = await createSecondStore();
  const before = filesOf(second);
  const stop = new AbortController();
  const stopped = restoreBundle(second, file, { signal: stop.signal, onProgress: () => stop.abort() });
  await expect(stopped).rejects.toMatchObject({ code: 'ABORTED' });
  expect([await pointsOf(second), filesOf(second)]).toEqual([[], before]);
  await restoreBundle(second, file);
  expect(await pointsOf(second)).toEqual(await pointsOf(tree.session));
});

test('two restores at once both end well, and each object is there', async () => {
  const tree = await savedTwice();
  const file = await bundleOf(tree, ['one', 'two']);
  const second = await createSecondStore();
  const results = await Promise.all([restoreBundle(second, file), restoreBundle(second, file)]);
  for (const { points } of results) expect(points.map(({ name }) => name)).toEqual(['one', 'two']);
  const outcomes = results.flatMap(({ points }) => points.map(({ outcome }) => outcome)).sort();
  expect(outcomes).toEqual(['added', 'added', 'present', 'present']);
  expect((await pointsOf(second)).map(([name]) => name)).toEqual(['one', 'two']);
  await expectSound(second);
  await expectRestores(second, 'two', tree.root);
});

test('packs may be merged and go away while a bundle is made', async () => {
  const tree = await createSavedTree();
  const saveNext = async (number: number) => {
    tree.write('changed', `${number}\n`);
    tree.write(`new-${number}`, randomBytes(2000));
    await tree.save(`point-${number}`);
  };
  for (let number = 0; number < 12; number++) await saveNext(number);
  const before = tree.stored('packs');
  const pieces: Buffer[] = [];
  const target = async (bytes: Uint8Array) => {
    const copy = Buffer.from(bytes);
    if (pieces.length === 0) for (let number = 12; number < 24; number++) await saveNext(number);
    pieces.push(copy);
  };
  await createBundle(tree.session, { target, points: ['point-3', 'point-11'] });
  const after = tree.stored('packs');
  expect(before.filter((file) => !after.includes(file)).length).toBeGreaterThan(8);
  const second = await createSecondStore();
  await restoreBundle(second, cut(Buffer.concat(pieces), 1 << 16));
  await expectSound(second);
  expect(await contentOf(second, 'point-3', 'tree:changed')).toBe('3\n');
  expect(await contentOf(second, 'point-11', 'tree:changed')).toBe('11\n');
});

test('the log says what was taken in', async () => {
  const tree = await savedTwice();
  const second = await createSecondStore();
  await restoreBundle(second, await bundleOf(tree, ['one', 'two']), { command: ['bundle', 'restore', 'x'] });
  const entries = await openOperationLog(second.store).read();
  expect(entries).toMatchObject([
    { kind: 'bundle-restore', command: ['bundle', 'restore', 'x'], after: { name: 'two' }, outcome: 'done' },
  ]);
});
