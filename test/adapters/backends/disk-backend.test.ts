// The disk backend: the common contract, and what only a disk and several processes have.
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeStorageBackend } from 'savepoint/conformance';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDiskBackend } from '#adapters/backends/disk-backend.js';
import { patternBytes } from '#src/conformance/pattern-bytes.js';
import { startScript } from './child-script.js';

describeStorageBackend({ describe, it }, 'disk', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'savepoint-backend-'));
  return {
    open: async () => createDiskBackend({ directory: join(directory, 'deep/store') }),
    dispose: async () => rmSync(directory, { recursive: true }),
  };
});

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'savepoint-backend-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

describe('files on disk', () => {
  it('are kept from other users, as are their folders', async () => {
    const backend = createDiskBackend({ directory: join(directory, 'store') });
    await backend.replace('packs/a', patternBytes(10, 1));
    await backend.createExclusive('refs/a', patternBytes(10, 1));
    const mode = (path: string) => statSync(join(directory, 'store', path)).mode & 0o777;
    expect([mode('.'), mode('packs'), mode('tmp')]).toEqual([0o700, 0o700, 0o700]);
    expect([mode('packs/a'), mode('refs/a')]).toEqual([0o600, 0o600]);
  });

  it('leave nothing in tmp/ once they are written, be it in vain', async () => {
    const backend = createDiskBackend({ directory });
    await backend.replace('packs/a', patternBytes(10, 1));
    await backend.createExclusive('refs/a', patternBytes(10, 1));
    await backend.createExclusive('refs/a', patternBytes(10, 1));
    const writer = await backend.createWriter();
    await writer.append(patternBytes(10, 2));
    expect(readdirSync(join(directory, 'tmp'))).toHaveLength(1);
    await expect(writer.commit('packs/a')).rejects.toMatchObject({ code: 'STORE_CORRUPT' });
    await backend.replace('packs', patternBytes(10, 1)).catch(() => undefined);
    expect(readdirSync(join(directory, 'tmp'))).toEqual([]);
  });

  it('that somebody else put there under names that no store uses are not listed', async () => {
    const backend = createDiskBackend({ directory });
    await backend.replace('packs/a', patternBytes(10, 1));
    for (const name of ['.nfs0001', 'Thumbs.db', 'a~', 'ä'])
      writeFileSync(join(directory, 'packs', name), 'x');
    expect((await backend.list('packs')).map((file) => file.name)).toEqual(['packs/a']);
  });

  it('are found behind a symbolic link', async () => {
    mkdirSync(join(directory, 'big'));
    mkdirSync(join(directory, 'store'));
    symlinkSync('../big', join(directory, 'store/packs'));
    const backend = createDiskBackend({ directory: join(directory, 'store') });
    await backend.createExclusive('packs/a', patternBytes(10, 1));
    expect(readFileSync(join(directory, 'big/a'))).toHaveLength(10);
    expect(await backend.list('packs')).toEqual([{ name: 'packs/a', sizeBytes: 10 }]);
  });

  it('can be written again after someone cleaned tmp/ away', async () => {
    const backend = createDiskBackend({ directory });
    await backend.replace('a', patternBytes(10, 1));
    rmSync(join(directory, 'tmp'), { recursive: true });
    await backend.replace('a', patternBytes(10, 2));
    expect(await backend.read('a')).toEqual(patternBytes(10, 2));
  });
});

describe('a backend for reading only', () => {
  it('reads, refuses every change, and does not create its directory', async () => {
    await createDiskBackend({ directory }).replace('packs/a', patternBytes(10, 1));
    const backend = createDiskBackend({ directory, readOnly: true });
    expect(await backend.read('packs/a')).toEqual(patternBytes(10, 1));
    const refusal = { code: 'STORE_READ_ONLY', message: expect.stringContaining('for reading only') };
    await expect(backend.replace('packs/a', patternBytes(1, 1))).rejects.toMatchObject(refusal);
    await expect(backend.createExclusive('packs/b', patternBytes(1, 1))).rejects.toMatchObject(refusal);
    await expect(backend.remove('packs/a')).rejects.toMatchObject(refusal);
    await expect(backend.createWriter()).rejects.toMatchObject(refusal);
    await expect(backend.removeAbandonedWrites()).rejects.toMatchObject(refusal);
    expect(await backend.list('packs')).toHaveLength(1);
    const absent = createDiskBackend({ directory: join(directory, 'absent'), readOnly: true });
    expect(await absent.list('packs')).toEqual([]);
    expect(readdirSync(directory)).not.toContain('absent');
  });
});

describe('several processes', () => {
  it('racing for 40 names get each one once, with the winner’s bytes', async () => {
    const script = `
      import { createDiskBackend } from '#adapters/backends/disk-backend.js';
      const { directory, who } = JSON.parse(process.argv[1]);
      const backend = createDiskBackend({ directory });
      const won = [];
      for (let i = 0; i < 40; i++) {
        if (await backend.createExclusive('refs/' + i, new Uint8Array(5000).fill(who))) won.push(i);
      }
      console.log(JSON.stringify(won));`;
    const scripts = [1, 2, 3, 4].map((who) => startScript(script, { directory, who }));
    const ends = await Promise.all(scripts.map((running) => running.end));
    const wins = ends.map((end) => JSON.parse(end.output) as number[]);
    expect(wins.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, i) => i));
    for (const [index, won] of wins.entries()) {
      for (const i of won) {
        expect(readFileSync(join(directory, 'refs', String(i)))).toEqual(Buffer.alloc(5000, index + 1));
      }
    }
  });

  it('killed in mid-write leave nothing visible, and no more than what removeAbandonedWrites removes', async () => {
    const script = `
      import { createDiskBackend } from '#adapters/backends/disk-backend.js';
      const { directory } = JSON.parse(process.argv[1]);
      const backend = createDiskBackend({ directory });
      const writers = [await backend.createWriter(), await backend.createWriter()];
      for (const writer of writers) await writer.append(new Uint8Array(3 << 20).fill(7));
      console.log('written');
      setInterval(() => {}, 1000);`;
    const backend = createDiskBackend({ directory });
    const own = await backend.createWriter();
    await own.append(patternBytes(10, 1));
    const running = startScript(script, { directory });
    await running.untilPrinted('written');
    expect(readdirSync(join(directory, 'tmp'))).toHaveLength(3);
    expect(await backend.removeAbandonedWrites()).toBe(0);
    running.process.kill('SIGKILL');
    expect((await running.end).signal).toBe('SIGKILL');
    expect(await backend.list('packs')).toEqual([]);
    expect(await backend.removeAbandonedWrites()).toBe(2);
    expect(readdirSync(join(directory, 'tmp'))).toHaveLength(1);
    await own.commit('packs/a');
    expect(await backend.read('packs/a')).toEqual(patternBytes(10, 1));
  });

  it('killed again and again while they replace a file leave it whole', async () => {
    const script = `
      import { createDiskBackend } from '#adapters/backends/disk-backend.js';
      const backend = createDiskBackend({ directory: JSON.parse(process.argv[1]).directory });
      for (let i = 0; ; i++) {
        await backend.replace('store.json', new Uint8Array(400_000).fill(i % 250));
        if (i === 2) console.log('going');
      }`;
    const backend = createDiskBackend({ directory });
    for (let round = 0; round < 3; round++) {
      const running = startScript(script, { directory });
      await running.untilPrinted('going');
      running.process.kill('SIGKILL');
      await running.end;
      const bytes = (await backend.read('store.json')) ?? new Uint8Array();
      expect(Buffer.from(bytes).equals(Buffer.alloc(400_000, bytes[0]))).toBe(true);
      await backend.removeAbandonedWrites();
      expect(readdirSync(join(directory, 'tmp'))).toEqual([]);
    }
  });
});
