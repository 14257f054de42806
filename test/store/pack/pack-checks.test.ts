// An encoder that writes wrong data: it is found out before a pack is published, as often as was asked for.
import { describe, expect, it } from 'vitest';
import type { PackSource } from '#store/pack/pack-reader.js';
import type { Platform } from '#store/platform.js';
import { textBytes } from '../../conformance/codec-samples.js';
import { addObject, blobOf, createPackWriter, createSource, storedNames } from '../pack-fixture.js';

const BLOCKS = 20;

/** A source whose codec compresses something else at the calls `lies`, counted from 0. */
async function createLiar(
  lies: readonly number[],
): Promise<{ source: PackSource; compressed: () => number }> {
  const source = await createSource();
  const { codec } = source.platform;
  let calls = 0;
  const compress: Platform['codec']['compress'] = (raw, level) => {
    if (!lies.includes(calls++)) return codec.compress(raw, level);
    const wrong = raw.slice();
    wrong[wrong.length >> 1] ^= 0x40;
    return codec.compress(wrong, level);
  };
  const lying = { name: 'liar', compress, decompress: codec.decompress.bind(codec) };
  return { source: { ...source, platform: { ...source.platform, codec: lying } }, compressed: () => calls };
}

/** Writes blocks until something is noticed; answers at which call of the codec that was, and what was published. */
async function writeWithLies(lies: readonly number[], checkOneBlockIn: number) {
  const { source, compressed } = await createLiar(lies);
  const writer = createPackWriter(source, { checkOneBlockIn });
  let noticedAt: number | undefined;
  try {
    for (let i = 0; i < BLOCKS; i++) {
      await addObject(writer, blobOf(textBytes(2000 + i)));
      await writer.flush();
    }
    await writer.finish();
  } catch (error) {
    expect(error).toMatchObject({ code: 'BLOCK_CORRUPT' });
    noticedAt = compressed() - 1;
  } finally {
    await writer.abort();
  }
  return { noticedAt, published: (await storedNames(source)).length };
}

describe('a pack whose codec lies', () => {
  it('is never published where every block is checked, and the lie is noticed at once', async () => {
    for (const lie of [0, 1, 7, BLOCKS - 1]) {
      expect(await writeWithLies([lie], 1)).toEqual({ noticedAt: lie, published: 0 });
    }
  });

  it('is published where nothing was a lie', async () => {
    expect(await writeWithLies([], 1)).toEqual({ noticedAt: undefined, published: 1 });
  });

  it('is found out at the first and at each sixteenth block, where one in sixteen is checked', async () => {
    expect(await writeWithLies([0], 16)).toEqual({ noticedAt: 0, published: 0 });
    expect(await writeWithLies([16], 16)).toEqual({ noticedAt: 16, published: 0 });
    expect(await writeWithLies([3], 16)).toEqual({ noticedAt: undefined, published: 1 });
  });

  it('is never published where the lie is about its table', async () => {
    expect(await writeWithLies([BLOCKS], 16)).toEqual({ noticedAt: BLOCKS, published: 0 });
  });
});
