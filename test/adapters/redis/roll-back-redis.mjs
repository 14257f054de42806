// A process that rolls a Redis server back once, or recovers: ACTION STORE POINT. In `kill PHASE NUMBER` it dies at the event of
// that number of the phase.
import { redisAdapter } from '#adapters/redis/redis-adapter.js';
import { openSavepoint } from '#src/savepoint.js';

const [store, point, phase, after] = process.argv.slice(2);

/** Dies in the midst of a call of the adapter: after so many milliseconds. */
const adapter = {
  ...redisAdapter,
  ...Object.fromEntries(
    ['stage', 'apply', 'verify', 'discard'].map((name) => [
      name,
      (...args) => {
        if (name === phase) setTimeout(() => process.kill(process.pid, 'SIGKILL'), Number(after));
        return redisAdapter[name](...args);
      },
    ]),
  ),
};
const savepoint = await openSavepoint({ store, adapters: [adapter] });
const { outcome } = await savepoint.rollback(point, { withData: true });
await savepoint.close();
process.stdout.write(`${outcome}\n`);
