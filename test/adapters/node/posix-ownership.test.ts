// Owner, mode and time are set on the file itself and to the last bit, by path, by place and by descriptor.
import { closeSync, lstatSync, openSync, symlinkSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { changeMode, changeOwner, setTimes } from '#adapters/node/posix-ownership.js';
import type { Target } from '#adapters/node/posix-place.js';
import { runTool } from '../../fixtures/run-tool.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';
import { IS_ROOT } from './sample-files.js';

let directory: string;
let folder: number;
let descriptor: number;
let targets: Target[];

beforeEach(() => {
  directory = createTemporaryDirectory();
  folder = openSync(directory, 'r');
  writeFileSync(`${directory}/file`, 'content');
  symlinkSync('file', `${directory}/link`);
  descriptor = openSync(`${directory}/file`, 'r');
  targets = [`${directory}/file`, { directory: folder, name: 'file' }, descriptor];
});

afterEach(() => {
  closeSync(descriptor);
  closeSync(folder);
});

const status = (name: string) => lstatSync(`${directory}/${name}`, { bigint: true });

test.each([
  ['at the epoch', 0, 0],
  ['a nanosecond after it', 0, 1],
  ['before 1970', -2, 250_000_000],
  ['in 1902', -2_145_916_800, 1],
  ['in the year 2100', 4_102_444_800, 999_999_999],
  ['in 2445', 15_000_000_000, 1],
])('a time %s is set to the nanosecond', (_, seconds, nanoseconds) => {
  for (const target of targets) {
    for (const value of [seconds, BigInt(seconds)]) {
      setTimes(target, { seconds: 1, nanoseconds: 1 });
      setTimes(target, { seconds: value, nanoseconds });
      expect(status('file').mtimeNs).toBe(BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds));
    }
  }
});

test('any time that the file system keeps comes back', () => {
  const times = fc.record({
    seconds: fc.integer({ min: -(2 ** 31) + 1, max: 2 ** 33 }),
    nanoseconds: fc.integer({ min: 0, max: 999_999_999 }),
  });
  fc.assert(
    fc.property(times, fc.nat({ max: 2 }), ({ seconds, nanoseconds }, which) => {
      setTimes(targets[which], { seconds, nanoseconds });
      expect(status('file').mtimeNs).toBe(BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds));
    }),
  );
});

test('the time of access stays, and a link has a time of its own', () => {
  runTool('touch', [
    '-a',
    '-h',
    '-d',
    '2001-02-03T04:05:06.789123456Z',
    `${directory}/file`,
    `${directory}/link`,
  ]);
  const before = status('file');
  for (const target of [`${directory}/link`, { directory: folder, name: 'link' }]) {
    setTimes(target, { seconds: 5, nanoseconds: 7 });
    expect(status('link').mtimeNs).toBe(5_000_000_007n);
    setTimes(target, { seconds: 0, nanoseconds: 0 });
  }
  expect(status('link').atimeNs).toBe(981_173_106_789_123_456n);
  expect(status('file').mtimeNs).toBe(before.mtimeNs);
  for (const target of targets) setTimes(target, { seconds: 5, nanoseconds: 7 });
  expect(status('file').atimeNs).toBe(981_173_106_789_123_456n);
});

test('what is no time is refused, the numbers with a meaning of their own included', () => {
  const before = status('file').mtimeNs;
  for (const nanoseconds of [0x3fffffff, 0x3ffffffe, 1_000_000_000, -1, 0.5, Number.NaN]) {
    expect(() => setTimes(targets[0], { seconds: 1, nanoseconds })).toThrow(
      expect.objectContaining({ fields: expect.objectContaining({ errno: 'EINVAL' }) }),
    );
  }
  expect(() => setTimes(targets[0], { seconds: 1.5, nanoseconds: 0 })).toThrow(/EINVAL/);
  expect(status('file').mtimeNs).toBe(before);
});

test('the mode is set to the last bit, whatever the umask', () => {
  const umask = process.umask(0o077);
  for (const target of targets) {
    for (const mode of [0o7777, 0, 0o4755, 0o1640]) {
      changeMode(target, mode);
      expect(Number(status('file').mode) & 0o7777).toBe(mode);
    }
  }
  process.umask(umask);
});

test('a mode is not set through a symbolic link', () => {
  const before = status('file').mode;
  for (const target of [`${directory}/link`, { directory: folder, name: 'link' }]) {
    expect(() => changeMode(target, 0o777)).toThrow(expect.objectContaining({ code: 'UNSUPPORTED' }));
  }
  expect(status('file').mode).toBe(before);
});

test.skipIf(!IS_ROOT)('owner and group are set over their whole range, on links themselves too', () => {
  const owners = [
    { userId: 1234, groupId: 4321 },
    { userId: 4_294_967_294, groupId: 3_000_000_000 },
  ];
  for (const owner of owners) {
    for (const target of targets) {
      changeOwner(target, { userId: 0, groupId: 0 });
      changeOwner(target, owner);
      expect([status('file').uid, status('file').gid].map(Number)).toEqual(Object.values(owner));
    }
  }
  changeOwner({ directory: folder, name: 'link' }, { userId: 7, groupId: 8 });
  expect([status('link').uid, status('link').gid]).toEqual([7n, 8n]);
  expect(status('file').uid).toBe(4_294_967_294n);
});
