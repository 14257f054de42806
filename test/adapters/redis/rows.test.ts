// Rows of Redis keys: equal for equal data, however a server keeps them, and any bytes come back from them.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redisAdapter } from '#adapters/redis/redis-adapter.js';
import { type RedisRefusal, type Reply, RespParser } from '#adapters/redis/resp-parser.js';
import { decodeRow, encodeRow, escapeBytes, splitRows, valuesOf } from '#adapters/redis/row-text.js';
import { createRandom } from '../../fixtures/seeded-random.js';
import { capture, openClient, stage, testServer } from './attempt.js';

const bytes = fc
  .oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.string().map((text) => Buffer.from(text)),
  )
  .map((each) => Buffer.from(each));

describe('a row', () => {
  it('gives back the bytes that it was made of, and is one line of text', async () => {
    await fc.assert(
      fc.asyncProperty(
        bytes,
        fc.array(bytes, { minLength: 1 }),
        fc.nat({ max: 20 }),
        async (key, values, cut) => {
          const line = encodeRow({ key, type: 'list', expiresAtMs: undefined, values });
          expect(Buffer.from(line.toString('utf8')).equals(line)).toBe(true);
          const rows: Buffer[] = [];
          const twice = Buffer.concat([line, line]);
          const pieces = async function* () {
            yield twice.subarray(0, cut);
            yield twice.subarray(cut);
          };
          for await (const some of splitRows(pieces())) rows.push(...some);
          expect(rows).toHaveLength(2);
          for (const row of rows) {
            const read = decodeRow(row);
            expect(read.key.equals(key)).toBe(true);
            expect([...valuesOf(read.value)].map((each) => each.toString('hex'))).toEqual(
              values.map((each) => each.toString('hex')),
            );
          }
        },
      ),
    );
  });

  it('shows text as it is, and other bytes by their codes', () => {
    const escaped = (text: string, encoding?: BufferEncoding) =>
      escapeBytes(Buffer.from(text, encoding)).toString();
    expect(escaped('grüße:1')).toBe('grüße:1');
    expect(escaped('a b\n100%')).toBe('a%20b%0A100%25');
    expect(escaped('\xff\xfea', 'latin1')).toBe('%FF%FEa');
  });
});

describe('documents of a Redis database', () => {
  const small = [
    '--hash-max-listpack-entries',
    '0',
    '--zset-max-listpack-entries',
    '0',
    '--set-max-intset-entries',
    '0',
  ];

  it('are equal for equal data, whatever the order of writing and the encodings', async () => {
    const [one, other] = [testServer(), testServer(...small, '--list-max-listpack-size', '1')];
    const random = createRandom(7);
    const commands = Array.from({ length: 600 }, (_, at) => [
      ...[
        `SADD set ${at} m${at}`,
        `HSET hash f${at} ${at}`,
        `ZADD zset ${at / 7} m${at}`,
        `SET key:${at} ${at}`,
      ],
    ]).flat();
    const shuffled = [...commands].sort(() => random.integer(3) - 1);
    one.run(`${commands.join('\n')}\nRPUSH list 1 2 3`);
    other.run(`${shuffled.join('\n')}\nRPUSH list 1 2 3`);
    expect(one.query('OBJECT', 'ENCODING', 'list')).toBe(other.query('OBJECT', 'ENCODING', 'list'));
    const [left, right] = [await capture({ url: one.url() }), await capture({ url: other.url() })];
    const stateOf = (state: typeof left) =>
      [...state.documents]
        .filter(([path]) => path.startsWith('state/'))
        .map(([path]) => [path, state.text(path)]);
    expect(stateOf(right)).toEqual(stateOf(left));
  });

  it('change in few places where few keys change, and hold large values', async () => {
    const server = testServer();
    const client = await openClient(server);
    const random = createRandom(1);
    for (let at = 0; at < 4000; at += 500)
      await client.callAll(
        Array.from({ length: 500 }, (_, each) => [
          ...['SET', `key:${String(at + each).padStart(6, '0')}`, Buffer.from(random.bytes(600))],
        ]),
      );
    const large = Buffer.alloc(20 << 20, 'a long value ');
    await client.call('SET', 'large', large);
    const settings = { url: server.url() };
    const point = await capture(settings);
    const digest = server.query('DEBUG', 'DIGEST');
    await client.call('SET', 'key:002000', 'changed');
    await client.call('APPEND', 'large', 'x');
    const now = await capture(settings, point);
    const rows = [...point.documents.keys()].filter((path) => path.includes('/rows/'));
    expect(rows.length).toBeGreaterThan(4);
    const changed = rows.filter((path) => point.text(path) !== now.text(path));
    expect(changed.length).toBeLessThanOrEqual(2);
    const attempt = await stage(settings, point, { from: now });
    expect(attempt.steps[0]?.text).toMatch(/0 keys are added, 0 removed, 2 changed$/);
    expect(await attempt.apply()).toEqual([]);
    await attempt.discard();
    expect(server.query('DEBUG', 'DIGEST')).toBe(digest);
  });
});

describe('a table of a Redis database', () => {
  const tables = redisAdapter.tables as NonNullable<typeof redisAdapter.tables>;

  it('is listed, read, compared with what is live, and put back alone', async () => {
    const server = testServer();
    const settings = { url: server.url(), databases: [0, 2] };
    const context = { component: 'it', settings };
    server.run('SET a 1\nSET empty ""\nHSET h f v\nSELECT 2\nSET b 1');
    const point = await capture(settings);
    server.run('SET a 2\nDEL empty\nSET "new key" 1\nSELECT 2\nSET b 2');
    expect(await tables.list(point)).toEqual(['db0', 'db2']);
    const pieces: Uint8Array[] = [];
    for await (const piece of tables.read('db0', point)) pieces.push(piece);
    const text = Buffer.concat(pieces).toString();
    expect(text).toBe('a\tstring\t-\t1\nempty\tstring\t-\t\nh\thash\t-\tf v\n');
    const expected = {
      ...{ columns: ['key', 'type', 'expires', 'value'], key: ['key'] },
      added: [['empty', 'string', '-', '']],
      removed: [['new%20key', 'string', '-', '1']],
      changed: [{ before: ['a', 'string', '-', '2'], after: ['a', 'string', '-', '1'] }],
    };
    expect(await tables.compare('db0', { before: 'live', after: point }, context)).toEqual(expected);
    expect(await tables.restore('db0', point, context)).toEqual(expected);
    expect(await tables.compare('db0', { before: 'live', after: point }, context)).toMatchObject({
      ...{ added: [], removed: [], changed: [] },
    });
    expect(server.run('SELECT 2\nGET b')).toBe('OK\n2');
    await expect(tables.compare('db1', { before: 'live', after: point }, context)).rejects.toMatchObject({
      code: 'PATH_NOT_FOUND',
    });
  });
});

describe('replies of a server', () => {
  const TEXT = '+OK\r\n$5\r\na\r\nbc\r\n*3\r\n:-7\r\n$-1\r\n*2\r\n$0\r\n\r\n*0\r\n-WRONGTYPE no\r\n';

  it('are read from pieces of any length', () => {
    for (let size = 1; size <= TEXT.length; size++) {
      const replies: Reply[] = [];
      const parser = new RespParser((reply) => replies.push(reply));
      for (let at = 0; at < TEXT.length; at += size) parser.feed(Buffer.from(TEXT.slice(at, at + size)));
      expect(replies.slice(0, -1)).toEqual(['OK', Buffer.from('a\r\nbc'), [-7, null, [Buffer.alloc(0), []]]]);
      expect((replies.at(-1) as RedisRefusal).word).toBe('WRONGTYPE');
    }
  });

  it('are refused where they are longer than any may be, or not of the protocol', () => {
    const strange = [
      '$99999999999\r\n',
      '*-5\r\n',
      '$1x\r\n',
      '!x\r\n',
      '+no end\n',
      ':1.5\r\n',
      '$1\r\nabc',
      '*1\r\n'.repeat(9),
    ];
    for (const text of [...strange, 'x'.repeat(70_000)]) {
      const parser = new RespParser(() => undefined);
      expect(() => parser.feed(Buffer.from(text)), text.slice(0, 20)).toThrow(/is no Redis server/);
    }
  });
});
