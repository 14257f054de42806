// The disk backend on mounts that fail: full, and read-only. Mounting takes root.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDiskBackend } from '#adapters/backends/disk-backend.js';
import { patternBytes } from '#src/conformance/pattern-bytes.js';

const canMount = process.getuid?.() === 0;
if (!canMount) console.warn('Skipped: tests of full and read-only mounts need root, for mount(8).');

const KIBIBYTE = 1024;
let directory: string;
let mounted: string[];
beforeEach(() => {
  mounted = [];
  directory = mkdtempSync(join(tmpdir(), 'savepoint-mount-'));
});
afterEach(() => {
  for (const path of mounted.reverse()) execFileSync('umount', [path]);
  rmSync(directory, { recursive: true });
});

function mount(name: string, ...parameters: string[]): string {
  const path = join(directory, name);
  mkdirSync(path);
  execFileSync('mount', [...parameters, path]);
  mounted.push(path);
  return path;
}

describe.runIf(canMount)('a disk that is full', () => {
  const openOnSmallDisk = () => {
    const path = mount('small', '-t', 'tmpfs', '-o', 'size=1m', 'tmpfs');
    return { path, backend: createDiskBackend({ directory: path }) };
  };

  it('fails an append with STORAGE_FULL, and gets the room back at once', async () => {
    const { path, backend } = openOnSmallDisk();
    const writer = await backend.createWriter();
    await writer.append(new Uint8Array(700 * KIBIBYTE));
    await expect(writer.append(new Uint8Array(700 * KIBIBYTE))).rejects.toMatchObject({
      code: 'STORAGE_FULL',
      fields: { location: path, system: 'ENOSPC' },
      message: expect.stringContaining('free some there and repeat'),
      cause: { code: 'ENOSPC' },
    });
    expect(readdirSync(join(path, 'tmp'))).toEqual([]);
    await expect(writer.commit('packs/a')).rejects.toThrow('savepoint bug');
    await writer.abort();
    await backend.replace('packs/b', patternBytes(700 * KIBIBYTE, 1));
    expect(await backend.list('packs')).toEqual([{ name: 'packs/b', sizeBytes: 700 * KIBIBYTE }]);
  });

  it('keeps the old content where a replacement does not fit', async () => {
    const { path, backend } = openOnSmallDisk();
    await backend.replace('store.json', patternBytes(600 * KIBIBYTE, 1));
    const refusal = { code: 'STORAGE_FULL', fields: { path: join(path, 'store.json') } };
    await expect(backend.replace('store.json', new Uint8Array(600 * KIBIBYTE))).rejects.toMatchObject(
      refusal,
    );
    const found = (await backend.read('store.json')) ?? new Uint8Array();
    expect(Buffer.compare(found, patternBytes(600 * KIBIBYTE, 1))).toBe(0);
    expect(readdirSync(join(path, 'tmp'))).toEqual([]);
  });

  it('creates no name exclusively that it has no room for', async () => {
    const { path, backend } = openOnSmallDisk();
    const creation = backend.createExclusive('refs/a', new Uint8Array(2000 * KIBIBYTE));
    await expect(creation).rejects.toMatchObject({ code: 'STORAGE_FULL' });
    expect(await backend.list('refs')).toEqual([]);
    expect(readdirSync(join(path, 'tmp'))).toEqual([]);
    expect(await backend.createExclusive('refs/a', new Uint8Array(KIBIBYTE))).toBe(true);
  });
});

describe.runIf(canMount)('a mount that is read-only', () => {
  it('is read, and refuses every change with STORE_READ_ONLY', async () => {
    mkdirSync(join(directory, 'real'));
    const real = createDiskBackend({ directory: join(directory, 'real') });
    await real.replace('packs/a', patternBytes(10, 1));
    const path = mount('frozen', '--bind', join(directory, 'real'));
    execFileSync('mount', ['-o', 'remount,ro,bind', path]);
    const backend = createDiskBackend({ directory: path });
    expect(await backend.read('packs/a')).toEqual(patternBytes(10, 1));
    expect(await backend.list('packs')).toHaveLength(1);
    const refusal = {
      code: 'STORE_READ_ONLY',
      fields: { system: 'EROFS' },
      message: expect.stringContaining(`remount '${path}' writable`),
    };
    await expect(backend.createWriter()).rejects.toMatchObject(refusal);
    await expect(backend.replace('packs/a', new Uint8Array(1))).rejects.toMatchObject(refusal);
    await expect(backend.createExclusive('packs/b', new Uint8Array(1))).rejects.toMatchObject(refusal);
    await expect(backend.remove('packs/a')).rejects.toMatchObject(refusal);
    expect(await backend.removeAbandonedWrites()).toBe(0);
  });
});

describe.runIf(canMount)('a folder of the store that is on another disk', () => {
  it('takes no files, and the error says what to do', async () => {
    const backend = createDiskBackend({ directory });
    mount('packs', '-t', 'tmpfs', '-o', 'size=1m', 'tmpfs');
    await expect(backend.createExclusive('packs/a', patternBytes(10, 1))).rejects.toMatchObject({
      code: 'STORAGE_FAILED',
      fields: { system: 'EXDEV' },
      message: expect.stringContaining(`keep all of '${directory}' on one file system`),
    });
    expect(readdirSync(join(directory, 'tmp'))).toEqual([]);
    expect(await backend.list('packs')).toEqual([]);
  });
});
