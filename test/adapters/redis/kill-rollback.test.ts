// A process that is killed while it rolls a Redis server back leaves the state before or the point's to whoever recovers, whole, and
// nothing else at the server.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { redisAdapter } from '#adapters/redis/redis-adapter.js';
import { openSavepoint } from '#src/savepoint.js';
import { runToEnd } from '../../fixtures/run-tool.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';
import { testServer } from './attempt.js';

const SCRIPT = fileURLToPath(new URL('./roll-back-redis.mjs', import.meta.url));
const KEYS = Array.from({ length: 4000 }, (_, at) => `SET key:${at} ${at}`).join('\n');

/** Of the adapter's calls, each with the milliseconds after which the process dies in it. */
const DEATHS: readonly (readonly [call: string, afterMs: number])[] = [
  ...(['stage', 'apply', 'discard'] as const).flatMap((call) =>
    [0, 2, 6, 20].map((ms) => [call, ms] as const),
  ),
  ['stage', 60],
  ['verify', 0],
];

describe('a killed rollback of a Redis server', () => {
  it.each(['', 'key:*'])('ends with the state before, or with the point (keys %j)', async (pattern) => {
    const server = testServer('--appendonly', 'yes', '--appendfsync', 'no');
    server.run(`${KEYS}\nXADD key:stream 1-1 f v\nSET key:0 old`);
    const store = join(createTemporaryDirectory(), 'store');
    const settings = { url: server.url(), ...(pattern === '' ? {} : { keys: [pattern] }) };
    const definition = {
      ...{ name: 'data', origin: '/', oneFileSystem: false, settings },
      role: { kind: 'redis', category: 'database', critical: true, validate: [], dependsOn: [] } as const,
    };
    const savepoint = await openSavepoint({ store, create: true, adapters: [redisAdapter] });
    await savepoint.save([definition], { name: 'point' });
    const target = server.query('DEBUG', 'DIGEST');
    const outcomes = new Set<string>();
    for (const [call, afterMs] of DEATHS) {
      server.run('SET key:0 new\nDEL key:1 key:2\nSET key:added 1');
      const original = server.query('DEBUG', 'DIGEST');
      runToEnd(process.execPath, [SCRIPT, store, 'point', call, String(afterMs)]);
      await savepoint.recover();
      const digest = server.query('DEBUG', 'DIGEST');
      expect([original, target], `killed in ${call} after ${afterMs} ms`).toContain(digest);
      outcomes.add(digest);
    }
    expect(outcomes.size).toBe(2);
    await savepoint.close();
  });
});
