// A block by itself: read as it was written, refused where one bit is wrong, and what later versions may put into it.
import { describe, expect, it } from 'vitest';
import { createNodePlatform } from '#adapters/node/node-platform.js';
import { joinBytes } from '#src/conformance/pattern-bytes.js';
import {
  BLOCK_HEADER_BYTES,
  checkEncodedBlock,
  decodeBlock,
  encodeBlock,
  findBlockHeader,
} from '#store/pack/block.js';
import type { Platform } from '#store/platform.js';
import { seededBytes, textBytes } from '../../conformance/codec-samples.js';

const platform = await createNodePlatform();
const corrupt = expect.objectContaining({ code: 'BLOCK_CORRUPT' });

const encode = (raw: Uint8Array) => encodeBlock(platform, 3, { role: 'records', raw, recordCount: 7 });

/** `block` with header bytes set to `values` from `offset`, and its checksums made to fit. */
function forge(block: Uint8Array, offset: number, values: readonly number[]): Uint8Array {
  const forged = block.slice();
  forged.set(values, offset);
  const view = new DataView(forged.buffer);
  view.setUint32(20, platform.crc32(forged.subarray(BLOCK_HEADER_BYTES)), true);
  view.setUint32(24, platform.crc32(forged.subarray(0, 24)), true);
  return forged;
}

describe('a block', () => {
  it.each([
    ['text', textBytes(5000)],
    ['noise', seededBytes(5000)],
    ['one byte', Uint8Array.of(1)],
    ['nothing', new Uint8Array()],
  ])('of %s is read as it was written, wherever it stands', (_, raw) => {
    for (const role of ['records', 'table'] as const) {
      const block = encodeBlock(platform, 3, { role, raw, recordCount: 7 });
      expect(decodeBlock(platform, block)).toEqual({ role, raw, recordCount: 7 });
      const around = joinBytes(new Uint8Array(5), block, new Uint8Array(9).fill(0x53));
      expect(decodeBlock(platform, around.subarray(5)).raw).toEqual(raw);
    }
  });

  it('goes into the memory that is given for it, if that is large enough', () => {
    const raw = textBytes(5000);
    for (const into of [new Uint8Array(5000), new Uint8Array(9000), new Uint8Array(4999)]) {
      expect(decodeBlock(platform, encode(raw), into).raw).toEqual(raw);
    }
  });

  it.each([
    ['compressed', textBytes(300)],
    ['stored as it is', seededBytes(60)],
  ])('that is %s is refused with any bit flipped, and at any length', (_, raw) => {
    const block = encode(raw);
    for (let bit = 0; bit < block.length * 8; bit++) {
      const flipped = block.slice();
      flipped[bit >> 3] ^= 1 << (bit & 7);
      expect(() => decodeBlock(platform, flipped), `bit ${bit}`).toThrow(corrupt);
    }
    for (let length = 0; length < block.length; length++) {
      expect(() => decodeBlock(platform, block.subarray(0, length)), `${length} bytes`).toThrow(corrupt);
    }
  });

  it.each([
    ['an unknown codec', 4, [2]],
    ['encryption', 5, [1]],
    ['a base object', 6, [1]],
    ['what the last flag may mean one day', 7, [1]],
  ])('with %s is refused as one of a later version', (_, offset, values) => {
    for (const raw of [textBytes(300), seededBytes(60)]) {
      const later = forge(encode(raw), offset, values);
      expect(() => decodeBlock(platform, later)).toThrow(
        expect.objectContaining({ code: 'CODEC_UNSUPPORTED' }),
      );
    }
  });

  it('is refused where its frame holds more or less than the header says', () => {
    for (const length of [299, 301]) {
      const bytes = new Uint8Array(new Uint32Array([length]).buffer);
      expect(() => decodeBlock(platform, forge(encode(textBytes(300)), 8, [...bytes]))).toThrow(corrupt);
    }
    expect(() => decodeBlock(platform, forge(encode(seededBytes(60)), 8, [61]))).toThrow(corrupt);
  });

  it('is not taken for one where it has other letters at its start', () => {
    const forged = forge(encode(textBytes(300)), 0, [0x58]);
    expect(findBlockHeader(platform, forged)).toBeUndefined();
  });
});

describe('the check of a block just made', () => {
  const raw = textBytes(4000);
  const { codec } = platform;

  function lieWith(compress: Platform['codec']['compress']) {
    const decompress = codec.decompress.bind(codec);
    const liar: Platform = { ...platform, codec: { name: 'liar', compress, decompress } };
    const block = encodeBlock(liar, 3, { role: 'records', raw, recordCount: 1 });
    return () => checkEncodedBlock(liar, block, raw);
  }

  it('lets a sound one pass', () => {
    expect(() => checkEncodedBlock(platform, encode(raw), raw)).not.toThrow();
    expect(() => checkEncodedBlock(platform, encode(seededBytes(50)), seededBytes(50))).not.toThrow();
  });

  it.each([
    [
      'compresses something else of the same length',
      (bytes: Uint8Array) => bytes.map((byte, i) => (i === 3999 ? byte ^ 1 : byte)),
    ],
    ['compresses too little', (bytes: Uint8Array) => bytes.subarray(1)],
    ['compresses nothing', () => new Uint8Array()],
  ])('notices a codec that %s', (_, distort) => {
    expect(lieWith((bytes, level) => codec.compress(distort(bytes), level))).toThrow(corrupt);
  });

  it('notices a codec that answers with anything but a frame', () => {
    expect(lieWith(() => seededBytes(100))).toThrow(corrupt);
  });
});
