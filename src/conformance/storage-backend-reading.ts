// The part of the backend's contract about reading: exactly the bytes that are there, or `undefined`.
import assert from 'node:assert/strict';
import { listNames } from '../../store/backend.js';
import { assertBytes } from './assert-bytes.js';
import type { BackendTests } from './backend-tests.js';
import { patternBytes } from './pattern-bytes.js';

const NOTHING = new Uint8Array();

export const READING: BackendTests = {
  async 'gives a file back byte for byte, and its size'(open) {
    const backend = await open();
    const bytes = patternBytes(5000, 1);
    await backend.replace('packs/a', bytes);
    assertBytes(await backend.read('packs/a'), bytes);
    assert.equal(await backend.size('packs/a'), 5000);
  },

  async 'reads ranges: inside, over the end, at the end, behind it, empty, and of any length'(open) {
    const backend = await open();
    const bytes = patternBytes(1000, 2);
    await backend.replace('packs/a', bytes);
    const read = (offset: number, lengthBytes: number) => backend.read('packs/a', { offset, lengthBytes });
    assertBytes(await read(0, 10), bytes.slice(0, 10), 'at the start');
    assertBytes(await read(990, 10), bytes.slice(990), 'up to the end');
    assertBytes(await read(990, 11), bytes.slice(990), 'over the end');
    assertBytes(await read(500, Number.MAX_SAFE_INTEGER), bytes.slice(500), 'all that is left');
    assertBytes(await read(1000, 1), NOTHING, 'at the end');
    assertBytes(await read(5000, 1), NOTHING, 'behind the end');
    assertBytes(await read(3, 0), NOTHING, 'nothing');
  },

  async 'answers undefined where there is no such file, be it that a folder or a file is in the way'(open) {
    const backend = await open();
    await backend.replace('packs/a', patternBytes(10, 3));
    for (const name of ['packs/b', 'index/a', 'packs', 'packs/a/b']) {
      assert.equal(await backend.read(name), undefined, name);
      assert.equal(await backend.read(name, { offset: 0, lengthBytes: 4 }), undefined, name);
      assert.equal(await backend.size(name), undefined, name);
    }
  },

  async 'hands out bytes of the caller’s own'(open) {
    const backend = await open();
    await backend.replace('packs/a', patternBytes(100, 4));
    (await backend.read('packs/a'))?.fill(0);
    (await backend.read('packs/a', { offset: 5, lengthBytes: 20 }))?.fill(0);
    assertBytes(await backend.read('packs/a'), patternBytes(100, 4));
  },

  async 'reads many ranges of many files at once'(open) {
    const backend = await open();
    for (let i = 0; i < 80; i++) await backend.replace(`packs/${i}`, patternBytes(3000, i));
    const reads = Array.from({ length: 400 }, (_, i) =>
      backend.read(`packs/${i % 80}`, { offset: i, lengthBytes: 100 }),
    );
    for (const [i, bytes] of (await Promise.all(reads)).entries()) {
      assertBytes(bytes, patternBytes(3000, i % 80).slice(i, i + 100));
    }
  },

  async 'sees at once what another backend on the same files changed'(open) {
    const [one, other] = [await open(), await open()];
    const range = { offset: 0, lengthBytes: 60 };
    await one.replace('refs/a', patternBytes(50, 1));
    assertBytes(await other.read('refs/a', range), patternBytes(50, 1));
    await one.replace('refs/a', patternBytes(60, 2));
    assertBytes(await other.read('refs/a', range), patternBytes(60, 2));
    await one.remove('refs/a');
    assert.equal(await other.read('refs/a', range), undefined);
  },

  async 'lists a folder at any depth, sorted by name, with sizes'(open) {
    const backend = await open();
    const names = ['packs/b/c', 'packs/b-a', 'packs/b.x', 'packs/a', 'packs/0/1/2/3', 'packs/b/a'];
    for (const [i, name] of names.entries()) await backend.replace(name, patternBytes(i, 1));
    await backend.replace('packs2/a', patternBytes(1, 1));
    await backend.replace('packs.b', patternBytes(1, 1));
    const sizes = new Map(names.map((name, i) => [name, i]));
    const sorted = [...names].sort().map((name) => ({ name, sizeBytes: sizes.get(name) }));
    assert.deepEqual(await backend.list('packs'), sorted);
    assert.deepEqual(
      (await backend.list('packs/b')).map((file) => file.name),
      ['packs/b/a', 'packs/b/c'],
    );
  },

  async 'names the files of a folder as it lists them, where it does that with less effort'(open) {
    const backend = await open();
    const names = ['packs/a', 'packs/b/c', 'packs/b.x'];
    for (const name of names) await backend.replace(name, patternBytes(1, 1));
    await backend.replace('packs2/a', patternBytes(1, 1));
    const writer = await backend.createWriter();
    assert.deepEqual((await listNames(backend, 'packs')).sort(), [...names].sort());
    assert.deepEqual(await listNames(backend, 'packs/a'), []);
    assert.deepEqual(await listNames(backend, 'nowhere'), []);
    await writer.abort();
  },

  async 'lists nothing for a folder that is missing or is a file'(open) {
    const backend = await open();
    assert.deepEqual(await backend.list('packs'), []);
    await backend.replace('packs', patternBytes(1, 1));
    assert.deepEqual(await backend.list('packs'), []);
  },

  async 'reads a held file at once, though it is removed or replaced meanwhile, until it is let go'(open) {
    const backend = await open();
    const bytes = patternBytes(1000, 1);
    for (const name of ['packs/a', 'packs/b']) await backend.replace(name, bytes);
    const held = await backend.hold(['packs/a', 'packs/b', 'packs/nowhere', 'packs']);
    const other = await open();
    await other.remove('packs/a');
    await other.replace('packs/b', patternBytes(50, 2));
    for (const name of ['packs/a', 'packs/b']) {
      held.read(name, { offset: 0, lengthBytes: 1000 })?.fill(0);
      assertBytes(held.read(name, { offset: 5, lengthBytes: 10 }), bytes.slice(5, 15), name);
      assertBytes(held.read(name, { offset: 990, lengthBytes: 20 }), bytes.slice(990), name);
      assertBytes(held.read(name, { offset: 2000, lengthBytes: 20 }), NOTHING, name);
    }
    assert.equal(held.read('packs/nowhere', { offset: 0, lengthBytes: 1 }), undefined);
    assert.equal(held.read('packs', { offset: 0, lengthBytes: 1 }), undefined);
    held.close();
    held.close();
    assert.equal(held.read('packs/b', { offset: 0, lengthBytes: 1 }), undefined);
  },
};
