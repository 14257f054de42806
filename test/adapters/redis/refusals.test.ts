// What keeps a Redis server from being captured or rolled back is said with a code and a remedy, changes nothing, and has no
// password in it.
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { redisAdapter } from '#adapters/redis/redis-adapter.js';
import type { JsonObject } from '#adapters/state/state-adapter.js';
import { stateOf } from '../../fixtures/drive-adapter.js';
import type { RedisServer } from '../../fixtures/redis-server.js';
import { runCommand } from '../../fixtures/run-command.js';
import { runToEnd, runTool } from '../../fixtures/run-tool.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';
import { waitFor } from '../../fixtures/wait-for.js';
import { capture, stage, testServer } from './attempt.js';

const SECRET = 'open sesame';
const PROJECT = fileURLToPath(new URL('../../..', import.meta.url));

function passwordFile(password: string): string {
  const file = join(createTemporaryDirectory(), 'password');
  writeFileSync(file, `${password}\n`, { mode: 0o600 });
  return file;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function refusal(settings: JsonObject): Promise<{ code: string; message: string; fields: object }> {
  return capture(settings).then(
    () => ({ code: 'none', message: '', fields: {} }),
    (error) => error,
  );
}

describe('a capture of a Redis server', () => {
  it('needs the password, which stands in a file and in no message', async () => {
    const server = testServer();
    server.run('SET a 1');
    server.query('CONFIG', 'SET', 'requirepass', SECRET);
    expect(await refusal({ url: server.url() })).toMatchObject({ code: 'PERMISSION_DENIED' });
    const wrong = await refusal({ url: server.url(), passwordFile: passwordFile('a wrong one') });
    expect(wrong).toMatchObject({ code: 'PERMISSION_DENIED', fields: { word: 'WRONGPASS' } });
    expect(JSON.stringify({ ...wrong, message: wrong.message })).not.toContain('a wrong one');
    const { documents } = await capture({ url: server.url(), passwordFile: passwordFile(SECRET) });
    expect([...documents.keys()]).toContain('state/databases/0/table.json');
    for (const content of documents.values())
      expect(Buffer.from(content).toString('latin1')).not.toContain(SECRET);
  });

  it('is refused where the address is wrong, or has a password in it', async () => {
    for (const url of [
      'redis://user:hidden@localhost',
      'redis://:hidden@localhost/0',
      'rediss://user:hid/den@localhost',
      'unix://u:hidden@/run/redis.sock',
      'unix:///run/redis.sock?password=hidden',
    ]) {
      const error = await refusal({ url });
      expect(error).toMatchObject({ code: 'CONFIG_INVALID' });
      expect(error.message).toContain('has a password in it');
      expect(JSON.stringify({ ...error, message: error.message })).not.toContain('hid');
    }
    for (const url of ['http://localhost', 'redis://host:0/1', 'redis://host/first', 'unix://run/redis.sock'])
      expect(await refusal({ url }), url).toMatchObject({ code: 'CONFIG_INVALID' });
    expect(await refusal({ url: 'redis://x', keys: [] })).toMatchObject({ code: 'CONFIG_INVALID' });
    expect(await refusal({ url: 'redis://x', databases: ['a'] })).toMatchObject({ code: 'CONFIG_INVALID' });
  });

  it('says that no server answers, and that something else does', async () => {
    const port = await freePort();
    const down = await refusal({ url: `redis://127.0.0.1:${port}` });
    expect(down).toMatchObject({ code: 'STATE_UNREADABLE', fields: { reason: 'ECONNREFUSED' } });
    const socket = join(createTemporaryDirectory(), 'none');
    expect(await refusal({ url: `unix://${socket}` })).toMatchObject({ fields: { reason: 'ENOENT' } });
    const other = createServer((connection) => connection.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    onTestFinished(() => void other.close());
    other.listen(port, '127.0.0.1');
    expect((await refusal({ url: `redis://127.0.0.1:${port}` })).message).toContain('is no Redis server');
    const health = await redisAdapter.health?.({ component: 'it', settings: { url: `unix://${socket}` } });
    expect(health).toMatchObject({ level: 'critical', problems: [{ code: 'STATE_UNREADABLE' }] });
  });

  it('needs the permission to fetch a snapshot, and a redis-server to read it', async () => {
    const server = testServer();
    server.query('ACL', 'SETUSER', 'reader', 'on', 'nopass', '~*', '+@all', '-psync');
    const error = await refusal({ url: server.url(0, 'reader') });
    expect(error).toMatchObject({ code: 'PERMISSION_DENIED' });
    expect(error.message).toContain('ACL SETUSER NAME +psync');
    // With as little as a capture needs.
    server.query('ACL', 'SETUSER', 'reader', 'reset', 'on', 'nopass', '+psync', '+info', '+time');
    expect((await capture({ url: server.url(0, 'reader') })).problems).toEqual([]);
    const programs = createTemporaryDirectory();
    expect(await refusal({ url: server.url(), programs })).toMatchObject({ code: 'PROGRAM_MISSING' });
  });

  it('is refused by a node of a cluster', async () => {
    const port = await freePort();
    const server = testServer(
      '--cluster-enabled',
      'yes',
      '--port',
      String(port),
      '--cluster-port',
      String(await freePort()),
    );
    expect(await refusal({ url: server.url() })).toMatchObject({ code: 'UNSUPPORTED' });
  });

  it('goes by TLS where the certificate is one that this host trusts', async () => {
    const directory = createTemporaryDirectory();
    const [key, certificate] = [join(directory, 'key.pem'), join(directory, 'certificate.pem')];
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
    runTool('openssl', [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-nodes',
      '-keyout',
      key,
      '-out',
      certificate,
      '-days',
      '2',
      ...subject,
    ]);
    const port = await freePort();
    const files = ['--tls-cert-file', certificate, '--tls-key-file', key, '--tls-auth-clients', 'no'];
    testServer('--tls-port', String(port), ...files);
    const url = `rediss://localhost:${port}`;
    expect(await refusal({ url })).toMatchObject({ code: 'STATE_UNREADABLE' });
    const script = `
      import { redisAdapter } from '#adapters/redis/redis-adapter.js';
      const { level } = await redisAdapter.health({ component: 'it', settings: { url: '${url}' } });
      process.stdout.write(level);`;
    mkdirSync(join(directory, 'run'));
    const { stdout, stderr } = await runCommand(process.execPath, ['--input-type=module', '-e', script], {
      ...{ cwd: PROJECT, env: { NODE_EXTRA_CA_CERTS: certificate } },
    });
    expect([stdout, stderr]).toEqual(['healthy', '']);
  });
});

describe('a rollback of a Redis server', () => {
  it('is refused where memory is too small for both states, and leaves nothing behind', async () => {
    const server = testServer();
    server.run(`SET big ${'x'.repeat(60_000)}\nSETRANGE long 3000000 x`);
    const point = await capture({ url: server.url() });
    server.run('DEL big');
    server.query('CONFIG', 'SET', 'maxmemory', '6mb');
    const error = await stage({ url: server.url() }, point).catch((each) => each);
    expect(error).toMatchObject({ code: 'STATE_REFUSED' });
    expect(error.message).toContain('CONFIG SET maxmemory');
    expect(server.query('INFO', 'keyspace').trim().split('\n')).toHaveLength(2);
  });

  it('is refused where the server runs out of memory on the way, and nothing is exchanged', async () => {
    const server = testServer();
    server.run('SETRANGE long 3000000 x');
    const settings = { url: server.url() };
    const point = await capture(settings);
    server.run('SET other value');
    const digest = server.query('DEBUG', 'DIGEST');
    const documents = new Map(point.documents);
    documents.delete('observed/databases/0.json');
    server.query('CONFIG', 'SET', 'maxmemory', '5mb');
    const error = await stage(settings, stateOf(documents)).catch((each) => each);
    expect(error).toMatchObject({ code: 'STATE_REFUSED', fields: { word: 'OOM' } });
    await discard(settings);
    expect(server.query('DEBUG', 'DIGEST')).toBe(digest);
  });

  it('is refused by a replica, which names its master', async () => {
    const port = await freePort();
    const master = testServer('--port', String(port));
    const server = testServer('--replicaof', `127.0.0.1 ${port}`);
    master.query('SET', 'a', '1');
    await waitFor(() => isThere(server, '1'), 'the replica');
    const settings = { url: server.url() };
    const point = await capture(settings);
    master.query('SET', 'a', '2');
    await waitFor(() => isThere(server, '2'), 'the replica');
    const error = await stage(settings, point).catch((each) => each);
    expect(error).toMatchObject({ code: 'STATE_REFUSED', fields: { master: `127.0.0.1:${port}` } });
  });

  it('is refused where the user may not do all of it, and leaves nothing behind', async () => {
    const server = testServer();
    server.run('SET a 1');
    const point = await capture({ url: server.url() });
    server.run('SET a 2');
    const digest = server.query('DEBUG', 'DIGEST');
    for (const denied of ['swapdb', 'flushdb', 'restore', 'unlink']) {
      server.query('ACL', 'SETUSER', 'writer', 'reset', 'on', 'nopass', '~*', '+@all', `-${denied}`);
      const error = await stage({ url: server.url(0, 'writer') }, point).catch((each) => each);
      expect(error, denied).toMatchObject({ code: 'PERMISSION_DENIED' });
    }
    expect(server.query('DEBUG', 'DIGEST')).toBe(digest);
    expect(await refusal({ url: server.url(), databases: [16] })).toMatchObject({ code: 'STATE_REFUSED' });
  });

  it('waits for the end of another one', async () => {
    const server = testServer();
    const settings = { url: server.url() };
    server.run('SET a 1');
    const point = await capture(settings);
    server.run('SET a 2');
    const first = await stage(settings, point, { name: 'first-1' });
    await expect(stage(settings, point, { name: 'second-1' })).rejects.toMatchObject({ code: 'LOCKED' });
    expect(await first.apply()).toEqual([]);
    server.run('SET a 2');
    await expect(stage(settings, point, { name: 'second-1' })).rejects.toMatchObject({ code: 'LOCKED' });
    await first.discard();
    const second = await stage(settings, point, { name: 'second-1' });
    expect(await second.apply()).toEqual([]);
    await second.discard();
    expect(server.query('GET', 'a')).toBe('1');
  });

  it('says where somebody else has exchanged what it put there', async () => {
    const server = testServer();
    const settings = { url: server.url() };
    server.run('SET a 1');
    const point = await capture(settings);
    server.run('SET a 2');
    const attempt = await stage(settings, point);
    expect(await attempt.apply()).toEqual([]);
    server.query('SWAPDB', '0', '15');
    expect(await attempt.verify()).toMatchObject([{ code: 'TARGET_CONFLICT', object: 'database 0' }]);
  });
});

function isThere({ socket }: RedisServer, value: string): boolean {
  // While it reads its data it answers with an error.
  return runToEnd('redis-cli', ['--raw', '-s', socket, 'GET', 'a']).stdout.toString().trim() === value;
}

async function discard(settings: JsonObject): Promise<void> {
  const staging = createTemporaryDirectory();
  await redisAdapter.discard?.({ component: 'it', settings, attempt: 'a1-1', staging: () => staging });
}
