// Benchmarks that need a machine of their own: run by `npm run bench:host`, and never among the tests.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: { include: ['test/bench/**/*.bench.ts'], globalSetup: ['test/setup/prepare-machine.ts'] },
});
