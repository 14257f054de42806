// Durable writes: the order of their system calls, and the way round missing hard links.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import koffi from 'koffi';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createDiskBackend } from '#adapters/backends/disk-backend.js';
import { posixLibrary } from '#adapters/node/posix-library.js';
import { patternBytes } from '#src/conformance/pattern-bytes.js';

let directory: string;
beforeEach(() => {
  directory = fs.mkdtempSync(join(tmpdir(), 'savepoint-durable-'));
});
afterEach(() => {
  vi.restoreAllMocks();
  syncBuiltinESMExports();
  fs.rmSync(directory, { recursive: true });
});

/** Makes a call of node:fs fail with `code`, for the built library as well. */
function failCalls(
  call: 'linkSync' | 'fsync' | 'renameSync',
  code: string,
  when: () => boolean = () => true,
): void {
  const real = fs[call] as (...parameters: unknown[]) => unknown;
  vi.spyOn(fs, call).mockImplementation(((...parameters: unknown[]) => {
    if (!when()) return real(...parameters);
    const error = Object.assign(new Error(`${code}: made up`), { code });
    const callback = parameters.at(-1);
    if (typeof callback !== 'function') throw error;
    return callback(error);
  }) as never);
  syncBuiltinESMExports();
}

/** As on a file system that can't rename without replacing. */
function lackRenameAt2(): void {
  const { calls } = posixLibrary();
  vi.spyOn(calls, 'renameat2').mockImplementation(() => {
    koffi.errno(constants.errno.EINVAL);
    return -1;
  });
}

describe.each(
  ['EPERM', 'ENOTSUP', 'EMLINK', 'ENOSYS'].flatMap((code) => [
    [code, true],
    [code, false],
  ]),
)('without hard links (%s), and renameat2: %s', (code, hasRenameAt2) => {
  it('still creates a file once, and commits it', async () => {
    failCalls('linkSync', String(code));
    if (hasRenameAt2 === false) lackRenameAt2();
    const backend = createDiskBackend({ directory });
    expect(await backend.createExclusive('refs/1', patternBytes(100, 1))).toBe(true);
    expect(await backend.createExclusive('refs/1', patternBytes(100, 2))).toBe(false);
    expect(await backend.read('refs/1')).toEqual(patternBytes(100, 1));
    const writer = await backend.createWriter();
    await writer.append(patternBytes(100, 3));
    await writer.commit('packs/a');
    expect(await backend.read('packs/a')).toEqual(patternBytes(100, 3));
    expect(fs.readdirSync(join(directory, 'tmp'))).toEqual([]);
  });
});

it('gives the name free again where a file without hard links can’t be moved to it', async () => {
  failCalls('linkSync', 'EPERM');
  lackRenameAt2();
  failCalls('renameSync', 'EIO');
  const backend = createDiskBackend({ directory });
  await expect(backend.createExclusive('refs/1', patternBytes(100, 1))).rejects.toMatchObject({
    code: 'STORAGE_FAILED',
    fields: { system: 'EIO' },
  });
  expect(await backend.list('refs')).toEqual([]);
  expect(fs.readdirSync(join(directory, 'tmp'))).toEqual([]);
});

it('takes a link that is reported as a failure, but was made, for its own', async () => {
  const realLink = fs.linkSync;
  vi.spyOn(fs, 'linkSync').mockImplementation((from, to) => {
    realLink(from, to);
    throw Object.assign(new Error('EEXIST: made up'), { code: 'EEXIST' });
  });
  syncBuiltinESMExports();
  expect(await createDiskBackend({ directory }).createExclusive('refs/1', patternBytes(100, 1))).toBe(true);
  expect(await createDiskBackend({ directory }).read('refs/1')).toEqual(patternBytes(100, 1));
});

it('never shows a file whose sync failed, and does not try again', async () => {
  let syncs = 0;
  const backend = createDiskBackend({ directory });
  await backend.replace('store.json', patternBytes(10, 1));
  failCalls('fsync', 'EIO', () => ++syncs === 1);
  const failing = createDiskBackend({ directory });
  await expect(failing.replace('store.json', patternBytes(10, 2))).rejects.toMatchObject({
    code: 'STORAGE_FAILED',
  });
  expect(await backend.read('store.json')).toEqual(patternBytes(10, 1));
  expect(syncs).toBe(1);
  expect(fs.readdirSync(join(directory, 'tmp'))).toEqual([]);
});

it('syncs content before its name, and each new folder before success is reported', async () => {
  const calls: string[] = [];
  const names = new Map<number, string>();
  const { openSync, fsync, linkSync, renameSync } = fs;
  const shown = (path: unknown) =>
    String(path)
      .replace(directory, '.')
      .replace(/store\/tmp\/.+/, 'store/tmp/*');
  vi.spyOn(fs, 'openSync').mockImplementation((path, ...rest) => {
    const descriptor = openSync(path, ...rest);
    names.set(descriptor, shown(path));
    return descriptor;
  });
  vi.spyOn(fs, 'fsync').mockImplementation(((descriptor: number, callback: fs.NoParamCallback) => {
    calls.push(`sync ${names.get(descriptor)}`);
    fsync(descriptor, callback);
  }) as never);
  vi.spyOn(fs, 'linkSync').mockImplementation((from, to) => {
    calls.push(`link ${shown(to)}`);
    linkSync(from, to);
  });
  vi.spyOn(fs, 'renameSync').mockImplementation((from, to) => {
    calls.push(`rename ${shown(to)}`);
    renameSync(from, to);
  });
  syncBuiltinESMExports();
  const backend = createDiskBackend({ directory: join(directory, 'new/store') });
  await backend.createExclusive('packs/ab/1', patternBytes(10, 1));
  expect(calls.splice(0)).toEqual([
    'sync ./new/store',
    'sync ./new',
    'sync .',
    'sync ./new/store/tmp/*',
    'sync ./new/store/packs',
    'sync ./new/store',
    'link ./new/store/packs/ab/1',
    'sync ./new/store/packs/ab',
  ]);
  await backend.createExclusive('packs/ab/2', patternBytes(10, 1));
  await backend.replace('packs/ab/3', patternBytes(10, 1));
  expect(calls).toEqual([
    'sync ./new/store/tmp/*',
    'link ./new/store/packs/ab/2',
    'sync ./new/store/packs/ab',
    'sync ./new/store/tmp/*',
    'rename ./new/store/packs/ab/3',
    'sync ./new/store/packs/ab',
  ]);
});
