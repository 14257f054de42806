// The WebAssembly codec keeps the contract within its fixed heap, and says so where that ends.
import { expect, test } from 'vitest';
import { loadPortableCodec, PORTABLE_CAPACITY_BYTES } from '#store/codec/portable-codec.js';
import { describeCodec } from '../../conformance/codec-conformance.js';
import { seededBytes, textBytes } from '../../conformance/codec-samples.js';

describeCodec('the portable codec', loadPortableCodec);

test('loads once', async () => {
  expect(await loadPortableCodec()).toBe(await loadPortableCodec());
});

test('refuses to compress more than its heap has room for, and goes on working', async () => {
  const codec = await loadPortableCodec();
  expect(() => codec.compress(new Uint8Array(PORTABLE_CAPACITY_BYTES + 1), 3)).toThrow(/savepoint bug/);
  const full = seededBytes(PORTABLE_CAPACITY_BYTES);
  const frame = codec.compress(full, 3);
  expect(Buffer.compare(codec.decompress(frame, full.length), full)).toBe(0);
});

test('a sound frame that holds too much is not called corrupt', async () => {
  const codec = await loadPortableCodec();
  expect(() => codec.decompress(makeFrameOfRepeatedBytes(5 << 20), 5 << 20)).toThrow(
    expect.objectContaining({ code: 'CODEC_UNSUPPORTED' }),
  );
});

test('levels that its heap has no room for are taken lower', async () => {
  const codec = await loadPortableCodec();
  const raw = textBytes(PORTABLE_CAPACITY_BYTES);
  for (const level of [6, 12, 22]) {
    expect(Buffer.compare(codec.decompress(codec.compress(raw, level), raw.length), raw)).toBe(0);
  }
});

test('its heap does not fill up over many calls of every length', async () => {
  const codec = await loadPortableCodec();
  const noise = seededBytes(PORTABLE_CAPACITY_BYTES);
  const text = textBytes(PORTABLE_CAPACITY_BYTES);
  for (let i = 1; i <= 60; i++) {
    const length = (i * 2_654_435) % PORTABLE_CAPACITY_BYTES;
    const raw = (i % 2 === 0 ? noise : text).subarray(0, length);
    const frame = codec.compress(raw, 1 + (i % 9));
    expect(Buffer.compare(codec.decompress(frame, length), raw)).toBe(0);
    expect(() => codec.decompress(frame.subarray(0, frame.length - 1), length)).toThrow(/cut short/);
  }
});

/** A frame of blocks that each repeat one byte, as RFC 8878 describes. */
function makeFrameOfRepeatedBytes(lengthBytes: number): Uint8Array {
  const blocks = lengthBytes / 0x20000;
  const frame = new Uint8Array(9 + blocks * 4);
  const view = new DataView(frame.buffer);
  view.setUint32(0, 0xfd2fb528, true);
  frame[4] = 0xa0;
  view.setUint32(5, lengthBytes, true);
  for (let i = 0; i < blocks; i++) {
    view.setUint32(9 + i * 4, (0x20000 << 3) | (1 << 1) | (i === blocks - 1 ? 1 : 0), true);
  }
  return frame;
}
