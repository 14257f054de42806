// Names that are not UTF-8, as text and as bytes.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeBytes, encodeBytes } from '#src/cli/encode-bytes.js';

test('whatever bytes there are come back', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      expect([...encodeBytes(decodeBytes(bytes))]).toEqual([...bytes]);
    }),
  );
});

test('text is UTF-8, and only bytes that are not are escaped', () => {
  expect(decodeBytes(Buffer.from('größe 世界 🎉'))).toBe('größe 世界 🎉');
  expect(decodeBytes(Buffer.from([0x61, 0xff, 0xc3, 0xa9, 0xc3]))).toBe('a\udcffé\udcc3');
  expect([...encodeBytes('\udcff\udc80é')]).toEqual([0xff, 0x80, 0xc3, 0xa9]);
});
