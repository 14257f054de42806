// The memory backend: the common contract, and what is its own.

import { Volume } from 'memfs';
import { describeStorageBackend } from 'savepoint/conformance';
import { describe, expect, it } from 'vitest';
import { createMemoryBackend } from '#adapters/backends/memory-backend.js';

describeStorageBackend({ describe, it }, 'memory', async () => {
  const volume = new Volume();
  return { open: async () => createMemoryBackend(volume), dispose: async () => volume.reset() };
});

it('starts empty, apart from every other, without a volume', async () => {
  const [one, other] = [createMemoryBackend(), createMemoryBackend()];
  await one.replace('refs/a', new Uint8Array(3));
  expect(await other.list('refs')).toEqual([]);
});

it('puts its files into the volume that it is given', async () => {
  const volume = new Volume();
  await createMemoryBackend(volume).replace('refs/a', Uint8Array.of(0, 255, 10));
  expect(volume.readFileSync('/refs/a')).toEqual(Buffer.of(0, 255, 10));
});

it('refuses to replace a folder, and says what failed', async () => {
  const backend = createMemoryBackend();
  await backend.replace('packs/a/b', new Uint8Array(3));
  await expect(backend.replace('packs/a', new Uint8Array(3))).rejects.toMatchObject({
    code: 'STORAGE_FAILED',
    fields: { path: '/packs/a', system: 'EISDIR' },
  });
});
