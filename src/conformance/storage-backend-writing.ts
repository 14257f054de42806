// The part of the backend's contract about writing: a file is visible whole or not at all, and never changes by accident.
import assert from 'node:assert/strict';
import type { Backend } from '../../store/backend.js';
import { assertBytes } from './assert-bytes.js';
import type { BackendTests } from './backend-tests.js';
import { joinBytes, patternBytes } from './pattern-bytes.js';

const MEBIBYTE = 1 << 20;

async function commit(backend: Backend, name: string, ...parts: Uint8Array[]): Promise<void> {
  const writer = await backend.createWriter();
  for (const part of parts) await writer.append(part);
  await writer.commit(name);
}

const WRITERS: BackendTests = {
  async 'shows nothing of a file before it is committed, and all of it after'(open) {
    const backend = await open();
    const writer = await backend.createWriter();
    await writer.append(patternBytes(3000, 1));
    await writer.append(new Uint8Array());
    await writer.append(patternBytes(5, 2));
    assert.deepEqual(await backend.list('packs'), []);
    assert.equal(await backend.read('packs/a'), undefined);
    await writer.commit('packs/a');
    assertBytes(await backend.read('packs/a'), joinBytes(patternBytes(3000, 1), patternBytes(5, 2)));
  },

  async 'commits an empty file'(open) {
    const backend = await open();
    await commit(backend, 'packs/empty');
    assert.deepEqual(await backend.list('packs'), [{ name: 'packs/empty', sizeBytes: 0 }]);
    assertBytes(await backend.read('packs/empty'), new Uint8Array());
  },

  async 'keeps what was appended, though the caller overwrites its buffer'(open) {
    const backend = await open();
    const writer = await backend.createWriter();
    const buffer = new Uint8Array(100);
    for (let i = 1; i <= 3; i++) await writer.append(buffer.fill(i));
    buffer.fill(9);
    await writer.commit('packs/a');
    const expected = joinBytes(...[1, 2, 3].map((value) => new Uint8Array(100).fill(value)));
    assertBytes(await backend.read('packs/a'), expected);
  },

  async 'stores 16 MiB that came in pieces, and gives any range of it'(open) {
    const backend = await open();
    const pieces = Array.from({ length: 16 }, (_, i) => patternBytes(MEBIBYTE, i));
    await commit(backend, 'packs/big', ...pieces);
    assert.equal(await backend.size('packs/big'), 16 * MEBIBYTE);
    const range = await backend.read('packs/big', { offset: 6 * MEBIBYTE - 10, lengthBytes: MEBIBYTE + 20 });
    assertBytes(range, joinBytes(pieces[5].slice(-10), pieces[6], pieces[7].slice(0, 10)));
    const whole = await backend.read('packs/big');
    assertBytes(whole?.subarray(-MEBIBYTE), pieces[15]);
  },

  async 'leaves nothing of a writer that was aborted, also after a commit that failed'(open) {
    const backend = await open();
    const writer = await backend.createWriter();
    await writer.append(patternBytes(100, 1));
    await writer.abort();
    await writer.abort();
    const failing = await backend.createWriter();
    await failing.append(patternBytes(100, 1));
    await assert.rejects(async () => failing.commit('packs/../a'), { code: 'INVALID_NAME' });
    await failing.abort();
    assert.deepEqual(await backend.list('packs'), []);
    assert.equal(await (await open()).removeAbandonedWrites(), 0);
  },

  async 'aborts nothing after the commit'(open) {
    const backend = await open();
    const writer = await backend.createWriter();
    await writer.append(patternBytes(100, 1));
    await writer.commit('packs/a');
    await writer.abort();
    assertBytes(await backend.read('packs/a'), patternBytes(100, 1));
  },

  async 'commits equal bytes to a name that has them, and refuses others without a change'(open) {
    const backend = await open();
    const bytes = patternBytes(2 * MEBIBYTE + 5, 1);
    const other = bytes.slice();
    other[2 * MEBIBYTE + 4] ^= 1;
    await commit(backend, 'packs/a', bytes);
    await commit(backend, 'packs/a', bytes);
    await assert.rejects(commit(backend, 'packs/a', other), { code: 'STORE_CORRUPT' });
    await assert.rejects(commit(backend, 'packs/a', bytes.slice(0, -1)), { code: 'STORE_CORRUPT' });
    assertBytes(await backend.read('packs/a'), bytes);
    assert.equal((await backend.list('packs')).length, 1);
  },

  async 'keeps writers apart that are open at the same time'(open) {
    const backend = await open();
    const writers = await Promise.all(Array.from({ length: 20 }, () => backend.createWriter()));
    for (let round = 0; round < 3; round++) {
      await Promise.all(writers.map((writer, i) => writer.append(patternBytes(50, i))));
    }
    await Promise.all(writers.map((writer, i) => writer.commit(`packs/${i % 2}/${i}`)));
    assert.equal((await backend.list('packs')).length, 20);
    for (let i = 0; i < 20; i++) {
      const part = patternBytes(50, i);
      assertBytes(await backend.read(`packs/${i % 2}/${i}`), joinBytes(part, part, part));
    }
  },
};

const REPLACING: BackendTests = {
  async 'replaces a file by a longer, a shorter and an empty one'(open) {
    const backend = await open();
    for (const length of [10, 5000, 7, 0, 3]) {
      await backend.replace('store.json', patternBytes(length, length));
      assertBytes(await backend.read('store.json'), patternBytes(length, length));
    }
  },

  async 'shows a reader the old or the new content, never a mixture'(open) {
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
      assertBytes(bytes, content(bytes[0]));
      assert.ok(bytes[0] >= last, 'what is new stays');
      last = bytes[0];
      seen.add(last);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await writing;
    assert.ok(seen.size > 1, 'a reader sees that a file is replaced');
  },

  async 'never lets a file take the place of a folder of files, nor of one that its name leads through'(
    open,
  ) {
    const backend = await open();
    await backend.replace('packs/a/b', patternBytes(10, 1));
    const tries = [
      () => backend.replace('packs/a', patternBytes(10, 2)),
      () => backend.createExclusive('packs/a', patternBytes(10, 2)),
      () => backend.replace('packs/a/b/c', patternBytes(10, 3)),
      () => backend.createExclusive('packs/a/b/c', patternBytes(10, 3)),
    ];
    for (const attempt of tries) {
      await attempt().catch((error) => assert.equal(error.code, 'STORAGE_FAILED'));
    }
    assertBytes(await backend.read('packs/a/b'), patternBytes(10, 1));
  },
};

const CREATING: BackendTests = {
  async 'creates a file once, and changes nothing where the name is taken'(open) {
    const backend = await open();
    assert.equal(await backend.createExclusive('refs/1', patternBytes(100, 1)), true);
    assert.equal(await backend.createExclusive('refs/1', patternBytes(100, 2)), false);
    assert.equal(await (await open()).createExclusive('refs/1', patternBytes(100, 1)), false);
    assertBytes(await backend.read('refs/1'), patternBytes(100, 1));
    assert.equal((await backend.list('refs')).length, 1);
  },

  async 'lets exactly one of many win a name, and shows the winner’s bytes'(open) {
    const backends = [await open(), await open(), await open()];
    for (let round = 0; round < 5; round++) {
      const name = `refs/${round}`;
      const answers = await Promise.all(
        Array.from({ length: 50 }, (_, i) => backends[i % 3].createExclusive(name, patternBytes(200, i))),
      );
      assert.equal(answers.filter((answer) => answer).length, 1);
      assertBytes(await backends[0].read(name), patternBytes(200, answers.indexOf(true)));
    }
  },
};

export const WRITING: BackendTests = { ...WRITERS, ...REPLACING, ...CREATING };
