// A bundle that is not as it was written, in any of its bytes or in its length, is refused as a whole.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createBundle } from '#src/bundle/create-bundle.js';
import { restoreBundle } from '#src/bundle/restore-bundle.js';
import { verifyBundle } from '#src/bundle/verify-bundle.js';
import { componentsOfPaths } from '#src/components.js';
import { listPoints } from '#src/list.js';
import { save } from '#src/save.js';
import { createSession, type Session } from '#src/session.js';
import { verify } from '#src/verify.js';
import { createRandom } from '../fixtures/seeded-random.js';
import { createTemporaryDirectory } from '../fixtures/temporary-directory.js';
import { chooseSeeds } from './choose-seeds.js';

const takesAll = process.env['SAVEPOINT_TEST_ALL'] !== undefined;
/** One byte of each of so many stretches is flipped, and the bundle is cut in each of them. */
const CHECKED = 150;
const TAKEN_IN = 25;
const LARGE_FILE_BYTES = 1_300_000;

const [seed] = chooseSeeds(0);
let directory: string;
let bundle: Buffer;
let target: Session;

beforeAll(async () => {
  directory = createTemporaryDirectory({ lifetime: 'file' });
  const live = join(directory, 'live');
  const random = createRandom(seed);
  mkdirSync(live);
  for (let number = 0; number < 12; number++) {
    writeFileSync(join(live, `file-${number}`), random.text(random.integer(3000)));
  }
  const session = await createSession(join(directory, 'store'), 'sha256');
  await save(session, componentsOfPaths([live]), { name: 'one' });
  writeFileSync(join(live, 'large'), random.text(LARGE_FILE_BYTES));
  await save(session, componentsOfPaths([live]), { name: 'two' });
  const file = join(directory, 'good.bundle');
  await createBundle(session, { target: file, points: ['one', 'two'] });
  await session.close();
  bundle = readFileSync(file);
  target = await createSession(join(directory, 'target'), 'sha256');
});
afterAll(() => target.close());

async function* streamOf(bytes: Buffer): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 1 << 20) yield bytes.subarray(at, at + (1 << 20));
}

/** Where the parts of a bundle are, so that small ones are met as often as large ones. */
function regions(): readonly (readonly [number, number])[] {
  const description = 20 + bundle.readUInt32LE(12);
  const packs = description + 32;
  const tables = Math.max(packs, bundle.length - 4000);
  const trailer = bundle.length - 56;
  return [
    ...([
      [0, 20],
      [20, description],
      [description, packs],
      [packs, packs + 60],
    ] as const),
    ...([
      [packs + 60, tables],
      [tables, trailer],
      [trailer, bundle.length - 32],
    ] as const),
    [bundle.length - 32, bundle.length],
  ];
}

/** Offsets in all regions, `most` together. */
function chooseOffsets(most: number, salt: number): number[] {
  const random = createRandom(seed + salt);
  const all = regions();
  const each = Math.ceil(most / all.length);
  return all.flatMap(([start, end]) =>
    Array.from({ length: each }, () => start + random.integer(end - start)),
  );
}

function flipped(offset: number, bit: number): Buffer {
  const bytes = Buffer.from(bundle);
  bytes[offset] ^= 1 << bit;
  return bytes;
}

async function expectNothingTaken(bytes: Buffer, what: string): Promise<void> {
  await expect(restoreBundle(target, streamOf(bytes)), what).rejects.toMatchObject({
    code: 'BUNDLE_CORRUPT',
  });
  expect(await listPoints(target), what).toEqual([]);
  expect(readdirSync(join(target.location, 'tmp')), what).toEqual([]);
}

test('it is a bundle, and each region has bytes', async () => {
  expect(await verifyBundle(streamOf(bundle))).toMatchObject({ points: [{ name: 'one' }, { name: 'two' }] });
  for (const [start, end] of regions()) expect(end).toBeGreaterThan(start);
});

test(`a flipped bit anywhere is found by who checks it (seed ${seed})`, async () => {
  const random = createRandom(seed + 1);
  const offsets = takesAll ? Array.from(bundle.keys()) : chooseOffsets(CHECKED, 2);
  for (const offset of offsets) {
    const bit = random.integer(8);
    await expect(
      verifyBundle(streamOf(flipped(offset, bit))),
      `bit ${bit} of byte ${offset}`,
    ).rejects.toMatchObject({ code: 'BUNDLE_CORRUPT' });
  }
});

test(`a bundle that is cut short anywhere is found by who checks it (seed ${seed})`, async () => {
  const lengths = takesAll ? Array.from(bundle.keys()) : chooseOffsets(CHECKED, 3);
  for (const length of [0, ...lengths, bundle.length - 1]) {
    await expect(
      verifyBundle(streamOf(bundle.subarray(0, length))),
      `${length} of ${bundle.length} bytes`,
    ).rejects.toMatchObject({ code: 'BUNDLE_CORRUPT' });
  }
});

test(`nothing of a damaged bundle is taken in, and then all of a good one (seed ${seed})`, async () => {
  for (const offset of chooseOffsets(TAKEN_IN, 4)) {
    await expectNothingTaken(flipped(offset, offset % 8), `a bit of byte ${offset}`);
    await expectNothingTaken(bundle.subarray(0, offset), `${offset} of ${bundle.length} bytes`);
  }
  await expectNothingTaken(Buffer.concat([bundle, Buffer.from('x')]), 'a byte more');
  expect((await verify(target, { data: true })).problems).toEqual([]);
  await restoreBundle(target, streamOf(bundle));
  expect((await listPoints(target)).map(({ name }) => name)).toEqual(['one', 'two']);
  expect((await verify(target, { data: true })).problems).toEqual([]);
});
