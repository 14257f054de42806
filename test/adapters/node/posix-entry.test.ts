// Names are made, moved and removed where they were meant to be, and nothing is replaced that was not named.
import {
  closeSync,
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  makeDirectory,
  makeFifo,
  makeLink,
  makeNode,
  makeSymlink,
  readSymlink,
  removeDirectory,
  removeFile,
  renameEntry,
  renameExchange,
  renameNoReplace,
} from '#adapters/node/posix-entry.js';
import type { Entry } from '#adapters/node/posix-place.js';
import { runTool } from '../../fixtures/run-tool.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';
import { readStat } from './read-stat.js';
import { IS_ROOT, LATIN1 } from './sample-files.js';

let directory: string;
let folder: number;
/** A name in the directory, by its path and by its place. */
let spellings: ((name: string) => Entry)[];

beforeEach(() => {
  directory = createTemporaryDirectory();
  folder = openSync(directory, 'r');
  spellings = [(name) => `${directory}/${name}`, (name) => ({ directory: folder, name })];
});

afterEach(() => closeSync(folder));

const path = (name: string) => `${directory}/${name}`;
const failure = (errno: string, code: string) =>
  expect.objectContaining({ code, fields: expect.objectContaining({ errno }) });
const stat = (name: string) => readStat(Buffer.from(path(name)));

test('directories, FIFOs and links are made and removed, by path and by place', () => {
  for (const at of spellings) {
    makeDirectory(at('made'), 0o750);
    expect(lstatSync(path('made')).isDirectory()).toBe(true);
    makeFifo(at('fifo'), 0o640);
    expect(lstatSync(path('fifo')).isFIFO()).toBe(true);
    makeSymlink(at('link'), 'no such\ttarget');
    expect(readSymlink(at('link'))).toBe('no such\ttarget');
    makeLink({ from: at('link'), to: at('same-link') });
    expect(stat('same-link').inode).toBe(stat('link').inode);
    for (const name of ['fifo', 'link', 'same-link']) removeFile(at(name));
    removeDirectory(at('made'));
    expect(runTool('ls', ['-A', directory]).toString()).toBe('');
  }
});

test.skipIf(!IS_ROOT)('device nodes have the numbers asked for', () => {
  for (const at of spellings) {
    makeNode(at('null'), 0o020666, { major: 1, minor: 3 });
    makeNode(at('far'), 0o060600, { major: 4095, minor: 1048575 });
    expect(readFileSync(path('null'), 'utf8')).toBe('');
    expect(stat('null').nodeDevice).toEqual({ major: 1, minor: 3 });
    expect(stat('far').nodeDevice).toEqual({ major: 4095, minor: 1048575 });
    expect(lstatSync(path('far')).isBlockDevice()).toBe(true);
    for (const name of ['null', 'far']) removeFile(at(name));
  }
});

test('a device number that Linux does not have is refused, not cut down to one that it has', () => {
  const device = { major: 4097, minor: 3 };
  expect(() => makeNode(path('null'), 0o020666, device)).toThrow(failure('EINVAL', 'STORAGE_FAILED'));
  expect(existsSync(path('null'))).toBe(false);
});

test('names and contents that are not UTF-8 are kept', () => {
  for (const at of spellings) {
    makeSymlink(at(LATIN1.name), LATIN1.name);
    expect(readSymlink(at(LATIN1.name))).toBe(LATIN1.name);
    renameEntry({ from: at(LATIN1.name), to: at('renamed') });
    expect(runTool('readlink', ['--no-newline', path('renamed')])).toEqual(LATIN1.bytes);
    removeFile(at('renamed'));
  }
});

test('a link content of the greatest length is read whole', () => {
  const content = 'x'.repeat(4095);
  makeSymlink(path('long'), content);
  expect(readSymlink(path('long'))).toBe(content);
});

test('what has a name is not made again', () => {
  symlinkSync('nowhere', path('taken'));
  const taken = failure('EEXIST', 'TARGET_CONFLICT');
  for (const at of spellings) {
    expect(() => makeDirectory(at('taken'), 0o755)).toThrow(taken);
    expect(() => makeFifo(at('taken'), 0o644)).toThrow(taken);
    expect(() => makeSymlink(at('taken'), 'elsewhere')).toThrow(taken);
    expect(() => makeLink({ from: at('taken'), to: at('taken') })).toThrow(taken);
    expect(readSymlink(at('taken'))).toBe('nowhere');
  }
});

test('a rename replaces a file; one that must not, does not', () => {
  for (const at of spellings) {
    writeFileSync(path('a'), 'a');
    writeFileSync(path('b'), 'b');
    const move = { from: at('a'), to: at('b') };
    expect(() => renameNoReplace(move)).toThrow(failure('EEXIST', 'TARGET_CONFLICT'));
    expect([readFileSync(path('a'), 'utf8'), readFileSync(path('b'), 'utf8')]).toEqual(['a', 'b']);
    renameEntry(move);
    expect(readFileSync(path('b'), 'utf8')).toBe('a');
    renameNoReplace({ from: at('b'), to: at('a') });
    expect(runTool('ls', ['-A', directory]).toString()).toBe('a\n');
  }
});

test('an exchange swaps whole trees, and needs both of them', () => {
  for (const at of spellings) {
    mkdirSync(path('tree'));
    writeFileSync(path('tree/inside'), 'inside');
    writeFileSync(path('file'), 'file');
    renameExchange({ from: at('tree'), to: at('file') });
    expect(readFileSync(path('tree'), 'utf8')).toBe('file');
    expect(readFileSync(path('file/inside'), 'utf8')).toBe('inside');
    const absent = failure('ENOENT', 'STORAGE_FAILED');
    expect(() => renameExchange({ from: at('tree'), to: at('none') })).toThrow(absent);
    runTool('rm', ['-r', path('tree'), path('file')]);
  }
});

test('names are moved and linked from one open directory to another', () => {
  for (const name of ['left', 'right']) mkdirSync(path(name));
  const [left, right] = ['left', 'right'].map((name) => openSync(path(name), 'r'));
  const from = { directory: left, name: 'a' };
  const to = { directory: right, name: 'b' };
  const content = () => readFileSync(path('right/b'), 'utf8');
  for (const move of [renameEntry, renameNoReplace, makeLink]) {
    writeFileSync(path('left/a'), move.name);
    move({ from, to });
    expect(content()).toBe(move.name);
    removeFile(to);
  }
  writeFileSync(path('right/b'), 'right');
  renameExchange({ from, to });
  expect([readFileSync(path('left/a'), 'utf8'), content()]).toEqual(['right', 'makeLink']);
  for (const descriptor of [left, right]) closeSync(descriptor);
});

test('a directory is removed only when empty, and only as a directory', () => {
  mkdirSync(path('full'));
  writeFileSync(path('full/file'), '');
  for (const at of spellings) {
    expect(() => removeDirectory(at('full'))).toThrow(failure('ENOTEMPTY', 'TARGET_CONFLICT'));
    expect(() => removeFile(at('full'))).toThrow(failure('EISDIR', 'TARGET_CONFLICT'));
  }
  expect(() => removeDirectory(path('full/file'))).toThrow(failure('ENOTDIR', 'TARGET_CONFLICT'));
});

test('an error names the whole path of a place', () => {
  expect(() => removeFile({ directory: folder, name: 'none' })).toThrow(
    expect.objectContaining({ fields: { path: path('none'), errno: 'ENOENT', syscall: 'unlinkat' } }),
  );
});

test('a name in a directory can not lead out of it', () => {
  for (const name of ['..', '.', '', '../file', '/etc/hostname']) {
    const entry = { directory: folder, name };
    const refused = expect.objectContaining({ code: 'INVALID_NAME' });
    expect(() => removeFile(entry)).toThrow(refused);
    expect(() => makeDirectory(entry, 0o755)).toThrow(refused);
    expect(() => renameEntry({ from: path('a'), to: entry })).toThrow(refused);
  }
  expect(() => makeSymlink(path('link'), 'a\0b')).toThrow(expect.objectContaining({ code: 'INVALID_NAME' }));
});
