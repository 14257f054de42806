// A thread whose work takes a while and can't be seen from outside but by what it writes to a file.
import { appendFileSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import { answerRequests } from '#adapters/node/thread-pool.js';

answerRequests(parentPort, async ({ file, word }) => {
  appendFileSync(file, `begins ${word}\n`);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
  appendFileSync(file, `ends ${word}\n`);
});
