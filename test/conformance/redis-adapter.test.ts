// The conformance suite of state adapters on databases of a real Redis server.
import { describeStateAdapter, type StateScene } from 'savepoint/conformance';
import { describe, it } from 'vitest';
import { redisAdapter } from '#adapters/redis/redis-adapter.js';
import { startRedis } from '../fixtures/redis-server.js';
import { PATIENT } from './scene-results.js';

async function openScene(): Promise<StateScene> {
  const server = startRedis();
  server.run(KEYS);
  server.query('FUNCTION', 'LOAD', libraryOf('first', 1));
  server.query('FUNCTION', 'LOAD', libraryOf('second', 1));
  let changes = 0;
  return {
    settings: { url: server.url(), databases: [0, 3] },
    async change() {
      changes++;
      server.run(CHANGES.replaceAll('@', String(changes)));
      server.query('FUNCTION', 'LOAD', 'REPLACE', libraryOf('first', changes + 1));
    },
    describe: async () =>
      [
        server.query('DEBUG', 'DIGEST'),
        server.query('PEXPIRETIME', 'lasting'),
        server.query('XINFO', 'GROUPS', 'stream'),
        server.query('XPENDING', 'stream', 'group'),
        server.query('INFO', 'keyspace').replaceAll(/,avg_ttl=[0-9]+/g, ''),
        ...['first', 'second'].map((name) =>
          server.query('FUNCTION', 'LIST', 'LIBRARYNAME', name, 'WITHCODE'),
        ),
      ].join('\n'),
    close: async () => server.close(),
  };
}

function libraryOf(name: string, value: number): string {
  return `#!lua name=${name}\nredis.register_function('${name}', function() return ${value} end)`;
}

const KEYS = String.raw`
SET plain value
SET "odd \t \n %41 \xff\x00 key" "odd \t \n % \xff\x00 value"
SET "ä ö" "ü%"
SET empty ""
SET number 12345
SET lasting value PXAT 4102444800123
RPUSH list b a "" "c d" a
SADD set b a "" "\xfe"
SADD numbers 3 1 2
HSET hash field value "" "" "b\x00" "\xff"
ZADD zset 1 b 1 a -inf low +inf high 3.14 pi 0.1 tenth 1e300 huge
XADD stream 1-1 field value other "\x00"
XADD stream 2-1 field value
XADD stream 3-1 field value
XDEL stream 2-1
XGROUP CREATE stream group 0
XREADGROUP GROUP group consumer COUNT 1 STREAMS stream >
PFADD log a b c
SETBIT bits 1000 1
SELECT 3
SET third value
SELECT 5
SET other value`;

const CHANGES = String.raw`
SET plain "changed @"
SET "new @" "\x00@"
RPUSH list @
ZINCRBY zset 0.1 a
PEXPIREAT lasting 410244480@000
DEL empty
XADD stream * field @
XREADGROUP GROUP group consumer STREAMS stream >
SELECT 3
DEL third
SET "third @" value`;

describeStateAdapter(
  { describe, it: (name, test) => it(name, test, PATIENT.timeoutMs) },
  redisAdapter,
  openScene,
);
