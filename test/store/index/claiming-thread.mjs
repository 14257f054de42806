// A thread that claims ids as a capturing thread does: it waits for the start, claims what it is given, and says what
// it was granted.
import { parentPort, workerData } from 'node:worker_threads';
import { createNodePlatform } from '#adapters/node/node-platform.js';
import { joinKnownIds } from '#store/index/known-ids.js';

const { shared, start } = workerData;
const table = joinKnownIds(await createNodePlatform(), shared);

parentPort.on('message', ({ ids, tables, round }) => {
  table.adopt(tables);
  Atomics.add(start, 0, 1);
  while (Atomics.load(start, 1) < round) Atomics.wait(start, 1, round - 1);
  parentPort.postMessage(ids.filter((id) => table.claim(id)));
});
