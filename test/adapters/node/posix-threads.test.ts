// Threads that make POSIX calls at once have buffers, descriptors and errnos of their own, and leave nothing behind.
import { readdirSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';

const DIST = new URL('../../../dist/adapters/node/', import.meta.url).href;

const WORKER = `
  const { parentPort, workerData: { dist, directory, thread } } = require('node:worker_threads');
  const warnings = [];
  process.on('warning', (warning) => warnings.push(String(warning)));
  (async () => {
    const names = ['posix-directory', 'posix-entry', 'posix-ownership', 'posix-status', 'posix-xattr'];
    const modules = await Promise.all(names.map((name) => import(dist + name + '.js')));
    const posix = Object.assign({}, ...modules);
    const words = new Int32Array(18);
    const root = posix.openDirectory(directory);
    let wrong = 0;
    for (let round = 1; round <= 400; round++) {
      const place = { directory: root, name: 'thread-' + thread };
      const file = posix.createFile(place, 0o600);
      const time = { seconds: thread * 1000 + round, nanoseconds: round };
      posix.setXattr(file, 'user.thread', Uint8Array.of(thread, round & 255));
      posix.setTimes(file, time);
      posix.closeDescriptor(file);
      const missing = posix.readStatus({ directory: root, name: 'none-' + thread }, words, 0);
      const found = posix.readStatus(place, words, 0);
      const value = posix.findXattr(place, 'user.thread');
      if (missing !== 2 || found !== 0 || words[8] !== time.seconds || words[10] !== round) wrong++;
      if (value[0] !== thread || value[1] !== (round & 255)) wrong++;
      posix.removeFile(place);
    }
    posix.closeDescriptor(root);
    setImmediate(() => parentPort.postMessage({ wrong, warnings }));
  })();
`;

test('four threads at once see only what they did themselves', async () => {
  const directory = createTemporaryDirectory();
  const openBefore = readdirSync('/proc/self/fd').length;
  const answers = await Promise.all(
    [1, 2, 3, 4].map((thread) => runWorker({ dist: DIST, directory, thread })),
  );
  expect(answers).toEqual(new Array(4).fill({ wrong: 0, warnings: [] }));
  expect(readdirSync(directory)).toEqual([]);
  expect(readdirSync('/proc/self/fd').length).toBeLessThanOrEqual(openBefore);
});

function runWorker(workerData: { dist: string; directory: string; thread: number }): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(WORKER, { eval: true, workerData });
    let answer: unknown;
    worker.on('message', (message) => {
      answer = message;
    });
    worker.on('error', reject);
    worker.on('exit', () => resolve(answer));
  });
}
