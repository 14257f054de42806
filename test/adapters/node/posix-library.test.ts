// The C library is there, and an older or smaller one than this is made do with.

import { closeSync, lstatSync, openSync } from 'node:fs';
import { createRequire } from 'node:module';
import { expect, test } from 'vitest';
import type { Koffi } from '#adapters/node/load-koffi.js';
import { makeNode, renameExchange } from '#adapters/node/posix-entry.js';
import { findPosixLibrary, posixCapabilities } from '#adapters/node/posix-library.js';
import { readStatus } from '#adapters/node/posix-status.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';

const koffi = createRequire(import.meta.url)('koffi') as Koffi;
const ABSENT = ['mknodat', 'renameat2', 'statx'];
const asked: string[] = [];

/** koffi as it is where libc.so.6 is not there, and libc.so has none of the functions ABSENT. */
const olderKoffi = {
  ...koffi,
  load: (name: string) => {
    asked.push(name);
    if (name === 'libc.so.6') throw new Error('cannot open shared object file');
    const library = koffi.load('libc.so.6');
    return {
      func: (name: string, result: string, parameters: string[]) => library.func(name, result, parameters),
      symbol: (symbol: string) => {
        if (ABSENT.includes(symbol)) throw new Error(`Cannot find symbol '${symbol}'`);
        return library.symbol(symbol);
      },
    };
  },
} as unknown as Koffi;

test('an older C library does what it can, in other ways where there are any, and says what it lacks', () => {
  expect(findPosixLibrary(() => olderKoffi)?.name).toBe('libc.so');
  expect(asked).toEqual(['libc.so.6', 'libc.so']);
  expect(posixCapabilities()).toEqual({
    available: true,
    library: 'libc.so',
    missing: ['statx', 'renameat2'],
  });
});

test('without statx the words are still read', () => {
  const words = new Int32Array(18);
  expect(readStatus('/', words, 0)).toBe(0);
  expect(words[0] & 0o170000).toBe(0o040000);
});

test('without mknodat nodes are made by the older name of it', () => {
  const directory = createTemporaryDirectory();
  const descriptor = openSync(directory, 'r');
  makeNode({ directory: descriptor, name: 'fifo' }, 0o010600);
  expect(lstatSync(`${directory}/fifo`).isFIFO()).toBe(true);
  if (process.getuid?.() === 0) {
    makeNode({ directory: descriptor, name: 'null' }, 0o020600, { major: 1, minor: 3 });
    expect(lstatSync(`${directory}/null`).rdev).toBe(0x103);
  }
  closeSync(descriptor);
});

test('without renameat2 an exchange is unsupported', () => {
  expect(() => renameExchange({ from: '/a', to: '/b' })).toThrow(
    expect.objectContaining({
      code: 'UNSUPPORTED',
      fields: { path: '/b', errno: 'ENOSYS', syscall: 'renameat2' },
    }),
  );
});
