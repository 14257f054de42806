// Merging a store in which a pack is damaged: the damaged one stays for `verify` to find, all others are merged, and no
// half-done work is left.
import { describe, expect, it } from 'vitest';
import { publishSegment } from '#store/index/publish-segment.js';
import { copyPacks } from '#store/merge/copy-packs.js';
import { mergeSmallPacks } from '#store/merge/merge-small-packs.js';
import type { PackSource } from '#store/pack/pack-reader.js';
import { type FinishedPack, packName } from '#store/pack/pack-writer.js';
import { createMapBackend, type StoredBytes } from '../map-backend.js';
import { addObject, blobOf, createPackWriter, createSource, readPack, writePack } from '../pack-fixture.js';
import { contentOf, findLost, platform } from './saved-store.js';

const PACKS = 18;

/** A store with a pack for each number, of both classes in turn, indexed together or each by itself. */
async function storeOfPacks(isIndexedTogether: boolean) {
  const files: StoredBytes = new Map();
  const source: PackSource = { backend: createMapBackend(files), platform, format: 'sha256' };
  const packs: FinishedPack[] = [];
  for (let number = 0; number < PACKS; number++) {
    const packClass = number % 2 === 0 ? 'data' : 'metadata';
    const pack = await writePack(source, [[blobOf(contentOf(number))]], { packClass });
    packs.push(pack);
    if (!isIndexedTogether) await publishSegment(source, [pack]);
  }
  if (isIndexedTogether) await publishSegment(source, packs);
  const damage = (number: number, offset: number) => {
    const name = packName(packs[number].id);
    const bytes = (files.get(name) as Uint8Array).slice();
    bytes.set([bytes.at(offset)! ^ 1], offset < 0 ? bytes.length + offset : offset);
    files.set(name, bytes);
  };
  const packNames = () => [...files.keys()].filter((name) => name.startsWith('packs/'));
  return { files, source, packs, damage, packNames };
}

const others = (damaged: number) => [...Array(PACKS).keys()].filter((number) => number !== damaged);

describe('copying packs', () => {
  it('gives one pack of each class, with each object once, in order', async () => {
    const source = await createSource();
    const data = [
      await writePack(source, [[blobOf('a'), blobOf('b')]]),
      await writePack(source, [[blobOf('b')], [blobOf('c'), blobOf('a')]]),
    ];
    const metadata = await writePack(source, [[blobOf('a')]], { packClass: 'metadata' });
    const copies = await copyPacks(source, [data[0].id, metadata.id, data[1].id]);
    expect(copies.map(({ packClass }) => packClass)).toEqual(['data', 'metadata']);
    const texts = (await readPack(source, copies[0])).map(({ content }) => Buffer.from(content).toString());
    expect(texts).toEqual(['a', 'b', 'c']);
    expect(copies[1].id).toBe(metadata.id);
  });

  it('copies recipes, and what they say', async () => {
    const source = await createSource();
    const writer = createPackWriter(source);
    const chunk = await addObject(writer, blobOf('chunk'));
    const recipe = {
      id: chunk,
      kind: 'tree',
      sizeBytes: 5,
      parts: [{ id: chunk, lengthBytes: 5 }],
      partsAreLists: false,
    } as const;
    const other = createPackWriter(source);
    await other.addRecipe({ ...recipe, id: `${'e'.repeat(64)}` as typeof chunk });
    const packs = [(await writer.finish()) as FinishedPack, (await other.finish()) as FinishedPack];
    const [copy] = await copyPacks(
      source,
      packs.map(({ id }) => id),
    );
    expect((await readPack(source, copy)).map(({ kind, isRecipe }) => [kind, isRecipe])).toEqual([
      ['blob', false],
      ['tree', true],
    ]);
  });

  it.each([0, 1, PACKS - 2, PACKS - 1])('publishes nothing where pack %i cannot be read', async (damaged) => {
    const { source, packs, damage, packNames } = await storeOfPacks(true);
    const before = packNames();
    damage(damaged, 60);
    const failure = { code: 'BLOCK_CORRUPT', fields: { pack: packs[damaged].id } };
    await expect(
      copyPacks(
        source,
        packs.map(({ id }) => id),
      ),
    ).rejects.toMatchObject(failure);
    expect(packNames()).toEqual(before);
  });

  it('refuses a record that is not what the table says', async () => {
    const source = await createSource();
    const writer = createPackWriter(source);
    await writer.addRecord(new TextEncoder().encode('blob 1\0a'), { id: 'f'.repeat(64) as never, kind: 1 });
    const { id } = (await writer.finish()) as FinishedPack;
    const failure = { code: 'PACK_CORRUPT', fields: { pack: id, id: 'f'.repeat(64) } };
    await expect(copyPacks(source, [id])).rejects.toMatchObject(failure);
  });
});

describe('a merge', () => {
  /** In a block, in the header, in the table, in the trailer. */
  const PLACES = [60, 3, -60, -3];

  it.each([true, false])(
    'goes around a pack that is damaged anywhere (packs indexed together: %s)',
    async (together) => {
      for (const place of PLACES) {
        for (const damaged of [0, 1]) {
          const { source, packs, damage, packNames } = await storeOfPacks(together);
          damage(damaged, place);
          await mergeSmallPacks(source);
          expect(packNames(), `byte ${place} of ${damaged}`).toContain(packName(packs[damaged].id));
          expect(await findLost(source, others(damaged)), `byte ${place} of ${damaged}`).toEqual([]);
          const isNeighbourUnreadable = together && place !== 60;
          expect(packNames().length, `byte ${place} of ${damaged}`).toBe(isNeighbourUnreadable ? PACKS : 3);
        }
      }
    },
  );

  it('does nothing more for being tried again', async () => {
    for (const place of PLACES) {
      const { files, source, damage } = await storeOfPacks(true);
      damage(1, place);
      await mergeSmallPacks(source);
      const before = new Map(files);
      for (let i = 0; i < 3; i++) await mergeSmallPacks(source);
      expect([...files.keys()].sort(), `byte ${place}`).toEqual([...before.keys()].sort());
    }
  });
});
