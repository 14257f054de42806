// The suite runs against the built library in dist/, so that workers and entry points are the ones users get.
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './setup/longest-first.js';

export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: [
      'test/setup/prepare-machine.ts',
      'test/setup/prepare-directories.ts',
      'test/setup/prepare-systems.ts',
    ],
    setupFiles: ['test/setup/choose-directory.ts'],
    testTimeout: 120_000,
    hookTimeout: 300_000,
    pool: 'forks',
    // What is tested is loaded by Node itself, as users' programs load it, and not rewritten by the test runner.
    server: { deps: { external: [/\/dist\//] } },
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
  },
});
