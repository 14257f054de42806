// When a session of a Redis server heeds that its work is to be stopped.
import { expect, it, onTestFinished } from 'vitest';
import { RedisSession } from '#adapters/redis/redis-session.js';
import { testServer } from './attempt.js';

const ABORTED = { code: 'ABORTED' };

async function openStoppable() {
  const server = testServer();
  const controller = new AbortController();
  const address = { place: { socket: server.socket }, user: undefined, database: 0 };
  const session = await RedisSession.open({ component: 'it', address }, { signal: controller.signal });
  onTestFinished(() => session.kill());
  return { server, session, abort: () => controller.abort() };
}

it('ends with what waits for an answer', async () => {
  const { session, abort } = await openStoppable();
  const waiting = expect(session.call('BLPOP', 'nothing', '0')).rejects.toMatchObject(ABORTED);
  abort();
  await waiting;
});

it('goes on with what is not to be disturbed, and begins none of that afterwards', async () => {
  const { server, session, abort } = await openStoppable();
  await session.undisturbed(async () => {
    abort();
    await session.exchange([['MULTI'], ['SET', 'a', '1'], ['EXEC']]);
  });
  expect(server.query('GET', 'a')).toBe('1');
  const more = session.undisturbed(() => session.call('SET', 'a', '2'));
  await expect(more).rejects.toMatchObject(ABORTED);
  expect(server.query('GET', 'a')).toBe('1');
});
