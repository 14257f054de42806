// The data of a sparse file is found where it is, and a file system can be made durable.
import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { expect, test } from 'vitest';
import { seekData, seekHole, syncFileSystem } from '#adapters/node/posix-storage.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';

/** The ranges of data in an open file, by asking from each end on. */
function dataRanges(descriptor: number): [number, number][] {
  const ranges: [number, number][] = [];
  for (let end: number | undefined = 0; end !== undefined; ) {
    const start = seekData(descriptor, end);
    if (start === undefined) break;
    end = seekHole(descriptor, start);
    if (end !== undefined) ranges.push([start, end]);
  }
  return ranges;
}

test('the data of a sparse file is found, beyond 4 GiB too', () => {
  const descriptor = openSync(`${createTemporaryDirectory()}/sparse`, 'w+');
  const far = 6 * 2 ** 30;
  ftruncateSync(descriptor, far + (1 << 20));
  expect(dataRanges(descriptor)).toEqual([]);
  const block = new Uint8Array(65536).fill(1);
  writeSync(descriptor, block, 0, block.length, 1 << 20);
  writeSync(descriptor, block, 0, block.length, far);
  expect(dataRanges(descriptor)).toEqual([
    [1 << 20, (1 << 20) + 65536],
    [far, far + 65536],
  ]);
  closeSync(descriptor);
});

test('an empty file has no data, and a full one is all data', () => {
  const descriptor = openSync(`${createTemporaryDirectory()}/file`, 'w+');
  expect([seekData(descriptor, 0), seekHole(descriptor, 0)]).toEqual([undefined, undefined]);
  writeSync(descriptor, 'content');
  expect([seekData(descriptor, 3), seekHole(descriptor, 3)]).toEqual([3, 7]);
  expect([seekData(descriptor, 7), seekHole(descriptor, 7)]).toEqual([undefined, undefined]);
  closeSync(descriptor);
});

test('a file system is synced by any file in it; what is not open can not be', () => {
  const descriptor = openSync(createTemporaryDirectory(), 'r');
  expect(() => syncFileSystem(descriptor)).not.toThrow();
  closeSync(descriptor);
  expect(() => syncFileSystem(99_999)).toThrow(
    expect.objectContaining({ fields: { path: 'descriptor 99999', errno: 'EBADF', syscall: 'syncfs' } }),
  );
  expect(() => seekData(99_999, 0)).toThrow(expect.objectContaining({ code: 'STORAGE_FAILED' }));
});
