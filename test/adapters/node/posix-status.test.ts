// The status words say what stat says, of every kind of file, whichever way they are read.
import { closeSync, constants, openSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { unpackDevice } from '#adapters/node/device-number.js';
import { NODE_STATUS_READER } from '#adapters/node/node-status.js';
import { readDescriptorStatus, readStatus } from '#adapters/node/posix-status.js';
import * as layout from '#adapters/node/status-layout.js';
import { runToolOnPaths } from '../../fixtures/run-tool.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';
import { readStat } from './read-stat.js';
import { bytesOfPath, IS_ROOT, LATIN1, makeSampleFiles } from './sample-files.js';

let directory: string;
let names: string[];

beforeAll(() => {
  directory = createTemporaryDirectory({ lifetime: 'file' });
  names = makeSampleFiles(directory);
});

const READERS: Readonly<Record<string, layout.StatusReader>> = {
  'the C library': { entry: readStatus, descriptor: readDescriptorStatus },
  'node:fs': NODE_STATUS_READER,
};

describe.each(Object.keys(READERS))('by way of %s', (name) => {
  const reader = READERS[name];

  test('all words are what stat prints', () => {
    for (const entry of names) {
      const words = new Int32Array(layout.STATUS_WORDS);
      expect(reader.entry(`${directory}/${entry}`, words, 0)).toBe(0);
      expect(readable(words)).toEqual(readStat(bytesOfPath(directory, entry)));
    }
  });

  test('an open file has the same words as its path', () => {
    for (const entry of ['file', 'huge', 'folder', 'next']) {
      const descriptor = openSync(`${directory}/${entry}`, 'r');
      const [byPath, byDescriptor] = [new Int32Array(18), new Int32Array(18)];
      expect(reader.entry(`${directory}/${entry}`, byPath, 0)).toBe(0);
      expect(reader.descriptor(descriptor, byDescriptor, 0)).toBe(0);
      closeSync(descriptor);
      expect(byDescriptor).toEqual(byPath);
    }
  });

  test('a name in an open directory is found there', () => {
    const descriptor = openSync(directory, constants.O_DIRECTORY);
    for (const entry of ['file', LATIN1.name, 'symlink']) {
      const [byPath, byPlace] = [new Int32Array(18), new Int32Array(18)];
      reader.entry(`${directory}/${entry}`, byPath, 0);
      expect(reader.entry({ directory: descriptor, name: entry }, byPlace, 0)).toBe(0);
      expect(byPlace).toEqual(byPath);
    }
    closeSync(descriptor);
  });

  test('only its own words are written', () => {
    const words = new Int32Array(60).fill(77);
    expect(reader.entry(`${directory}/file`, words, 20)).toBe(0);
    expect([...words.subarray(0, 20), ...words.subarray(38)]).toEqual(new Array(42).fill(77));
    expect(words[20]).toBe(0o100644);
  });

  test('a failure is answered as its errno, and leaves the words alone', () => {
    const words = new Int32Array(layout.STATUS_WORDS).fill(77);
    expect(reader.entry(`${directory}/none`, words, 0)).toBe(2);
    expect(reader.entry('', words, 0)).toBe(2);
    expect(reader.entry(`${directory}/file/below`, words, 0)).toBe(20);
    expect(reader.entry(`${directory}/${'x'.repeat(300)}`, words, 0)).toBe(36);
    expect(reader.descriptor(99_999, words, 0)).toBe(9);
    expect(words).toEqual(new Int32Array(layout.STATUS_WORDS).fill(77));
  });

  test('a name that C would read otherwise is refused', () => {
    const words = new Int32Array(layout.STATUS_WORDS);
    const refused = expect.objectContaining({ code: 'INVALID_NAME' });
    expect(() => reader.entry(`${directory}/file\0.txt`, words, 0)).toThrow(refused);
    expect(() => reader.entry(`${directory}/\udcff\0`, words, 0)).toThrow(refused);
    for (const name of ['', '.', '..', '/etc/passwd', 'a/b', 'a\0b']) {
      expect(() => reader.entry({ directory: 0, name }, words, 0)).toThrow(refused);
    }
  });
});

test('both ways give the very same words', () => {
  for (const entry of names) {
    const all = Object.values(READERS).map((reader) => {
      const words = new Int32Array(layout.STATUS_WORDS);
      reader.entry(`${directory}/${entry}`, words, 0);
      return words;
    });
    expect(all[1]).toEqual(all[0]);
    expect(all[0][layout.MODIFIED_NANOSECONDS_WORD]).toBeGreaterThanOrEqual(0);
  }
});

test('a path of 4,000 bytes is read', () => {
  const deep = `${directory}/deep`;
  const path = `${deep}/${Array.from({ length: 20 }, () => 'd'.repeat(190)).join('/')}`;
  runToolOnPaths(['mkdir', '-p'], [Buffer.from(path)]);
  expect(path.length).toBeGreaterThan(3800);
  expect(readStatus(path, new Int32Array(18), 0)).toBe(0);
});

test.skipIf(!IS_ROOT)('device numbers of all sizes are unpacked', () => {
  const words = new Int32Array(18);
  readStatus(`${directory}/far`, words, 0);
  expect(unpackDevice(words[layout.NODE_DEVICE_WORD])).toEqual({ major: 4095, minor: 1048575 });
  readStatus(`${directory}/wide`, words, 0);
  expect(unpackDevice(words[layout.NODE_DEVICE_WORD])).toEqual({ major: 259, minor: 65537 });
});

function readable(words: Int32Array): ReturnType<typeof readStat> {
  const device = (word: number) => unpackDevice(words[word]);
  const time = (seconds: number, nanoseconds: number) =>
    BigInt(layout.wideWord(words, seconds)) * 1_000_000_000n + BigInt(words[nanoseconds]);
  return {
    mode: words[layout.MODE_WORD],
    linkCount: words[layout.LINK_COUNT_WORD],
    userId: words[layout.USER_ID_WORD],
    groupId: words[layout.GROUP_ID_WORD],
    inode: layout.wideWord(words, layout.INODE_LOW_WORD),
    sizeBytes: layout.wideWord(words, layout.SIZE_LOW_WORD),
    modified: time(layout.MODIFIED_SECONDS_LOW_WORD, layout.MODIFIED_NANOSECONDS_WORD),
    changed: time(layout.CHANGED_SECONDS_LOW_WORD, layout.CHANGED_NANOSECONDS_WORD),
    nodeDevice: device(layout.NODE_DEVICE_WORD),
    device: device(layout.DEVICE_WORD),
    blocks: layout.wideWord(words, layout.BLOCKS_LOW_WORD),
  };
}
