// A change of system files is made as a whole or not at all, and takes the place of nothing that it does not know.
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test, vi } from 'vitest';
import { createTemporaryName, UNANSWERED_MS } from '#adapters/backends/temporary-name.js';
import { MadeFiles } from '#adapters/system/made-files.js';
import {
  findSystemFile,
  removeAbandonedFiles,
  removeSystemFiles,
  writeSystemFiles,
} from '#adapters/system/system-files.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';

let directory: string;

beforeEach(() => {
  directory = createTemporaryDirectory();
});

const at = (path: string) => join(directory, path);
const bytes = (text: string) => Buffer.from(text);
const newFile = (path: string, content = `new ${path}`) => ({ path: at(path), content: bytes(content) });
const conflict = expect.objectContaining({ code: 'TARGET_CONFLICT' });

test('files, links and their directories are made, and replaced', async () => {
  await writeSystemFiles({
    files: [newFile('a/b/one'), newFile('two')],
    links: [{ path: at('c/link'), target: '/a/b/one' }],
  });
  expect(readFileSync(at('a/b/one'), 'utf8')).toBe('new a/b/one');
  expect(readlinkSync(at('c/link'))).toBe('/a/b/one');
  await writeSystemFiles({ files: [{ ...newFile('two', 'newer'), replaces: bytes('new two') }], links: [] });
  expect(readFileSync(at('two'), 'utf8')).toBe('newer');
  expect([readdirSync(directory).sort(), readdirSync(at('a/b'))]).toEqual([['a', 'c', 'two'], ['one']]);
});

test('where one name is taken, all that was made before is taken back', async () => {
  writeFileSync(at('replaced'), 'as it was', { mode: 0o600 });
  writeFileSync(at('taken'), 'mine');
  const change = {
    files: [
      newFile('deep/er/made'),
      { ...newFile('replaced'), replaces: bytes('as it was') },
      newFile('taken'),
    ],
    links: [{ path: at('links/link'), target: '/x' }],
  };
  await expect(writeSystemFiles(change)).rejects.toThrow(conflict);
  expect(readdirSync(directory).sort()).toEqual(['replaced', 'taken']);
  expect(readFileSync(at('replaced'), 'utf8')).toBe('as it was');
  expect(readFileSync(at('taken'), 'utf8')).toBe('mine');
});

test('where a link’s name is taken, no file is made', async () => {
  symlinkSync('/mine', at('link'));
  const change = { files: [newFile('deep/made')], links: [{ path: at('link'), target: '/x' }] };
  await expect(writeSystemFiles(change)).rejects.toThrow(conflict);
  expect([readdirSync(directory), readlinkSync(at('link'))]).toEqual([['link'], '/mine']);
});

test('a file that has changed meanwhile is not replaced', async () => {
  writeFileSync(at('file'), 'changed');
  const change = { files: [{ ...newFile('file'), replaces: bytes('known') }], links: [] };
  await expect(writeSystemFiles(change)).rejects.toThrow(conflict);
  expect(readFileSync(at('file'), 'utf8')).toBe('changed');
});

test('what can’t be written is a coded failure that names the path', async () => {
  writeFileSync(at('no-directory'), '');
  const change = { files: [newFile('no-directory/file')], links: [] };
  await expect(writeSystemFiles(change)).rejects.toThrow(conflict);
  await expect(writeSystemFiles(change)).rejects.toThrow(at('no-directory'));
});

test('what could not be taken back is told', async () => {
  writeFileSync(at('taken'), '');
  const change = { files: [newFile('taken')], links: [{ path: at('link'), target: '/x' }] };
  const stop = vi.spyOn(MadeFiles.prototype, 'publish').mockImplementation(async () => {
    unlinkSync(at('link'));
    return false;
  });
  await expect(writeSystemFiles(change)).rejects.toThrow(
    /could not all be taken back \(ENOENT.*savepoint uninstall/,
  );
  stop.mockRestore();
});

test('files are removed as far as they are there', async () => {
  writeFileSync(at('one'), '');
  symlinkSync('/x', at('two'));
  await removeSystemFiles([at('one'), at('two'), at('three'), at('four/five')]);
  expect(readdirSync(directory)).toEqual([]);
  mkdirSync(at('directory'));
  await expect(removeSystemFiles([at('directory')])).rejects.toThrow(
    expect.objectContaining({ fields: expect.objectContaining({ path: at('directory') }) }),
  );
});

test('what stands under a name is told apart', () => {
  writeFileSync(at('file'), 'text');
  symlinkSync('/x', at('link'));
  mkdirSync(at('directory'));
  expect(findSystemFile(at('file'))).toEqual({ kind: 'file', bytes: bytes('text') });
  expect(findSystemFile(at('link'))).toEqual({ kind: 'link', target: '/x' });
  expect(findSystemFile(at('directory'))).toEqual({ kind: 'other' });
  expect(findSystemFile(at('nothing'))).toEqual({ kind: 'nothing' });
  expect(findSystemFile(at('file/below'))).toEqual({ kind: 'nothing' });
});

test('what a dead process left unfinished is removed, what a living one writes is not', () => {
  const staging = at('.savepoint-install');
  mkdirSync(staging);
  const [own, old] = [createTemporaryName(), createTemporaryName().replace(/^[0-9a-z]+\.[0-9a-z]+/, 'b0.0')];
  for (const name of [own, old]) writeFileSync(join(staging, name), '');
  const past = (Date.now() - 2 * UNANSWERED_MS) / 1000;
  utimesSync(join(staging, old), past, past);
  removeAbandonedFiles([directory, at('none')]);
  expect(readdirSync(staging)).toEqual([own]);
  expect(statSync(staging).isDirectory() && existsSync(join(staging, own))).toBe(true);
});
