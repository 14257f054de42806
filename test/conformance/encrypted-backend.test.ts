// The conformance suite of storage backends on the backend among the examples; and that it finds what is wrong with others.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Volume } from 'memfs';
import type { Backend } from 'savepoint';
import { type BackendPlace, describeStorageBackend } from 'savepoint/conformance';
import { describe, expect, it } from 'vitest';
import { createMemoryBackend } from '#adapters/backends/memory-backend.js';

const { createEncryptedBackend } = (await import(
  new URL('../../examples/encrypted-backend.mjs', import.meta.url).href
)) as { createEncryptedBackend: (directory: string, key: Buffer) => Backend };

describeStorageBackend({ describe, it }, 'the encrypted directory', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'savepoint-backend-'));
  const key = Buffer.alloc(32, 7);
  return {
    open: async () => createEncryptedBackend(directory, key),
    dispose: async () => rmSync(directory, { recursive: true }),
  };
});

/** What is wrong with a backend, and the test that finds it. */
const broken: Readonly<
  Record<string, readonly [found: RegExp, change: (backend: Backend) => Partial<Backend>]>
> = {
  'reads that go on behind the range': [
    /^reads ranges/,
    (backend) => ({ read: (name) => backend.read(name) }),
  ],
  'no folders that are listed deeper': [
    /^lists a folder at any depth/,
    (backend) => ({
      list: async (folder) =>
        (await backend.list(folder)).filter(({ name }) => !name.slice(folder.length + 1).includes('/')),
    }),
  ],
  'held files that change': [
    /^reads a held file/,
    (backend) => ({
      hold: async () => ({ read: () => Uint8Array.of(1), close: () => undefined }),
      read: (...call) => backend.read(...call),
    }),
  ],
  'names that it does not check': [/^refuses odd names/, () => ({ read: async () => undefined })],
  'an exclusive creation that replaces': [
    /^creates a file once/,
    (backend) => ({ createExclusive: async (name, bytes) => backend.replace(name, bytes).then(() => true) }),
  ],
  'writers that nobody hears of': [/^names the unfinished writes/, () => ({ listWriters: async () => [] })],
  'a life after its end': [/^drops its unfinished writes/, () => ({ close: async () => undefined })],
};

describe('the conformance suite of backends', () => {
  for (const [name, [found, change]] of Object.entries(broken)) {
    it(`finds a backend with ${name}`, async () => {
      const tests = new Map<string, () => Promise<void>>();
      const runner = {
        describe: (_: string, define: () => void) => define(),
        it: (title: string, test: () => Promise<void>) => tests.set(title, test),
      };
      const createPlace = async (): Promise<BackendPlace> => {
        const volume = new Volume();
        const open = async () => {
          const backend = createMemoryBackend(volume);
          return new Proxy(backend, {
            get: (target, key: keyof Backend) => {
              const own = { ...change(backend) }[key] ?? target[key];
              return typeof own === 'function' ? own.bind(target) : own;
            },
          });
        };
        return { open, dispose: async () => undefined };
      };
      describeStorageBackend(runner, 'broken', createPlace);
      const [test] = [...tests].filter(([title]) => found.test(title)).map(([, body]) => body);
      await expect(test()).rejects.toThrow();
    });
  }
});
