// Sparse files are written with their holes, and never lose a byte to a map of holes that is wrong.
import { closeSync, ftruncateSync, openSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { writeRangesOf } from '#adapters/files/write-file.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';

const MEBIBYTE = 1 << 20;

/** Writes `content` in pieces, by `ranges`, and answers what is in the file and how much space it takes. */
function write(content: Uint8Array, ranges: readonly (readonly [number, number])[]) {
  const path = join(createTemporaryDirectory(), 'file');
  const descriptor = openSync(path, 'w');
  ftruncateSync(descriptor, content.length);
  for (let position = 0; position < content.length; position += MEBIBYTE) {
    writeRangesOf(descriptor, { bytes: content.subarray(position, position + MEBIBYTE), position }, ranges);
  }
  closeSync(descriptor);
  return { found: readFileSync(path), diskBytes: statSync(path).blocks * 512 };
}

it('zeros outside of the data stay holes', () => {
  const content = Buffer.alloc(8 * MEBIBYTE);
  content.fill(1, 3 * MEBIBYTE - 5000, 3 * MEBIBYTE + 5000);
  const { found, diskBytes } = write(content, [[3 * MEBIBYTE - 8192, 16_384]]);
  expect(found.equals(content)).toBe(true);
  expect(diskBytes).toBeLessThan(MEBIBYTE);
});

it('what stands where a hole should be is written all the same', () => {
  for (const at of [0, 70_000, 3 * MEBIBYTE - 1, 5 * MEBIBYTE, 8 * MEBIBYTE - 1]) {
    const content = Buffer.alloc(8 * MEBIBYTE);
    content[at] = 7;
    content[4 * MEBIBYTE] = 9;
    for (const ranges of [[], [[4 * MEBIBYTE, 4096]], [[0, 4096]]] as [number, number][][]) {
      expect(write(content, ranges).found.equals(content), `byte ${at}`).toBe(true);
    }
  }
});
