// Where koffi does not load, what node:fs can do still works, and the rest says what is missing. The C library is
// chosen by the first call of a thread, so this file makes that call with a loader that fails.
import { closeSync, lstatSync, mkdirSync, openSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import {
  closeDescriptor,
  createFile,
  openDirectory,
  openDirectoryBeneath,
} from '#adapters/node/posix-directory.js';
import * as entry from '#adapters/node/posix-entry.js';
import { findPosixLibrary, posixCapabilities } from '#adapters/node/posix-library.js';
import { changeMode, changeOwner, setTimes } from '#adapters/node/posix-ownership.js';
import { readStatus } from '#adapters/node/posix-status.js';
import { seekData, seekHole, syncFileSystem } from '#adapters/node/posix-storage.js';
import { listXattrs, removeXattr, setXattr } from '#adapters/node/posix-xattr.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';
import { IS_ROOT, LATIN1 } from './sample-files.js';

let directory: string;
let root: number;

beforeAll(() => {
  const load = () => {
    throw new Error('no addon for this machine\nand more');
  };
  expect(findPosixLibrary(load)).toBeUndefined();
});

beforeEach(() => {
  directory = createTemporaryDirectory();
  root = openSync(directory, 'r');
  return () => closeSync(root);
});

test('doctor learns that nothing is available, and why', () => {
  const capabilities = posixCapabilities();
  expect(capabilities).toMatchObject({ available: false, reason: 'no addon for this machine' });
  expect(capabilities.missing).toEqual(expect.arrayContaining(['renameat2', 'lgetxattr', 'syncfs']));
});

test('the status words are still read', () => {
  writeFileSync(`${directory}/file`, 'content', { mode: 0o640 });
  const words = new Int32Array(18);
  expect(readStatus({ directory: root, name: 'file' }, words, 0)).toBe(0);
  expect([words[0], words[6]]).toEqual([0o100640, 7]);
  expect(readStatus({ directory: root, name: 'none' }, words, 0)).toBe(2);
});

test('names are still made, moved and removed beneath an open directory', () => {
  const at = (name: string) => ({ directory: root, name });
  entry.makeDirectory(at('made'), 0o700);
  const made = openDirectoryBeneath(root, 'made');
  closeDescriptor(createFile({ directory: made, name: 'file' }, 0o600));
  closeDescriptor(made);
  entry.makeSymlink(at(LATIN1.name), LATIN1.name);
  expect(entry.readSymlink(at(LATIN1.name))).toBe(LATIN1.name);
  entry.renameEntry({ from: at(LATIN1.name), to: at('link') });
  entry.makeLink({ from: at('link'), to: at('same') });
  expect(lstatSync(`${directory}/same`).nlink).toBe(2);
  for (const name of ['link', 'same']) entry.removeFile(at(name));
  expect(() => entry.removeDirectory(at('made'))).toThrow(
    expect.objectContaining({ code: 'TARGET_CONFLICT' }),
  );
  entry.removeFile(`${directory}/made/file`);
  entry.removeDirectory(at('made'));
  expect(() => lstatSync(`${directory}/made`)).toThrow(/ENOENT/);
});

test('no symbolic link is followed on the way', () => {
  mkdirSync(`${directory}/real`);
  symlinkSync('real', `${directory}/planted`);
  expect(() => openDirectoryBeneath(root, 'planted')).toThrow(
    expect.objectContaining({ code: 'TARGET_CONFLICT' }),
  );
  expect(() => openDirectory(`${directory}/planted`)).toThrow(/ENOTDIR/);
  expect(() => createFile({ directory: root, name: '../x' }, 0o600)).toThrow(
    expect.objectContaining({ code: 'INVALID_NAME' }),
  );
});

test('owner, mode and time are still set, the time as finely as Node can', () => {
  writeFileSync(`${directory}/file`, '');
  const { uid, gid } = lstatSync(directory);
  const descriptor = openSync(`${directory}/file`, 'r');
  for (const target of [`${directory}/file`, { directory: root, name: 'file' }, descriptor]) {
    changeOwner(target, { userId: uid, groupId: gid });
    changeMode(target, 0o400);
    changeMode(target, 0o4751);
    setTimes(target, { seconds: 1, nanoseconds: 0 });
    setTimes(target, { seconds: 1_600_000_000n, nanoseconds: 123_456_789 });
    const status = lstatSync(`${directory}/file`);
    expect(status.mode & 0o7777).toBe(0o4751);
    expect(Math.abs(status.mtimeMs - 1_600_000_000_123.456)).toBeLessThan(0.001);
  }
  closeSync(descriptor);
});

test.skipIf(!IS_ROOT)('a symbolic link is given an owner of its own', () => {
  writeFileSync(`${directory}/file`, '');
  symlinkSync('file', `${directory}/link`);
  changeOwner({ directory: root, name: 'link' }, { userId: 7, groupId: 8 });
  expect([lstatSync(`${directory}/link`).uid, lstatSync(`${directory}/file`).uid]).toEqual([7, 0]);
});

test('a sparse file is taken as full, and a file system is still synced', () => {
  writeFileSync(`${directory}/file`, 'content');
  const descriptor = openSync(`${directory}/file`, 'r');
  expect([seekData(descriptor, 2), seekHole(descriptor, 2), seekData(descriptor, 7)]).toEqual([
    2,
    7,
    undefined,
  ]);
  expect(() => syncFileSystem(descriptor)).not.toThrow();
  closeSync(descriptor);
});

test('what node:fs can not do is unsupported, and nothing is pretended', () => {
  writeFileSync(`${directory}/file`, 'content');
  writeFileSync(`${directory}/other`, 'other');
  const move = { from: `${directory}/file`, to: `${directory}/other` };
  const refused = expect.objectContaining({ code: 'UNSUPPORTED' });
  const reasoned = expect.objectContaining({
    code: 'UNSUPPORTED',
    fields: { reason: 'no addon for this machine' },
  });
  expect(() => entry.renameExchange(move)).toThrow(refused);
  expect(() => entry.renameNoReplace(move)).toThrow(refused);
  expect(() => entry.makeFifo(`${directory}/fifo`, 0o600)).toThrow(refused);
  expect(() => listXattrs(move.from)).toThrow(reasoned);
  expect(() => setXattr(move.from, 'user.a', new Uint8Array(1))).toThrow(reasoned);
  expect(() => removeXattr(move.from, 'user.a')).toThrow(reasoned);
  expect(readFileSync(move.to, 'utf8')).toBe('other');
});
