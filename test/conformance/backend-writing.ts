// The part of the backend's contract about writing: a file is visible whole or not at all, and never changes
// by accident.

import { expect, it } from 'vitest';
import type { Backend } from '#store/backend.js';
import { joinBytes, patternBytes } from './pattern-bytes.js';

const MEBIBYTE = 1 << 20;

/** What a backend that `open` gives has to do where files are written. */
export function describeWriting(open: () => Promise<Backend>): void {
  describeWriters(open);
  describeReplacing(open);
  describeExclusiveCreation(open);
}

function describeWriters(open: () => Promise<Backend>): void {
  it('shows nothing of a file before it is committed, and all of it after', async () => {
    const backend = await open();
    const writer = await backend.createWriter();
    await writer.append(patternBytes(3000, 1));
    await writer.append(new Uint8Array());
    await writer.append(patternBytes(5, 2));
    expect(await backend.list('packs')).toEqual([]);
    expect(await backend.read('packs/a')).toBeUndefined();
    await writer.commit('packs/a');
    expect(await backend.read('packs/a')).toEqual(joinBytes(patternBytes(3000, 1), patternBytes(5, 2)));
  });

  it('commits an empty file', async () => {
    const backend = await open();
    await (await backend.createWriter()).commit('packs/empty');
    expect(await backend.list('packs')).toEqual([{ name: 'packs/empty', sizeBytes: 0 }]);
    expect(await backend.read('packs/empty')).toEqual(new Uint8Array());
  });

  it('keeps what was appended, though the caller overwrites its buffer', async () => {
    const backend = await open();
    const writer = await backend.createWriter();
    const buffer = new Uint8Array(100);
    for (let i = 1; i <= 3; i++) await writer.append(buffer.fill(i));
    buffer.fill(9);
    await writer.commit('packs/a');
    const expected = joinBytes(
      new Uint8Array(100).fill(1),
      new Uint8Array(100).fill(2),
      new Uint8Array(100).fill(3),
    );
    expect(await backend.read('packs/a')).toEqual(expected);
  });

  it('stores 16 MiB that came in pieces, and gives any range of it', async () => {
    const backend = await open();
    const writer = await backend.createWriter();
    for (let i = 0; i < 16; i++) await writer.append(patternBytes(MEBIBYTE, i));
    await writer.commit('packs/big');
    expect(await backend.size('packs/big')).toBe(16 * MEBIBYTE);
    const range = await backend.read('packs/big', { offset: 6 * MEBIBYTE - 10, lengthBytes: MEBIBYTE + 20 });
    const tail = patternBytes(MEBIBYTE, 5).slice(-10);
    const expected = joinBytes(tail, patternBytes(MEBIBYTE, 6), patternBytes(MEBIBYTE, 7).slice(0, 10));
    expect(Buffer.compare(range ?? new Uint8Array(), expected)).toBe(0);
    const whole = await backend.read('packs/big');
    expect(Buffer.compare(whole?.subarray(-MEBIBYTE) ?? new Uint8Array(), patternBytes(MEBIBYTE, 15))).toBe(
      0,
    );
  });

  it('leaves nothing of a writer that was aborted, also after a commit that failed', async () => {
    const backend = await open();
    const writer = await backend.createWriter();
    await writer.append(patternBytes(100, 1));
    await writer.abort();
    await writer.abort();
    const failing = await backend.createWriter();
    await failing.append(patternBytes(100, 1));
    await expect(failing.commit('packs/../a')).rejects.toMatchObject({ code: 'INVALID_NAME' });
    await failing.abort();
    expect(await backend.list('packs')).toEqual([]);
    expect(await (await open()).removeAbandonedWrites()).toBe(0);
  });

  it('aborts nothing after the commit', async () => {
    const backend = await open();
    const writer = await backend.createWriter();
    await writer.append(patternBytes(100, 1));
    await writer.commit('packs/a');
    await writer.abort();
    expect(await backend.read('packs/a')).toEqual(patternBytes(100, 1));
  });

  it('commits equal bytes to a name that has them, and refuses others without a change', async () => {
    const backend = await open();
    const commit = async (bytes: Uint8Array) => {
      const writer = await backend.createWriter();
      await writer.append(bytes);
      await writer.commit('packs/a');
    };
    const bytes = patternBytes(2 * MEBIBYTE + 5, 1);
    const other = bytes.slice();
    other[2 * MEBIBYTE + 4] ^= 1;
    await commit(bytes);
    await commit(bytes);
    await expect(commit(other)).rejects.toMatchObject({ code: 'STORE_CORRUPT' });
    await expect(commit(bytes.slice(0, -1))).rejects.toMatchObject({ code: 'STORE_CORRUPT' });
    expect(Buffer.compare((await backend.read('packs/a')) ?? other, bytes)).toBe(0);
    expect(await backend.list('packs')).toHaveLength(1);
  });

  it('keeps writers apart that are open at the same time', async () => {
    const backend = await open();
    const writers = await Promise.all(Array.from({ length: 20 }, () => backend.createWriter()));
    for (let round = 0; round < 3; round++) {
      await Promise.all(writers.map((writer, i) => writer.append(patternBytes(50, i))));
    }
    await Promise.all(writers.map((writer, i) => writer.commit(`packs/${i % 2}/${i}`)));
    expect(await backend.list('packs')).toHaveLength(20);
    for (let i = 0; i < 20; i++) {
      const part = patternBytes(50, i);
      expect(await backend.read(`packs/${i % 2}/${i}`)).toEqual(joinBytes(part, part, part));
    }
  });
}

function describeReplacing(open: () => Promise<Backend>): void {
  it('replaces a file by a longer, a shorter and an empty one', async () => {
    const backend = await open();
    for (const length of [10, 5000, 7, 0, 3]) {
      await backend.replace('store.json', patternBytes(length, length));
      expect(await backend.read('store.json')).toEqual(patternBytes(length, length));
    }
  });

  it('shows a reader the old or the new content, never a mixture', async () => {
    const [writer, reader] = [await open(), await open()];
    const content = (value: number) => new Uint8Array(100_000 + value * 1000).fill(value);
    await writer.replace('store.json', content(0));
    let isWriting = true;
    const writing = (async () => {
      for (let value = 1; value < 40; value++) {
        await writer.replace('store.json', content(value));
        await new Promise((resolve) => setImmediate(resolve));
      }
    })().finally(() => {
      isWriting = false;
    });
    const seen = new Set<number>();
    for (let last = 0; isWriting; ) {
      const bytes = (await reader.read('store.json')) ?? new Uint8Array();
      expect(Buffer.compare(bytes, content(bytes[0]))).toBe(0);
      expect(bytes[0]).toBeGreaterThanOrEqual(last);
      last = bytes[0];
      seen.add(last);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await writing;
    expect(seen.size).toBeGreaterThan(1);
  });

  it('never lets a file take the place of a folder of files, nor of one that its name leads through', async () => {
    const backend = await open();
    await backend.replace('packs/a/b', patternBytes(10, 1));
    await backend.replace('packs/a', patternBytes(10, 2)).catch(expectStorageFailure);
    await backend.createExclusive('packs/a', patternBytes(10, 2)).catch(expectStorageFailure);
    await backend.replace('packs/a/b/c', patternBytes(10, 3)).catch(expectStorageFailure);
    await backend.createExclusive('packs/a/b/c', patternBytes(10, 3)).catch(expectStorageFailure);
    expect(await backend.read('packs/a/b')).toEqual(patternBytes(10, 1));
  });
}

function describeExclusiveCreation(open: () => Promise<Backend>): void {
  it('creates a file once, and changes nothing where the name is taken', async () => {
    const backend = await open();
    expect(await backend.createExclusive('refs/1', patternBytes(100, 1))).toBe(true);
    expect(await backend.createExclusive('refs/1', patternBytes(100, 2))).toBe(false);
    expect(await (await open()).createExclusive('refs/1', patternBytes(100, 1))).toBe(false);
    expect(await backend.read('refs/1')).toEqual(patternBytes(100, 1));
    expect(await backend.list('refs')).toHaveLength(1);
  });

  it('lets exactly one of many win a name, and shows the winner’s bytes', async () => {
    const backends = [await open(), await open(), await open()];
    for (let round = 0; round < 5; round++) {
      const name = `refs/${round}`;
      const answers = await Promise.all(
        Array.from({ length: 50 }, (_, i) => backends[i % 3].createExclusive(name, patternBytes(200, i))),
      );
      expect(answers.filter((answer) => answer)).toHaveLength(1);
      expect(await backends[0].read(name)).toEqual(patternBytes(200, answers.indexOf(true)));
    }
  });
}

function expectStorageFailure(error: unknown): void {
  expect(error).toMatchObject({ code: 'STORAGE_FAILED' });
}
