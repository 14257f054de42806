// The conformance suite of storage backends: what every one has to do, sentence by sentence of its contract. It runs in any test
// runner that has `describe` and `it`.
import assert from 'node:assert/strict';
import type { Backend } from '../../store/backend.js';
import { assertBytes } from './assert-bytes.js';
import type { BackendTests } from './backend-tests.js';
import type { ConformanceRunner } from './describe-state-adapter.js';
import { patternBytes } from './pattern-bytes.js';
import { READING } from './storage-backend-reading.js';
import { WRITING } from './storage-backend-writing.js';

/** One place for a backend's files, empty at first. */
export interface BackendPlace {
  /** A backend on this place; each call gives another one, as another process would have. */
  open(): Promise<Backend>;
  /** Removes the place and what is in it. */
  dispose(): Promise<void>;
}

/** Defines the tests of the backend `name`; `createPlace` is called anew for each of them. */
export function describeStorageBackend(
  runner: ConformanceRunner,
  name: string,
  createPlace: () => Promise<BackendPlace>,
): void {
  runner.describe(`${name} as a storage backend`, () => {
    for (const [title, test] of Object.entries({ ...READING, ...WRITING, ...NAMES, ...LIFE })) {
      runner.it(title, () => withPlace(createPlace, test));
    }
  });
}

async function withPlace(
  createPlace: () => Promise<BackendPlace>,
  test: BackendTests[string],
): Promise<void> {
  const opened: Backend[] = [];
  const place = await createPlace();
  try {
    await test(async () => {
      const backend = await place.open();
      opened.push(backend);
      return backend;
    });
  } finally {
    for (const backend of opened) await backend.close();
    await place.dispose();
  }
}

const ODD_NAMES: readonly string[] = [
  ...['', '.', '..', '/', '/absolute', 'packs/', 'packs//a', 'packs/../a', 'packs/./a', '../a'],
  ...['packs/.hidden', 'Packs/a', 'packs/a b', 'packs/ä', 'packs\\a', 'packs/a\0', 'packs/a\n'],
  ...['tmp/a', 'tmp', `packs/${'a'.repeat(300)}`],
];

const NAMES: BackendTests = {
  async 'refuses odd names everywhere'(open) {
    const backend = await open();
    const refusal = { code: 'INVALID_NAME' };
    for (const name of ODD_NAMES) {
      const what = `the name ${JSON.stringify(name)}`;
      await assert.rejects(async () => backend.read(name), refusal, what);
      await assert.rejects(async () => backend.size(name), refusal, what);
      await assert.rejects(async () => backend.list(name), refusal, what);
      await assert.rejects(async () => backend.replace(name, new Uint8Array()), refusal, what);
      await assert.rejects(async () => backend.createExclusive(name, new Uint8Array()), refusal, what);
      await assert.rejects(async () => backend.remove(name), refusal, what);
      const writer = await backend.createWriter();
      await assert.rejects(async () => writer.commit(name), refusal, what);
      await writer.abort();
    }
  },

  async 'takes names of every allowed character'(open) {
    const backend = await open();
    const last = ['0123456789', 'abcdefghijklmnopqrstuvwxyz', 'a._-', '-a', '_', 'a..b', 'a.'];
    const names = last.map((name) => `x/${name}`);
    for (const name of names) await backend.replace(name, patternBytes(3, 1));
    assert.deepEqual(await namesIn(backend, 'x'), [...names].sort());
  },

  async 'removes a file, says nothing where there is none, and frees the name'(open) {
    const backend = await open();
    await backend.replace('packs/a/b', patternBytes(10, 1));
    await backend.replace('packs/a/c', patternBytes(10, 2));
    await backend.remove('packs/a/b');
    await backend.remove('packs/a/b');
    await backend.remove('packs/nowhere/b');
    await backend.remove('packs/a');
    assert.deepEqual(await namesIn(backend, 'packs'), ['packs/a/c']);
    assert.equal(await backend.createExclusive('packs/a/b', patternBytes(10, 3)), true);
  },
};

const LIFE: BackendTests = {
  async 'has everything again when it is opened anew'(open) {
    const first = await open();
    const writer = await first.createWriter();
    await writer.append(patternBytes(10, 1));
    await writer.commit('packs/a');
    await first.replace('store.json', patternBytes(10, 2));
    await first.createExclusive('refs/1', patternBytes(10, 3));
    await first.close();
    const second = await open();
    assertBytes(await second.read('packs/a'), patternBytes(10, 1));
    assertBytes(await second.read('store.json'), patternBytes(10, 2));
    assertBytes(await second.read('refs/1'), patternBytes(10, 3));
  },

  async 'does not take the unfinished write of a living process for abandoned'(open) {
    const [one, other] = [await open(), await open()];
    const writer = await one.createWriter();
    await writer.append(patternBytes(10, 1));
    assert.equal(await other.removeAbandonedWrites(), 0);
    await writer.commit('packs/a');
    assertBytes(await other.read('packs/a'), patternBytes(10, 1));
  },

  async 'names the unfinished writes of all who live, each by a name of its own'(open) {
    const [one, other] = [await open(), await open()];
    assert.deepEqual(await one.listWriters(), []);
    const writers = [await one.createWriter(), await other.createWriter(), await other.createWriter()];
    const names = await one.listWriters();
    assert.equal(new Set(names).size, 3);
    assert.deepEqual((await other.listWriters()).sort(), [...names].sort());
    await writers[0].abort();
    await writers[1].append(patternBytes(10, 1));
    await writers[1].commit('packs/a');
    const left = await one.listWriters();
    assert.equal(left.length, 1);
    assert.ok(names.includes(left[0]), 'a writer keeps its name');
    await writers[2].abort();
    assert.deepEqual(await other.listWriters(), []);
  },

  async 'drops its unfinished writes when it is closed, and refuses to be used then'(open) {
    const backend = await open();
    const writer = await backend.createWriter();
    await writer.append(patternBytes(10, 1));
    await backend.close();
    await backend.close();
    await assert.rejects(async () => writer.commit('packs/a'));
    await assert.rejects(async () => backend.read('packs/a'));
    await assert.rejects(async () => backend.createWriter());
    assert.deepEqual(await (await open()).list('packs'), []);
  },
};

async function namesIn(backend: Backend, folder: string): Promise<string[]> {
  return (await backend.list(folder)).map(({ name }) => name);
}
