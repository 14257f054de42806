// All segments of a store as one index: whatever is missing, damaged or changing, objects are found where they are.
import { describe, expect, it } from 'vitest';
import { openIndex } from '#store/index/object-index.js';
import { openSoundIndex } from '#store/index/open-sound-index.js';
import { publishSegment } from '#store/index/publish-segment.js';
import { mergeSmallPacks } from '#store/merge/merge-small-packs.js';
import type { ObjectId } from '#store/object-id.js';
import { type FinishedPack, packName } from '#store/pack/pack-writer.js';
import { textBytes } from '../../conformance/codec-samples.js';
import { blobId } from '../object-fixture.js';
import { observeBackend } from '../observe-backend.js';
import { blobOf, createSource, packBytes, storedNames, writePack } from '../pack-fixture.js';

const contents = Array.from({ length: 40 }, (_, i) => textBytes(50 + i));

/** A store with packs of the contents that are named for each; every pack has a segment of its own, if any. */
async function storeOf(packs: readonly { numbers: readonly number[]; isIndexed?: boolean }[]) {
  const source = await createSource();
  const written: FinishedPack[] = [];
  const segments: string[] = [];
  for (const { numbers, isIndexed = true } of packs) {
    const pack = await writePack(source, [numbers.map((number) => blobOf(contents[number]))]);
    written.push(pack);
    if (isIndexed) segments.push(await publishSegment(source, [pack]));
  }
  const ids = contents.map((content) => blobId(source, content));
  return { source, packs: written, segments, ids };
}

describe('an index', () => {
  it('finds objects in whichever segment has them, and in no other place', async () => {
    const { source, packs, ids } = await storeOf([{ numbers: [0, 1] }, { numbers: [2] }]);
    const index = await openIndex(source);
    expect((await index.find(ids[1]))?.packId).toBe(packs[0].id);
    expect((await index.find(ids[2]))?.packId).toBe(packs[1].id);
    expect(await index.find(ids[3])).toBeUndefined();
    await index.loadAll();
    expect(index.findLoaded(ids[2])).toEqual(await index.find(ids[2]));
    expect(index.findLoaded(ids[3])).toBeUndefined();
    expect(index.state).toMatchObject({ missingPacks: [], unindexedPacks: [], problems: [] });
  });

  it('finds what is in packs without a segment, and names them', async () => {
    const { source, packs, ids } = await storeOf([{ numbers: [0] }, { numbers: [1, 2], isIndexed: false }]);
    const index = await openIndex(source);
    expect((await index.find(ids[2]))?.packId).toBe(packs[1].id);
    expect(index.state.unindexedPacks).toEqual([packs[1].id]);
  });

  it('says what is only in packs that are gone, and names them', async () => {
    const { source, packs, ids } = await storeOf([{ numbers: [0, 1] }, { numbers: [2] }]);
    await source.backend.remove(packName(packs[0].id));
    const index = await openIndex(source);
    expect(await index.find(ids[0])).toMatchObject({ packId: packs[0].id, missing: true });
    expect(await index.find(ids[2])).toMatchObject({ missing: false });
    expect(index.state.missingPacks).toEqual([packs[0].id]);
  });

  it('prefers a pack that is there to one that is gone, in one segment and in several', async () => {
    for (const together of [true, false]) {
      for (const gone of [0, 1]) {
        const { source, packs, ids } = await storeOf([
          { numbers: [0, 1], isIndexed: !together },
          { numbers: [1, 2], isIndexed: !together },
        ]);
        if (together) await publishSegment(source, packs);
        await source.backend.remove(packName(packs[gone].id));
        const index = await openIndex(source);
        const expected = { packId: packs[1 - gone].id, missing: false };
        expect(await index.find(ids[1])).toMatchObject(expected);
        await index.loadAll();
        expect(index.findLoaded(ids[1])).toMatchObject(expected);
        expect(index.findAllLoaded(ids[1]).map(({ packId, missing }) => [packId, missing])).toEqual(
          expect.arrayContaining([
            [packs[gone].id, true],
            [packs[1 - gone].id, false],
          ]),
        );
      }
    }
  });

  it('makes up for a damaged segment from the packs, and says what is wrong', async () => {
    const { source, segments, packs, ids } = await storeOf([{ numbers: [0] }, { numbers: [1] }]);
    const bytes = ((await source.backend.read(segments[0])) as Uint8Array).slice();
    bytes[20] ^= 1;
    await source.backend.replace(segments[0], bytes);
    const index = await openIndex(source);
    expect((await index.find(ids[0]))?.packId).toBe(packs[0].id);
    expect(index.state.problems).toMatchObject([{ file: segments[0], error: { code: 'INDEX_CORRUPT' } }]);
    const { unsound } = await openSoundIndex(source);
    expect([...unsound.keys()]).toEqual([segments[0]]);
  });

  it('says which packs it cannot open, and does without them', async () => {
    const { source, packs, ids } = await storeOf([{ numbers: [0], isIndexed: false }, { numbers: [1] }]);
    await source.backend.replace(packName(packs[0].id), (await packBytes(source, packs[0].id)).subarray(5));
    const index = await openIndex(source);
    expect(await index.find(ids[0])).toBeUndefined();
    expect((await index.find(ids[1]))?.missing).toBe(false);
    expect(index.state.problems).toMatchObject([
      { file: packName(packs[0].id), error: { code: 'PACK_CORRUPT' } },
    ]);
  });

  it('tells ids by their first digits, each once, up to a limit', async () => {
    const { source, ids } = await storeOf([{ numbers: [0, 1, 2, 3] }, { numbers: [2, 3, 4] }]);
    const index = await openIndex(source);
    const there = ids.slice(0, 5).sort();
    expect((await index.findIdsWithPrefix('', 10)).sort()).toEqual(there);
    expect(await index.findIdsWithPrefix('', 2)).toHaveLength(2);
    expect(await index.findIdsWithPrefix(ids[3].slice(0, 9), 10)).toEqual([ids[3]]);
    expect(await index.findIdsWithPrefix(ids[9].slice(0, 9), 10)).toEqual([]);
  });

  it('takes nothing for a pack or a segment that is not called like one', async () => {
    const { source } = await storeOf([{ numbers: [0] }]);
    await source.backend.replace('packs/readme', textBytes(5));
    const index = await openIndex(source);
    expect(index.state.packs.size).toBe(1);
    expect(index.state.problems).toEqual([]);
  });
});

describe('an index that is opened while everything is merged', () => {
  /** 16 packs, of which some have no segment yet. */
  const crowded = () =>
    storeOf(Array.from({ length: 16 }, (_, number) => ({ numbers: [number], isIndexed: number % 3 !== 0 })));

  it.each([
    ['openIndex', openIndex],
    [
      'openSoundIndex',
      async (source: Parameters<typeof openIndex>[0]) => (await openSoundIndex(source)).index,
    ],
  ])('by %s, at whichever call that happens, has all objects and no complaints', async (_, open) => {
    let isLast = false;
    for (let at = 1; !isLast; at++) {
      const { source, ids } = await crowded();
      let calls = 0;
      const before = async () => {
        if (++calls === at) await mergeSmallPacks(source);
      };
      const index = await open({ ...source, backend: observeBackend(source.backend, { before }) });
      isLast = calls < at;
      const expected = (await storedNames(source)).filter((name) => name.startsWith('packs/'));
      expect(expected).toHaveLength(isLast ? 16 : 1);
      expect(index.state.problems, `call ${at}`).toEqual([]);
      for (const id of ids.slice(0, 16))
        expect(await findAtLast(index, open, source, id), `call ${at}`).toBe(true);
    }
  });

  /** As a reader does: where it misses a pack, it opens the index again. */
  async function findAtLast(
    index: Awaited<ReturnType<typeof openIndex>>,
    open: typeof openIndex,
    source: Parameters<typeof openIndex>[0],
    id: ObjectId,
  ): Promise<boolean> {
    const location = await index.find(id);
    if (location === undefined) return false;
    return location.missing ? (await (await open(source)).find(id))?.missing === false : true;
  }
});
