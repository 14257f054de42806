// The portable CRC-32 is zlib's.
import { expect, test } from 'vitest';
import { portableCrc32 } from '#store/codec/portable-checksum.js';

test.each([
  ['', 0],
  ['123456789', 0xcbf43926],
  ['a', 0xe8b7be43],
  ['savepoint', 0x9560345a],
])('the checksum of %j is %i, without a sign', (text, expected) => {
  expect(portableCrc32(new TextEncoder().encode(text))).toBe(expected);
});
