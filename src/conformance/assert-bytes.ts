// Whether bytes are those that are expected, told in a line.
import assert from 'node:assert/strict';

export function assertBytes(found: Uint8Array | undefined, expected: Uint8Array, what = 'the bytes'): void {
  assert.ok(found !== undefined, `${what}: there are ${expected.length} bytes, and undefined was given`);
  assert.equal(found.length, expected.length, `${what}: how many they are`);
  const at = found.findIndex((byte, index) => byte !== expected[index]);
  assert.equal(at, -1, `${what}: all are the same; byte ${at} differs`);
}
