// How the content of a live file is read.
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findLiveSize, readLiveFile } from '#src/live-file.js';
import { createTemporaryDirectory } from '../fixtures/temporary-directory.js';

const read = (path: string, mostBytes = 100, type: 'file' | 'symlink' = 'file') =>
  readLiveFile(path, { type, mostBytes });

test('a file is read as far as it may be long', () => {
  const path = join(createTemporaryDirectory(), 'file');
  for (const size of [0, 1, 99, 100]) {
    writeFileSync(path, Buffer.alloc(size, size));
    expect(read(path)).toEqual(Buffer.alloc(size, size));
    expect(findLiveSize(path)).toBe(size);
  }
  writeFileSync(path, Buffer.alloc(101));
  expect(read(path)).toBeUndefined();
});

test('a file that is longer than its status says is read whole', () => {
  expect(findLiveSize('/proc/self/status')).toBe(0);
  expect(read('/proc/self/status', 1 << 16)?.length).toBeGreaterThan(100);
  expect(read('/proc/self/status', 10)).toBeUndefined();
});

test('a symbolic link is read, not followed', () => {
  const directory = createTemporaryDirectory();
  const path = join(directory, 'link');
  symlinkSync('to/nowhere', path);
  expect(read(path, 100, 'symlink')).toEqual(Buffer.from('to/nowhere'));
  expect(() => read(path)).toThrow(expect.objectContaining({ code: 'PATH_NOT_FOUND' }));
});

test('what is gone, or another kind of file, is told of', () => {
  const directory = createTemporaryDirectory();
  expect(findLiveSize(join(directory, 'none'))).toBeUndefined();
  for (const [path, type] of [
    [join(directory, 'none'), 'file'],
    [join(directory, 'none'), 'symlink'],
    [directory, 'symlink'],
    [directory, 'file'],
  ] as const) {
    expect(() => read(path, 100, type)).toThrow(expect.objectContaining({ code: 'PATH_NOT_FOUND' }));
  }
});

test('what may not be read is told of', () => {
  const path = join(createTemporaryDirectory(), 'file');
  writeFileSync(path, 'x', { mode: 0o600 });
  process.seteuid?.(65534);
  try {
    expect(() => read(path)).toThrow(
      expect.objectContaining({ code: 'PERMISSION_DENIED', fields: { path } }),
    );
  } finally {
    process.seteuid?.(0);
  }
});
