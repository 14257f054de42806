// Blocks that another thread decodes and hashes before they are read: the same bytes, and no trust in more than their hashes.
import { expect, onTestFinished, test } from 'vitest';
import { type BlockPlace, type BlocksAhead, type HashedBlock, hashBlock } from '#store/blocks-ahead.js';
import { HeldReader } from '#store/held-reader.js';
import type { ObjectId } from '#store/object-id.js';
import { packName } from '#store/pack/pack-writer.js';
import { createSavedTree, type SavedTree } from '../fixtures/saved-tree.js';
import { createRandom } from '../fixtures/seeded-random.js';

const FILES = 120;
const FILE_BYTES = 60_000;

async function savedFiles(): Promise<SavedTree> {
  const tree = await createSavedTree();
  const random = createRandom(9);
  for (let i = 0; i < FILES; i++) {
    const noise = Buffer.from(random.bytes(FILE_BYTES / 2));
    tree.write(`f${String(i).padStart(3, '0')}`, Buffer.concat([noise, Buffer.from(`${i} `.repeat(10_000))]));
  }
  await tree.save('one');
  return tree;
}

/** Does at once what a thread would do, and `spoil` to what comes of it. */
class AheadInThread implements BlocksAhead {
  readonly requested: string[] = [];
  taken = 0;
  private readonly blocks = new Map<string, HashedBlock>();

  constructor(
    private readonly tree: SavedTree,
    private readonly held: Awaited<ReturnType<SavedTree['session']['store']['backend']['hold']>>,
    private readonly spoil: (block: HashedBlock) => HashedBlock = (block) => block,
  ) {}

  request(place: BlockPlace, memory = new Uint8Array(1 << 20)): void {
    const block = hashBlock(this.tree.session.store, { held: this.held, place, memory });
    this.requested.push(`${place.packId}/${place.offset}`);
    if (block !== undefined) this.blocks.set(`${place.packId}/${place.offset}`, this.spoil(block));
  }

  take({ packId, offset }: BlockPlace): HashedBlock | undefined {
    const block = this.blocks.get(`${packId}/${offset}`);
    if (block !== undefined) this.taken++;
    this.blocks.delete(`${packId}/${offset}`);
    return block;
  }
}

async function openBoth(tree: SavedTree, spoil?: (block: HashedBlock) => HashedBlock) {
  const { store } = tree.session;
  const plain = await HeldReader.open(store);
  const index = await store.openIndex();
  const held = await store.backend.hold([...index.state.packs.keys()].map(packName));
  const ahead = new AheadInThread(tree, held, spoil);
  const reader = await HeldReader.open(store, { isTransient: true, cacheBytes: 0, ahead });
  onTestFinished(() => {
    plain.close();
    reader.close();
    held.close();
  });
  const ids = await index.findIdsWithPrefix('', Number.MAX_SAFE_INTEGER);
  const place = (id: ObjectId) => plain.locate(id);
  const inOrder = ids.toSorted((left, right) => {
    const [a, b] = [place(left), place(right)];
    if (a.packId !== b.packId) return a.packId < b.packId ? -1 : 1;
    return a.block.offset - b.block.offset || a.entry.offset - b.entry.offset;
  });
  return { plain, reader, ahead, inOrder };
}

test('who reads on from block to block gets blocks that were decoded ahead, with the same content', async () => {
  const { plain, reader, ahead, inOrder } = await openBoth(await savedFiles());
  for (const id of inOrder) expect(Buffer.compare(reader.read(id).content, plain.read(id).content)).toBe(0);
  expect(ahead.taken).toBeGreaterThan(3);
  expect(new Set(ahead.requested).size).toBe(ahead.requested.length);
});

test('who reads here and there has nothing decoded ahead', async () => {
  const { reader, ahead, inOrder } = await openBoth(await savedFiles());
  for (const id of inOrder.toReversed()) reader.read(id);
  expect(ahead.requested).toEqual([]);
});

test('a record whose hash is not what was asked for is refused', async () => {
  const wrong = (block: HashedBlock) => ({ ...block, ids: block.ids.map(() => '0'.repeat(64) as ObjectId) });
  const { reader, ahead, inOrder } = await openBoth(await savedFiles(), wrong);
  const refused = inOrder.filter((id) => {
    try {
      reader.read(id);
      return false;
    } catch (error) {
      expect(error).toMatchObject({ code: 'OBJECT_CORRUPT' });
      return true;
    }
  });
  expect(ahead.taken).toBeGreaterThan(0);
  expect(refused.length).toBeGreaterThan(0);
});

test('a record that is longer or shorter than what was hashed is hashed again', async () => {
  const shifted = (block: HashedBlock) => ({
    ...block,
    places: block.places.map((word, at) => word + (at % 2)),
  });
  const { plain, reader, ahead, inOrder } = await openBoth(await savedFiles(), shifted);
  for (const id of inOrder) expect(Buffer.compare(reader.read(id).content, plain.read(id).content)).toBe(0);
  expect(ahead.taken).toBeGreaterThan(0);
});
