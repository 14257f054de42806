// Extended attributes go in and out byte for byte, as the system's own tools see them.
import { closeSync, openSync, symlinkSync, writeFileSync } from 'node:fs';
import { beforeEach, expect, test } from 'vitest';
import { findXattr, listXattrs, removeXattr, setXattr } from '#adapters/node/posix-xattr.js';
import { runTool, runToolOnPaths } from '../../fixtures/run-tool.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';
import { bytesOfPath, IS_ROOT, LATIN1 } from './sample-files.js';

let directory: string;
let file: string;

beforeEach(() => {
  directory = createTemporaryDirectory();
  file = `${directory}/file`;
  writeFileSync(file, 'content');
});

const bytes = (...values: number[]) => Uint8Array.from(values);

test('a file without attributes lists none, and has none to find or remove', () => {
  expect(listXattrs(file)).toEqual([]);
  expect(findXattr(file, 'user.note')).toBeUndefined();
  expect(removeXattr(file, 'user.note')).toBe(false);
});

test('values of any bytes, empty ones too, come back, by path, by place and by descriptor', () => {
  const folder = openSync(directory, 'r');
  const descriptor = openSync(file, 'r');
  const targets = [file, { directory: folder, name: 'file' }, descriptor];
  for (const writer of targets) {
    setXattr(writer, 'user.bytes', bytes(0, 255, 10, 0));
    setXattr(writer, 'user.empty', bytes());
    setXattr(writer, 'user.bytes', bytes(1, 0, 2));
    for (const reader of targets) {
      expect(listXattrs(reader)).toEqual(['user.bytes', 'user.empty']);
      expect(findXattr(reader, 'user.bytes')).toEqual(bytes(1, 0, 2));
      expect(findXattr(reader, 'user.empty')).toEqual(bytes());
    }
    expect(removeXattr(writer, 'user.bytes')).toBe(true);
    expect(removeXattr(writer, 'user.empty')).toBe(true);
    expect(listXattrs(file)).toEqual([]);
  }
  closeSync(descriptor);
  closeSync(folder);
});

test('getfattr sees what was set, and what setfattr set is found', () => {
  setXattr(file, 'user.ours', new TextEncoder().encode('grün'));
  const seen = runTool('getfattr', ['--only-values', '-n', 'user.ours', file]);
  expect(seen.toString()).toBe('grün');
  runTool('setfattr', ['-n', 'user.theirs', '-v', '0x00ff10', file]);
  expect(findXattr(file, 'user.theirs')).toEqual(bytes(0, 255, 16));
});

test('names and paths that are not UTF-8 are kept', () => {
  runToolOnPaths(['touch'], [bytesOfPath(directory, LATIN1.name)]);
  const path = `${directory}/${LATIN1.name}`;
  setXattr(path, 'user.caf\udce9', bytes(5));
  expect(listXattrs(path)).toEqual(['user.caf\udce9']);
  expect(findXattr(path, 'user.caf\udce9')).toEqual(bytes(5));
  expect(removeXattr(path, 'user.caf\udce9')).toBe(true);
});

test('what was found stays as it is while others are read', () => {
  setXattr(file, 'user.a', bytes(1, 1, 1));
  setXattr(file, 'user.b', bytes(2, 2, 2));
  const first = findXattr(file, 'user.a');
  findXattr(file, 'user.b');
  expect(first).toEqual(bytes(1, 1, 1));
});

test.skipIf(!IS_ROOT)('lists and values beyond the first buffer are read whole', () => {
  const small = createTemporaryDirectory({ tmpfsSizeBytes: 8 << 20 });
  const path = `${small}/file`;
  writeFileSync(path, '');
  const names = Array.from({ length: 60 }, (_, i) => `trusted.${'n'.repeat(200)}${i}`).sort();
  for (const name of names) setXattr(path, name, bytes(7));
  expect(listXattrs(path)).toEqual(names);
  const value = new Uint8Array(60_000).fill(9);
  setXattr(path, 'trusted.large', value);
  expect(findXattr(path, 'trusted.large')).toEqual(value);
});

test.skipIf(!IS_ROOT)('a capability that setcap gave can be moved to another file', () => {
  runTool('setcap', ['cap_net_raw,cap_net_admin+ep', file]);
  expect(listXattrs(file)).toEqual(['security.capability']);
  const capability = findXattr(file, 'security.capability');
  writeFileSync(`${directory}/copy`, '');
  setXattr(`${directory}/copy`, 'security.capability', capability as Uint8Array);
  const given = (path: string) => runTool('getcap', [path]).toString().replace(path, '').trim();
  expect(given(`${directory}/copy`)).toBe(given(file));
  expect(given(file)).toMatch('cap_net_raw');
});

test('an access list that setfacl gave can be moved to another file', () => {
  runTool('setfacl', ['-m', 'u:4242:rw,g:4343:r', file]);
  expect(listXattrs(file)).toEqual(['system.posix_acl_access']);
  writeFileSync(`${directory}/copy`, '');
  const list = findXattr(file, 'system.posix_acl_access');
  setXattr(`${directory}/copy`, 'system.posix_acl_access', list as Uint8Array);
  const given = (path: string) => runTool('getfacl', ['--absolute-names', '--omit-header', path]).toString();
  expect(given(`${directory}/copy`)).toBe(given(file));
  expect(given(file)).toMatch('user:4242:rw-');
});

test.skipIf(!IS_ROOT)('a symbolic link has attributes of its own', () => {
  symlinkSync('file', `${directory}/link`);
  setXattr(`${directory}/link`, 'trusted.note', bytes(3));
  expect(listXattrs(`${directory}/link`)).toEqual(['trusted.note']);
  expect(listXattrs(file)).toEqual([]);
});

test('a file system without attributes has none to list, and refuses to take one', () => {
  expect(listXattrs('/proc/self/status')).toEqual([]);
  expect(findXattr('/proc/self/status', 'user.note')).toBeUndefined();
  expect(removeXattr('/proc/self/status', 'user.note')).toBe(false);
  expect(() => setXattr('/proc/self/status', 'user.note', bytes(1))).toThrow(
    expect.objectContaining({
      code: 'UNSUPPORTED',
      fields: { path: '/proc/self/status', errno: 'ENOTSUP', syscall: 'setxattr' },
    }),
  );
});

test('a file that is not there, and a name with a NUL, are errors', () => {
  expect(() => listXattrs(`${directory}/none`)).toThrow(
    expect.objectContaining({ code: 'STORAGE_FAILED', fields: expect.objectContaining({ errno: 'ENOENT' }) }),
  );
  expect(() => setXattr(file, 'user.a\0b', bytes(1))).toThrow(
    expect.objectContaining({ code: 'INVALID_NAME' }),
  );
  expect(listXattrs(file)).toEqual([]);
});
