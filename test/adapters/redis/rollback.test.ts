// Rollbacks of Redis databases: whole and at once, whoever writes meanwhile, and whatever becomes of the server in between.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { DrivenState } from '../../fixtures/drive-adapter.js';
import { waitFor } from '../../fixtures/wait-for.js';
import { capture, openClient, stage, startWriter, testServer } from './attempt.js';

const MANY = Array.from({ length: 3000 }, (_, at) => `SET doomed:${at} ${'x'.repeat(at % 300)}`).join('\n');
const MARKS = ['EVAL', "return #redis.call('KEYS', '__savepoint*')", '0'];

describe('a rollback of a Redis database', () => {
  it('puts all keys back at once while others write, and keeps what they wrote and no point has', async () => {
    const server = testServer();
    const settings = { url: server.url() };
    server.run(`${MANY}\nSET epoch then\nSET counter 5\nRPUSH list a b c`);
    const point = await capture(settings);
    const digest = server.query('DEBUG', 'DIGEST');
    server.run('SET epoch now\nDEL list');
    const writer = startWriter(await openClient(server));
    await waitFor(() => writer.count() > 100, 'the writer');
    const attempt = await stage(settings, point);
    const before = writer.count();
    await waitFor(() => writer.count() > before + 100, 'the writer to go on');
    expect(await attempt.apply()).toEqual([]);
    await writer.ended;
    expect(await attempt.verify()).toEqual([]);
    await expect(attempt.discard()).rejects.toMatchObject({ code: 'INCOMPLETE' });
    const [, kept] = /^db15:keys=([0-9]+),/m.exec(server.query('INFO', 'keyspace')) ?? [];
    expect(Number(kept)).toBeGreaterThan(100);
    expect(server.run('SELECT 15\nEXISTS list epoch doomed:2999 counter')).toMatch(/\n1$/);
    server.run('SELECT 15\nFLUSHDB');
    expect(server.query('DEBUG', 'DIGEST')).toBe(digest);
  });

  it('exchanges for what was in use, as it was, when it is taken back', async () => {
    const server = testServer();
    const settings = { url: server.url() };
    server.run('SET a 1');
    const point = await capture(settings);
    server.run('SET a 2\nSET b 2');
    const safety = await capture(settings);
    const first = await stage(settings, point, { from: safety });
    server.run('SET late 3');
    const digest = server.query('DEBUG', 'DIGEST-VALUE', 'a', 'b', 'late');
    expect(await first.apply()).toEqual([]);
    expect(server.query('EXISTS', 'b')).toBe('0');
    server.run('SET b bad');
    const second = await stage(settings, safety, { name: 'a1-2', takesBack: 'a1-1' });
    expect(second.prepared).toMatchObject({ databases: [{ way: 'back' }] });
    expect(await second.apply()).toEqual([]);
    expect(await second.apply()).toEqual([]);
    expect(await second.verify()).toEqual([]);
    await first.discard();
    await second.discard();
    expect(server.query('DEBUG', 'DIGEST-VALUE', 'a', 'b', 'late')).toBe(digest);
    expect(server.query('INFO', 'keyspace')).not.toContain('db15');
    expect(server.query(...MARKS)).toBe('0');
  });

  it('leaves a database alone to which an attempt that is taken back never came', async () => {
    const server = testServer();
    const settings = { url: server.url() };
    server.run('SET a 1');
    const point = await capture(settings);
    server.run('SET a 2');
    const safety = await capture(settings);
    const first = await stage(settings, point, { from: safety });
    server.run('SET late 3');
    const second = await stage(settings, safety, { name: 'a1-2', takesBack: 'a1-1' });
    expect(await second.apply()).toEqual([]);
    await first.discard();
    await second.discard();
    expect(server.query('MGET', 'a', 'late')).toBe('2\n3');
    expect(server.query('INFO', 'keyspace')).not.toContain('db15');
  });

  it('does nothing a second time, whatever was written since', async () => {
    const server = testServer();
    const settings = { url: server.url() };
    server.run('SET a 1');
    const point = await capture(settings);
    server.run('SET a 2');
    const attempt = await stage(settings, point);
    expect(await attempt.apply()).toEqual([]);
    server.run('SET a 3');
    expect(await attempt.apply()).toEqual([]);
    await attempt.discard();
    expect(server.query('GET', 'a')).toBe('3');
  });

  it('makes ready again what the server has lost after a power cut', async () => {
    const server = testServer();
    const settings = { url: server.url() };
    server.run(`${MANY}\nXADD s 1-1 a b`);
    const point = await capture(settings);
    const digest = server.query('DEBUG', 'DIGEST');
    server.run('SET a 2');
    const attempt = await stage(settings, point);
    server.kill();
    server.start();
    expect(server.query('DBSIZE')).toBe('0');
    expect(await attempt.apply()).toEqual([]);
    expect(await attempt.verify()).toEqual([]);
    await attempt.discard();
    expect(server.query('DEBUG', 'DIGEST')).toBe(digest);
    // A server that is to know nothing after a restart was given nothing to know.
    expect(existsSync(join(server.directory, 'dump.rdb'))).toBe(false);
  });

  it('is in the log of commands of a server that has one, and finds itself there', async () => {
    const server = testServer('--appendonly', 'yes', '--appendfsync', 'always');
    const settings = { url: server.url() };
    server.run('SET a 1\nZADD z 1.5 m');
    const point = await capture(settings);
    const digest = server.query('DEBUG', 'DIGEST');
    server.run('SET a 2\nSET b 2');
    const attempt = await stage(settings, point);
    server.kill();
    server.start();
    expect(await attempt.apply()).toEqual([]);
    server.kill();
    server.start();
    expect(await attempt.apply()).toEqual([]);
    expect(await attempt.verify()).toEqual([]);
    await attempt.discard();
    server.kill();
    server.start();
    expect(server.query('DEBUG', 'DIGEST')).toBe(digest);
  });

  it('does not put back a key that has expired by then', async () => {
    const server = testServer();
    const settings = { url: server.url() };
    server.run('SET short value PX 1500\nSET long value PX 600000\nSET ever value');
    const expires = server.query('PEXPIRETIME', 'long');
    const point = await capture(settings);
    server.run('FLUSHDB');
    const dueAt = performance.now() + 1500;
    await waitFor(() => performance.now() > dueAt, 'the key to expire');
    const attempt = await stage(settings, point);
    expect(await attempt.apply()).toEqual([]);
    await attempt.discard();
    expect(server.query('EXISTS', 'short', 'long', 'ever')).toBe('2');
    expect(server.query('PEXPIRETIME', 'long')).toBe(expires);
  });

  it('empties a database that had nothing in it, where a component has all of them', async () => {
    const server = testServer();
    const settings = { url: server.url(), databases: ['*'] };
    server.run('SET a 1');
    const point = await capture(settings);
    server.run('SELECT 4\nSET b 1');
    const attempt = await stage(settings, point);
    expect(attempt.steps.map(({ text }) => text)).toEqual([
      'empty database 4 (0 keys): 0 keys are added, 1 removed, 0 changed',
    ]);
    expect(attempt.notes[0]).toMatch(/^what was written since \S+ is lost: at most [0-9]+ bytes/);
    expect(await attempt.apply()).toEqual([]);
    expect([...(await capture(settings)).documents.keys()].join()).not.toMatch(/databases\/(4|15)/);
    await attempt.discard();
    expect(server.query('INFO', 'keyspace')).not.toMatch(/db(4|15)/);
  });
});

describe('a rollback of some keys of a Redis database', () => {
  it('minds its own keys, where other components of the operation have others', async () => {
    const server = testServer();
    const [left, right] = ['left', 'right'].map((name) => ({ url: server.url(), keys: [`${name}:*`] }));
    const whole = { url: server.url(3) };
    server.run('SET left:a 1\nSET right:a 1\nSELECT 3\nSET a 1');
    const settings = [left, right, whole] as const;
    const points = [];
    for (const each of settings) points.push(await capture(each));
    const digest = server.query('DEBUG', 'DIGEST');
    server.run('SET left:a 2\nSET right:a 2\nSELECT 3\nSET a 2');
    const attempts = [];
    for (const [at, each] of settings.entries())
      attempts.push(await stage(each, points[at] as DrivenState, { component: `component ${at}` }));
    for (const { apply } of attempts) expect(await apply()).toEqual([]);
    server.run('SET left:a 3');
    for (const { apply } of attempts) expect(await apply()).toEqual([]);
    for (const { verify } of attempts) expect(await verify()).toEqual([]);
    for (const { discard } of attempts) await discard();
    expect(server.query('GET', 'left:a')).toBe('3');
    server.run('SET left:a 1');
    expect(server.query('DEBUG', 'DIGEST')).toBe(digest);
  });

  it('leaves all other keys alone, and tells of what it has overwritten', async () => {
    const server = testServer();
    const settings = { url: server.url(), keys: ['app:*', 'queue?'] };
    server.run(
      `SET app:a 1\nSET app:gone 1\nRPUSH queue1 a b\nXADD app:s 1-1 f v\nSET app:same x\nSET other 1`,
    );
    const point = await capture(settings);
    expect(point.text('state/functions/lib')).toBeUndefined();
    server.run('SET app:a 2\nDEL app:gone\nRPUSH queue1 c\nXADD app:s 2-1 f v\nSET other 2\nSET app:new 1');
    const attempt = await stage(settings, point);
    expect(attempt.prepared).toMatchObject({ databases: [{ way: 'change' }] });
    server.run('SET app:a late\nSET app:later 1');
    expect(await attempt.apply()).toEqual([]);
    server.run('SET app:same after');
    expect(await attempt.apply()).toEqual([]);
    expect(await attempt.verify()).toEqual([]);
    await expect(attempt.discard()).rejects.toThrow(/^2 keys of database 0 were written/);
    expect(server.query('MGET', 'app:a', 'app:gone', 'app:new', 'app:later', 'other', 'app:same')).toBe(
      '1\n1\n\n\n2\nafter',
    );
    expect(server.query('LRANGE', 'queue1', '0', '-1')).toBe('a\nb');
    expect(server.query('XLEN', 'app:s')).toBe('1');
    expect(server.query(...MARKS)).toBe('0');
  });

  it('is what happens to a server without a spare database, too, and is taken back', async () => {
    const server = testServer('--databases', '1');
    const settings = { url: server.url() };
    server.run('SET a 1\nHSET h f v');
    const point = await capture(settings);
    const digest = server.query('DEBUG', 'DIGEST');
    server.run('SET a 2\nSET b 2\nDEL h');
    const safety = await capture(settings);
    const changed = server.query('DEBUG', 'DIGEST');
    const first = await stage(settings, point, { from: safety });
    expect(await first.apply()).toEqual([]);
    const second = await stage(settings, safety, { name: 'a1-2', takesBack: 'a1-1' });
    expect(await second.apply()).toEqual([]);
    expect(await second.verify()).toEqual([]);
    await first.discard();
    await second.discard();
    expect(server.query('DEBUG', 'DIGEST')).toBe(changed);
    const third = await stage(settings, point, { from: safety, name: 'a2-1' });
    expect(await third.apply()).toEqual([]);
    await third.discard();
    expect(server.query('DEBUG', 'DIGEST')).toBe(digest);
  });
});
