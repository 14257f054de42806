// Opening follows no symbolic link, and a walk through open directories stays where it began.
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  closeDescriptor,
  createFile,
  openDirectory,
  openDirectoryBeneath,
} from '#adapters/node/posix-directory.js';
import { descriptorPath } from '#adapters/node/posix-place.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';

let directory: string;
let root: number;
let openBefore: number;
const countOpen = (): number => readdirSync('/proc/self/fd').length;

beforeEach(() => {
  directory = createTemporaryDirectory();
  openBefore = countOpen();
  root = openDirectory(directory);
  mkdirSync(`${directory}/a/b/c`, { recursive: true });
});

afterEach(() => {
  closeDescriptor(root);
  expect(countOpen()).toBe(openBefore);
});

const failure = (errno: string, code: string) =>
  expect.objectContaining({ code, fields: expect.objectContaining({ errno }) });

function createAndClose(parent: number, name: string, content: string): void {
  const descriptor = createFile({ directory: parent, name }, 0o600);
  writeSync(descriptor, content);
  closeDescriptor(descriptor);
}

test('a file is created beneath the directory that was opened, whatever its path leads to by now', () => {
  const opened = openDirectoryBeneath(root, 'a/b/c');
  renameSync(`${directory}/a/b`, `${directory}/moved`);
  mkdirSync(`${directory}/elsewhere/c`, { recursive: true });
  symlinkSync('../elsewhere', `${directory}/a/b`);
  createAndClose(opened, 'file', 'content');
  closeDescriptor(opened);
  expect(readFileSync(`${directory}/moved/c/file`, 'utf8')).toBe('content');
  expect(readdirSync(`${directory}/elsewhere/c`)).toEqual([]);
});

test.each(['a', 'a/b', 'a/b/c'])('a symbolic link planted at %s stops the walk', (planted) => {
  renameSync(`${directory}/${planted}`, `${directory}/moved`);
  mkdirSync(`${directory}/trap/b/c`, { recursive: true });
  mkdirSync(`${directory}/trap/c`, { recursive: true });
  symlinkSync(`${directory}/trap`, `${directory}/${planted}`);
  expect(() => openDirectoryBeneath(root, 'a/b/c')).toThrow(failure('ENOTDIR', 'TARGET_CONFLICT'));
});

test('a walk does not leave the directory', () => {
  const refused = expect.objectContaining({ code: 'INVALID_NAME' });
  for (const path of ['..', 'a/../..', '/etc', 'a//b', 'a/', './a', 'a/./b']) {
    expect(() => openDirectoryBeneath(root, path)).toThrow(refused);
  }
});

test('a walk of no steps opens the directory itself once more', () => {
  const opened = openDirectoryBeneath(root, '');
  expect(opened).not.toBe(root);
  createAndClose(opened, 'file', '');
  closeDescriptor(opened);
  expect(readdirSync(directory).sort()).toEqual(['a', 'file']);
});

test('an open directory can be listed after it has lost its name', () => {
  const opened = openDirectoryBeneath(root, 'a/b');
  renameSync(`${directory}/a`, `${directory}/other`);
  expect(readdirSync(descriptorPath(opened))).toEqual(['c']);
  closeDescriptor(opened);
});

test('a file is not created where anything has its name, a dangling link included', () => {
  symlinkSync(`${directory}/outside`, `${directory}/link`);
  writeFileSync(`${directory}/file`, 'old');
  for (const name of ['link', 'file', 'a']) {
    expect(() => createFile({ directory: root, name }, 0o600)).toThrow(failure('EEXIST', 'TARGET_CONFLICT'));
  }
  expect(readdirSync(directory).sort()).toEqual(['a', 'file', 'link']);
  expect(readFileSync(`${directory}/file`, 'utf8')).toBe('old');
});

test('descriptors are not handed to programs that are started', () => {
  const opened = openDirectoryBeneath(root, 'a');
  const flags = /flags:\s+([0-7]+)/.exec(readFileSync(`/proc/self/fdinfo/${opened}`, 'utf8'));
  closeDescriptor(opened);
  expect(Number.parseInt(flags?.[1] ?? '', 8) & 0o2000000).not.toBe(0);
});

test('what is no directory is not opened as one', () => {
  writeFileSync(`${directory}/file`, '');
  expect(() => openDirectory(`${directory}/file`)).toThrow(failure('ENOTDIR', 'TARGET_CONFLICT'));
  expect(() => openDirectory(`${directory}/none`)).toThrow(failure('ENOENT', 'STORAGE_FAILED'));
  expect(() => closeDescriptor(99_999)).toThrow(failure('EBADF', 'STORAGE_FAILED'));
});
