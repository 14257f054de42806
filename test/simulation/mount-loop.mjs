// Mounts a point, uses it, and unmounts it, over and over: STORE ROUNDS. Says, as JSON, how many descriptors are open and how
// much memory is in use after a tenth of the rounds, and at the end. To be run with --expose-gc.
import { readdirSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { openSavepoint } from 'savepoint';

const [store, rounds] = process.argv.slice(2);
const savepoint = await openSavepoint({ store });
/** @type {WeakRef<object>[]} */
const volumes = [];

async function takeStock() {
  for (let i = 0; i < 4; i++) {
    await setImmediate();
    globalThis.gc();
  }
  const { heapUsed, external, arrayBuffers } = process.memoryUsage();
  return {
    descriptors: readdirSync('/proc/self/fd').length,
    bytes: heapUsed + external + arrayBuffers,
    volumes: volumes.filter((each) => each.deref() !== undefined).length,
  };
}

/** @param {number} round */
async function use(round) {
  const volume = await savepoint.mountPoint('latest');
  volumes.push(new WeakRef(volume));
  volume.readFileSync('/tree/large', { encoding: 'buffer' });
  volume.writeFileSync('/tree/new', Buffer.alloc(100_000, round));
  const descriptor = volume.openSync('/tree/d/file', 'r+');
  volume.writeSync(descriptor, Buffer.from('x'));
  const fresh = volume.fresh();
  volumes.push(new WeakRef(fresh));
  fresh.readdirSync('/tree', { recursive: true });
  for await (const _ of savepoint.diffVolume(volume));
  volume.unmount();
  fresh.unmount();
}

const stock = [];
for (let round = 1; round <= Number(rounds); round++) {
  await use(round);
  if (round === Math.ceil(Number(rounds) / 10)) stock.push(await takeStock());
}
stock.push(await takeStock());
await savepoint.close();
console.log(JSON.stringify(stock));
