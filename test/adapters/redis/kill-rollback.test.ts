// A process that is killed while it rolls a Redis server back leaves the state before or the point's to whoever recovers, whole, and
// nothing else at the server.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { redisAdapter } from '#adapters/redis/redis-adapter.js';
import type { JsonObject } from '#adapters/state/state-adapter.js';
import type { Configuration } from '#src/configuration/configuration.js';
import { openSavepoint } from '#src/savepoint.js';
import { runToEnd } from '../../fixtures/run-tool.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';
import { testServer } from './attempt.js';

const SCRIPT = fileURLToPath(new URL('./roll-back-redis.mjs', import.meta.url));
const KEYS = Array.from({ length: 4000 }, (_, at) => `SET key:${at} ${at}`).join('\n');

type Death = readonly [call: string, command: string, when: 'before' | 'after'];

const DECIDED: readonly Death[] = [
  ['apply', 'EXEC', 'before'],
  ['apply', 'EXEC', 'after'],
  ['discard', 'FLUSHDB|HDEL', 'after'],
];
const DEATHS: readonly Death[] = [
  ['stage', 'EXEC', 'after'],
  ['stage', 'SCAN', 'before'],
  ...DECIDED,
  ['verify', 'HGETALL', 'before'],
];

const configuration = (settings: JsonObject): Configuration => ({
  components: [
    {
      ...{ name: 'data', kind: 'redis', category: 'database', critical: true, onError: 'abort' },
      ...{ after: [], validate: [], settings },
    },
  ],
  ...{ file: 'test', adapters: [] },
  retention: {
    ...{ keepLast: 100, keepPerComponent: 0, keepHours: 0, keepDaily: 0, keepWeekly: 0, keepMonthly: 0 },
    keepTags: [],
  },
  guard: {
    ...{ timeoutMs: 300_000, watchMs: 5000, triggers: [], partial: false, rollbacksPerHour: 2 },
    ...{ backOffMs: 60_000, priority: [], health: [] },
  },
});

describe('a killed rollback of a Redis server', () => {
  it.each([
    ['', DEATHS],
    ['key:*', DECIDED],
  ] as const)('ends with the state before, or with the point (keys %j)', async (pattern, deaths) => {
    const server = testServer('--appendonly', 'yes', '--appendfsync', 'no');
    server.run(`${KEYS}\nXADD key:stream 1-1 f v\nSET key:0 old`);
    const store = join(createTemporaryDirectory(), 'store');
    const settings = { url: server.url(), ...(pattern === '' ? {} : { keys: [pattern] }) };
    const savepoint = await openSavepoint({ store, create: true, adapters: [redisAdapter] });
    await savepoint.saveConfigured(configuration(settings), { name: 'point' });
    const target = server.query('DEBUG', 'DIGEST');
    for (const death of deaths) {
      server.run('SET key:0 new\nDEL key:1 key:2\nSET key:added 1');
      const original = server.query('DEBUG', 'DIGEST');
      const { signal } = runToEnd(process.execPath, [SCRIPT, store, 'point', ...death]);
      expect(signal, death.join()).toBe('SIGKILL');
      await savepoint.recover();
      const digest = server.query('DEBUG', 'DIGEST');
      const isDecided = DECIDED.includes(death) || death[0] === 'verify';
      expect(digest, death.join()).toBe(isDecided ? target : original);
    }
    await savepoint.close();
  });
});
