// Both storage backends carry a store.
import { Volume } from 'memfs';
import { createDiskBackend } from '#adapters/backends/disk-backend.js';
import { createMemoryBackend } from '#adapters/backends/memory-backend.js';
import { describeStoreConformance } from '../conformance/store-conformance.js';
import { createTemporaryDirectory } from '../fixtures/temporary-directory.js';

describeStoreConformance('a disk', async () => {
  const directory = createTemporaryDirectory({ lifetime: 'file' });
  return { open: async () => createDiskBackend({ directory }), dispose: async () => undefined };
});

describeStoreConformance('memory', async () => {
  const volume = new Volume();
  return { open: async () => createMemoryBackend(volume), dispose: async () => undefined };
});
