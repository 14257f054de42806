// A process that rolls a Redis server back once, STORE POINT, and dies in a call of the adapter, CALL, when it sends a command
// that matches COMMAND: `before` it is sent, or `after` it was answered.
import { redisAdapter } from '#adapters/redis/redis-adapter.js';
import { RedisSession } from '#adapters/redis/redis-session.js';
import { openSavepoint } from '#src/savepoint.js';

const [store, point, call, command, when] = process.argv.slice(2);
const pattern = new RegExp(`^(${command})$`);
const { exchange } = RedisSession.prototype;
let isDue = false;

RedisSession.prototype.exchange = async function (commands) {
  const isIt = isDue && commands.some(([word]) => pattern.test(String(word)));
  if (isIt && when === 'before') process.kill(process.pid, 'SIGKILL');
  const replies = await exchange.call(this, commands);
  if (isIt) process.kill(process.pid, 'SIGKILL');
  return replies;
};

const dying = async (...args) => {
  isDue = true;
  return redisAdapter[call](...args);
};
const savepoint = await openSavepoint({ store, adapters: [{ ...redisAdapter, [call]: dying }] });
const { outcome } = await savepoint.rollback(point, { withData: true });
await savepoint.close();
process.stdout.write(`${outcome}\n`);
