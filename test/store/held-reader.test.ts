// A held reader against the one that waits: the same bytes, and none that are wrong.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { HeldReader } from '#store/held-reader.js';
import type { ObjectId } from '#store/object-id.js';
import { createSavedTree, type SavedTree } from '../fixtures/saved-tree.js';
import { createRandom } from '../fixtures/seeded-random.js';

const LARGE_BYTES = 9 << 20;

async function openHeld(tree: SavedTree, cacheBytes?: number): Promise<HeldReader> {
  const held = await HeldReader.open(tree.session.store, cacheBytes === undefined ? {} : { cacheBytes });
  onTestFinished(() => held.close());
  return held;
}

function randomBytes(length: number): Uint8Array {
  return createRandom(7).bytes(length);
}

async function idsOf(tree: SavedTree): Promise<ObjectId[]> {
  const index = await tree.session.store.openIndex();
  return index.findIdsWithPrefix('', Number.MAX_SAFE_INTEGER);
}

describe.each(['sha256', 'sha1'] as const)('a held reader of a %s store', (format) => {
  test('reads each object as the reader that waits does, small and large, and knows its size', async () => {
    const tree = await createSavedTree(format);
    for (let i = 0; i < 40; i++) tree.write(`d${i % 5}/f${i}`, `content ${i}\n`.repeat(i * i));
    tree.write('large', randomBytes(LARGE_BYTES));
    await tree.save('one');
    const held = await openHeld(tree, 1 << 20);
    const reader = await tree.session.store.openReader();
    const ids = await idsOf(tree);
    expect(ids.length).toBeGreaterThan(50);
    for (const id of ids) {
      const expected = await reader.read(id);
      expect(held.has(id)).toBe(true);
      expect(held.sizeBytes(id)).toBe(expected.content.length);
      const { kind, content } = held.read(id);
      expect(kind).toBe(expected.kind);
      expect(Buffer.compare(content, expected.content)).toBe(0);
    }
  });
});

test('reads any range of a large object, over the ends of chunks, and no further than the end', async () => {
  const tree = await createSavedTree();
  const bytes = randomBytes(LARGE_BYTES);
  tree.write('large', bytes);
  await tree.save('one');
  const held = await openHeld(tree);
  const reader = await tree.session.store.openReader();
  const large = (await idsOf(tree)).find((id) => held.sizeBytes(id) === LARGE_BYTES) as ObjectId;
  const ends = ((await reader.findRecipe(large))?.chunks ?? []).map(({ lengthBytes }) => lengthBytes);
  expect(ends.length).toBeGreaterThan(2);
  const random = createRandom(11);
  const ranges = Array.from(
    { length: 60 },
    () => [random.integer(LARGE_BYTES), random.integer(3 << 20)] as const,
  );
  const edges = [ends[0] - 1, ends[0], ends[0] + 1, 0, LARGE_BYTES - 1, LARGE_BYTES, LARGE_BYTES + 5];
  for (const [offset, lengthBytes] of [...ranges, ...edges.map((edge) => [edge, 2] as const)]) {
    const expected = bytes.subarray(offset, offset + lengthBytes);
    expect(Buffer.compare(held.readRange(large, { offset, lengthBytes }), expected)).toBe(0);
  }
});

test('gives the right bytes where the memory of blocks is used again, compressed or not', async () => {
  const tree = await createSavedTree();
  const random = createRandom(5);
  for (let i = 0; i < 24; i++) {
    tree.write(`noise-${i}`, random.bytes(900_000 + i));
    tree.write(`text-${i}`, `line ${i}\n`.repeat(100_000));
  }
  await tree.save('one');
  const held = await HeldReader.open(tree.session.store, { cacheBytes: 0, isTransient: true });
  onTestFinished(() => held.close());
  const plain = await openHeld(tree);
  const ids = await idsOf(tree);
  const seen = ids.map((id) => held.read(id).content);
  for (const id of [...ids, ...ids.toReversed()]) {
    expect(Buffer.compare(held.read(id).content, plain.read(id).content), id).toBe(0);
  }
  const overwritten = seen.filter(
    (content, at) => Buffer.compare(content, plain.read(ids[at]).content) !== 0,
  );
  expect(overwritten.length).toBeGreaterThan(0);
});

test('goes on reading when all packs are gone, and finds what is new after a refresh', async () => {
  const tree = await createSavedTree();
  tree.write('a', 'first');
  await tree.save('one');
  const held = await openHeld(tree);
  const ids = await idsOf(tree);
  tree.write('b', 'second');
  await tree.save('two');
  const added = (await idsOf(tree)).filter((id) => !ids.includes(id));
  expect(added.every((id) => !held.has(id))).toBe(true);
  expect(() => held.read(added[0])).toThrow(expect.objectContaining({ code: 'OBJECT_MISSING' }));
  await held.refresh();
  tree.lose('packs', []);
  for (const id of [...ids, ...added]) expect(held.read(id).content).toBeDefined();
});

test('never gives a byte that is not as it was written', async () => {
  const tree = await createSavedTree();
  for (let i = 0; i < 20; i++) tree.write(`f${i}`, `content ${i}\n`.repeat(50));
  await tree.save('one');
  const ids = await idsOf(tree);
  const whole = await openHeld(tree);
  const expected = new Map(ids.map((id) => [id, Buffer.from(whole.read(id).content)]));
  const folder = join(tree.session.location, 'packs');
  const random = createRandom(3);
  let refused = 0;
  for (let round = 0; round < 40; round++) {
    const names = readdirSync(folder);
    const file = join(folder, names[random.integer(names.length)]);
    const bytes = readFileSync(file);
    const flipped = Buffer.from(bytes);
    flipped[random.integer(bytes.length)] ^= 1 << random.integer(8);
    rmSync(file);
    writeFileSync(file, flipped);
    const held = await HeldReader.open(tree.session.store);
    for (const id of ids) {
      try {
        expect(Buffer.compare(held.read(id).content, expected.get(id) as Buffer)).toBe(0);
      } catch (error) {
        expect(error).toMatchObject({ name: 'SavepointError' });
        refused++;
      }
    }
    held.close();
    writeFileSync(file, bytes);
  }
  expect(refused).toBeGreaterThan(0);
});
