// Bundles that are sealed well and hold what no store makes: nothing of them is taken, and nothing that is stored changes.
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { createBundle } from '#src/bundle/create-bundle.js';
import { openBundle } from '#src/bundle/open-bundle.js';
import { restoreBundle } from '#src/bundle/restore-bundle.js';
import { verifyBundle } from '#src/bundle/verify-bundle.js';
import { componentsOfPaths } from '#src/components.js';
import { createPlatform } from '#src/composition.js';
import { listPoints } from '#src/list.js';
import { save } from '#src/save.js';
import { createSession } from '#src/session.js';
import type { ObjectId } from '#store/object-id.js';
import { hashObject } from '#store/objects/object-header.js';
import { encodeRecipe, kindNumber, parseRecipe, RECIPE_FLAG } from '#store/pack/record.js';
import {
  type BundleContents,
  type ForgedRecord,
  forgeBundle,
  readBundleContents,
  resealBundle,
} from '../../fixtures/forged-bundle.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';
import { createSecondStore, expectRestores, expectSound, pointsOf } from './second-store.js';

let live: string;
let file: string;
let good: BundleContents;

beforeAll(async () => {
  const directory = createTemporaryDirectory({ lifetime: 'file' });
  live = join(directory, 'tree');
  const session = await createSession(join(directory, 'store'), 'sha256');
  mkdirSync(live);
  writeFileSync(join(live, 'small'), 'small\n');
  writeFileSync(join(live, 'large'), randomBytes(3 << 20));
  await save(session, componentsOfPaths([live]), { name: 'one' });
  file = join(directory, 'good.bundle');
  await createBundle(session, { target: file, points: ['one'] });
  await session.close();
  good = await readBundleContents(file);
});

/** Fails unless the bundle is refused as a whole, by who checks it and by who takes it in. */
async function expectRefused(
  bytes: Buffer,
  code = 'BUNDLE_CORRUPT',
  { verifies = false } = {},
): Promise<void> {
  const place = join(createTemporaryDirectory(), 'forged.bundle');
  writeFileSync(place, bytes);
  if (!verifies) await expect(verifyBundle(place)).rejects.toMatchObject({ code });
  const second = await createSecondStore();
  await expect(restoreBundle(second, place)).rejects.toMatchObject({ code });
  expect(await pointsOf(second)).toEqual([]);
  await expectSound(second);
  // What it left, if anything, is no obstacle, and is not taken for what it says it is.
  await save(second, componentsOfPaths([live]), { name: 'own' });
  await expectRestores(second, 'own', live);
  await expectSound(second);
}

/** Fails unless nothing but the beginning of the bundle is looked at. */
async function expectRefusedAtOnce(bytes: Buffer): Promise<void> {
  const place = join(createTemporaryDirectory(), 'forged.bundle');
  writeFileSync(place, bytes);
  await expect(openBundle(place)).rejects.toMatchObject({ code: 'BUNDLE_CORRUPT' });
}

const isRecipe = ({ kind }: ForgedRecord) => (kind & RECIPE_FLAG) !== 0;

function described(
  change: (description: { points: unknown[]; requires: unknown[] }) => unknown,
): BundleContents {
  const description = JSON.parse(good.description);
  return { ...good, description: JSON.stringify(change(description) ?? description) };
}

test('what is made here is what a store makes, where nothing is changed', async () => {
  const place = join(createTemporaryDirectory(), 'same.bundle');
  writeFileSync(place, await forgeBundle(good));
  const second = await createSecondStore();
  await restoreBundle(second, place);
  await expectRestores(second, 'one', live);
  await expectSound(second);
  expect(await verifyBundle(place)).toMatchObject({ objects: good.records.length });
});

test('an object that is missing', async () => {
  for (const at of [0, good.records.findIndex(isRecipe), good.records.length - 1]) {
    const records = good.records.filter((_, index) => index !== at);
    await expectRefused(await forgeBundle({ ...good, records }));
  }
});

test('a recipe that leads to other content than its id says', async () => {
  const platform = await createPlatform();
  const records = good.records.map((each) => {
    if (!isRecipe(each)) return each;
    const { parts, ...recipe } = parseRecipe(platform, good.format, each.record);
    expect(parts.length).toBeGreaterThan(1);
    const record = encodeRecipe(platform, good.format, { ...recipe, parts: [...parts].reverse() });
    return { ...each, record: Buffer.from(record) };
  });
  // Whoever only checks a bundle does not put large objects together.
  await expectRefused(await forgeBundle({ ...good, records }), 'BUNDLE_CORRUPT', { verifies: true });
});

test('a recipe for a small object that others save, too', async () => {
  const platform = await createPlatform();
  const content = Buffer.from('small\n');
  const id = hashObject(platform, good.format, { kind: 'blob', content });
  const part = good.records.find(({ id: other }) => other !== id && other !== undefined) as ForgedRecord;
  const forged = encodeRecipe(platform, good.format, {
    ...{ id, kind: 'blob', sizeBytes: content.length, partsAreLists: false },
    parts: [{ id: part.id, lengthBytes: content.length }],
  });
  const records = good.records.filter((each) => each.id !== id);
  expect(records).toHaveLength(good.records.length - 1);
  const kind = kindNumber('blob') | RECIPE_FLAG;
  records.push({ packClass: 'data', id, kind, record: Buffer.from(forged) });
  await expectRefused(await forgeBundle({ ...good, records }), 'BUNDLE_CORRUPT', { verifies: true });
});

test('an id in the table of contents that is not that of its object', async () => {
  const [first, ...rest] = good.records;
  const id = 'ab'.repeat(32) as ObjectId;
  await expectRefused(await forgeBundle({ ...good, records: [{ ...first, id }, ...rest] }));
});

test('other counts than what there is', async () => {
  for (const counts of [
    ...[
      { packs: 2, objects: good.records.length + 1 },
      { packs: 3, objects: good.records.length },
    ],
    { packs: 0, objects: 0 },
  ]) {
    await expectRefused(await forgeBundle({ ...good, counts }));
  }
});

test('points that are no points', async () => {
  const [tree, blob] = ['tree', 'blob'].map(
    (kind) => good.records.find(({ record }) => record.toString('latin1').startsWith(`${kind} `))?.id,
  );
  for (const id of [tree, blob, 'ab'.repeat(32)]) {
    const forged = described(({ points: [point], requires }) => ({
      points: [{ ...(point as object), id }],
      requires,
    }));
    await expectRefused(await forgeBundle(forged), 'BUNDLE_CORRUPT', { verifies: id !== 'ab'.repeat(32) });
  }
});

test.each([
  ['../../outside'],
  ['a/../b'],
  ['/etc'],
  ['latest'],
  ['live'],
  [''],
  ['.hidden'],
  ['x.lock'],
  ['new\nline'],
  ['nul\0'],
  ['n'.repeat(300)],
  [7],
  [null],
])('a point that is called %j', async (name) => {
  const forged = described(({ points: [point], requires }) => ({
    points: [{ ...(point as object), name }],
    requires,
  }));
  await expectRefusedAtOnce(await forgeBundle(forged));
});

test.each([
  ['no JSON', () => 'not JSON'],
  ['nothing', () => ''],
  ['null', () => 'null'],
  ['a list', () => '[]'],
  ['no points', () => '{"points":[],"requires":[]}'],
  ['no list of points', () => '{"points":{"length":1},"requires":[]}'],
  ['nothing that is required', () => good.description.replace('"requires":[]', '"requires":7')],
  ['a point that is null', () => '{"points":[null],"requires":[]}'],
  ['an id that leads elsewhere', () => good.description.replace(/"id":"[0-9a-f]+"/, '"id":"../../x"')],
  ['a summary that is missing', () => good.description.replace(/"createdAt":"[^"]*",/, '')],
  ['a summary of another type', () => good.description.replace(/"files":\d+/, '"files":"many"')],
  ['brackets without end', () => '['.repeat(100_000)],
])('a description with %s', async (_, description) => {
  await expectRefusedAtOnce(await forgeBundle({ ...good, description: description() }));
});

test('one point twice', async () => {
  const again = (name: string) =>
    described(({ points: [point], requires }) => ({
      points: [point, { ...(point as object), name }],
      requires,
    }));
  await expectRefusedAtOnce(await forgeBundle(again('one')));
  await expectRefusedAtOnce(await forgeBundle(again('two')));
});

test('what the description says of a point is not believed where the point says otherwise', async () => {
  const forged = described(({ points: [point], requires }) => ({
    points: [{ ...(point as object), message: 'forged', files: 1 }],
    requires,
  }));
  const place = join(createTemporaryDirectory(), 'forged.bundle');
  writeFileSync(place, await forgeBundle(forged));
  const second = await createSecondStore();
  await restoreBundle(second, place);
  expect((await listPoints(second))[0]).toMatchObject({
    name: 'one',
    files: 2,
    message: expect.stringMatching(/^Save/),
  });
});

test('bytes behind its end, also ones that the digest covers', async () => {
  await expectRefused(Buffer.concat([await forgeBundle(good), Buffer.from('x')]));
  const more = (bytes: Buffer) =>
    Buffer.concat([bytes.subarray(0, -32), Buffer.from('more'), bytes.subarray(-32)]);
  await expectRefused(await resealBundle(file, more));
});

test('lengths that are out of all bounds, and are not believed', async () => {
  const before = process.memoryUsage().rss;
  for (const length of [0xffff_ffff, (64 << 20) + 1, 60 << 20, 0]) {
    await expectRefused(
      await resealBundle(file, (bytes) => {
        bytes.writeUInt32LE(length, 12);
        return bytes;
      }),
    );
  }
  expect(process.memoryUsage().rss - before).toBeLessThan(512 << 20);
});

test('a version that is newer', async () => {
  const newer = await resealBundle(file, (bytes) => {
    bytes.writeUInt16LE(2, 8);
    return bytes;
  });
  await expectRefused(newer, 'BUNDLE_NEWER');
});
