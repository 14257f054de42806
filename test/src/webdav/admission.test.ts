// Who is answered, and where may be listened.
import { once } from 'node:events';
import { chmodSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { serveWebdav } from '#src/webdav/serve-webdav.js';
import { runCommand } from '../../fixtures/run-command.js';
import { createSavedTree, type SavedTree } from '../../fixtures/saved-tree.js';
import { type ServedTree, serve } from './served-tree.js';

const FILE = '/latest/tree/file';

async function savedTree(): Promise<SavedTree> {
  const tree = await createSavedTree();
  tree.write('file', 'content');
  await tree.save('one');
  return tree;
}

const basic = (text: string) => ({ Authorization: `Basic ${Buffer.from(text).toString('base64')}` });

/** The status that curl gets, as this user or as another one. */
async function curl(url: string, user?: string): Promise<string> {
  const command = [
    'curl',
    '--silent',
    '--globoff',
    '--output',
    '/dev/null',
    '--write-out',
    '%{http_code}',
    url,
  ];
  const [program, ...args] =
    user === undefined
      ? command
      : ['setpriv', `--reuid=${user}`, `--regid=${user}`, '--clear-groups', ...command];
  return (await runCommand(program, args)).stdout;
}

test.each(['127.0.0.1', '::1'])('on %s, only programs of this user are answered', async (host) => {
  const served = await serve(await savedTree(), { host });
  const url = `${served.url}latest/tree/file`;
  expect(await curl(url)).toBe('200');
  expect(await curl(url, '65534')).toBe('403');
  expect(await curl(url, '1')).toBe('403');
  expect((await served.ask('GET', FILE)).text).toBe('content');
});

test('an address of IPv4 within one of IPv6 is no way around that', async () => {
  const served = await serve(await savedTree());
  const url = `http://[::ffff:127.0.0.1]:${served.port}${FILE}`;
  expect(await curl(url)).toBe('200');
  expect(await curl(url, '65534')).toBe('403');
});

/** The status that another user gets who connects from `localPort`. */
async function askFrom(localPort: number, port: number): Promise<string> {
  const program = `
    const place = { host: '127.0.0.1', port: ${port}, localAddress: '127.0.0.1', localPort: ${localPort} };
    const socket = require('net').connect(place, () => socket.write('GET ${FILE} HTTP/1.0\\r\\nHost: localhost\\r\\n\\r\\n'));
    socket.on('data', (bytes) => process.stdout.write(bytes));`;
  const user = ['--reuid=65534', '--regid=65534', '--clear-groups'];
  const { stdout, stderr } = await runCommand('setpriv', [...user, process.execPath, '-e', program]);
  return /^HTTP\/1.1 (\d+)/.exec(stdout)?.[1] ?? stderr;
}

test('a connection of this user to elsewhere, from the same address and port, lets nobody in', async () => {
  const served = await serve(await savedTree());
  const elsewhere = createServer().listen(served.port, '127.0.0.2');
  onTestFinished(() => void elsewhere.close());
  await once(elsewhere, 'listening');
  const statuses: string[] = [];
  // Which of the two connections the kernel lists first is chance.
  for (let attempt = 0; attempt < 8; attempt++) {
    const own = connect({ host: '127.0.0.2', port: served.port, localAddress: '127.0.0.1', localPort: 0 });
    await once(own, 'connect');
    statuses.push(await askFrom(own.localPort as number, served.port));
    own.destroy();
  }
  expect(statuses).toEqual(statuses.map(() => '403'));
});

test('with credentials whoever has them is answered, and nobody else', async () => {
  const tree = await savedTree();
  const file = join(tree.directory, 'credentials');
  writeFileSync(file, 'jo:pass:word\n\nann:päss\n', { mode: 0o600 });
  const served = await serve(tree, { credentialsFile: file, credentials: ['third:x'] });
  const status = async (headers: Record<string, string>) =>
    (await served.ask('GET', FILE, { headers })).status;
  for (const right of ['jo:pass:word', 'ann:päss', 'third:x']) expect(await status(basic(right))).toBe(200);
  for (const wrong of ['jo:', 'jo:pass', 'jo:pass:word\n', 'ann:pass:word', ':', '', 'third']) {
    expect(await status(basic(wrong)), wrong).toBe(401);
  }
  expect(await status({ Authorization: 'Bearer x' })).toBe(401);
  const refused = await served.ask('PROPFIND', '/');
  expect([refused.status, refused.headers['www-authenticate']]).toEqual([
    ...[401, 'Basic realm="savepoint", charset="UTF-8"'],
  ]);
  expect(await curl(`http://jo:pass%3Aword@127.0.0.1:${served.port}${FILE}`, '65534')).toBe('200');
});

test('a page that has made its name lead here is not answered', async () => {
  const served = await serve(await savedTree());
  const status = async (host: string, asked: ServedTree = served) =>
    (await asked.ask('GET', FILE, { headers: { Host: host } })).status;
  for (const host of ['localhost', 'LOCALHOST:80', '127.0.0.1:8080', '[::1]', '192.168.1.7']) {
    expect(await status(host), host).toBe(200);
  }
  for (const host of ['example.org', 'example.org:8080', 'localhost.example.org', '127.0.0.1.example.org']) {
    expect(await status(host), host).toBe(403);
  }
  const { stdout } = await runCommand('curl', ['--silent', '--http1.0', '--header', 'Host:', served.url]);
  expect(stdout).toContain('Nothing is served under the name');
});

test('others are let reach it only where that is asked for, with credentials', async () => {
  const tree = await savedTree();
  const start = (options: object) => serve(tree, { host: '0.0.0.0', ...options });
  await expect(start({})).rejects.toMatchObject({
    ...{ code: 'USAGE', message: expect.stringContaining('--allow-remote') },
  });
  await expect(start({ credentials: ['jo:x'] })).rejects.toMatchObject({ code: 'USAGE' });
  await expect(start({ allowRemote: true })).rejects.toMatchObject({
    ...{ code: 'USAGE', message: expect.stringContaining('credentials') },
  });
  const served = await start({ allowRemote: true, credentials: ['jo:x'] });
  const headers = { Host: 'backup.example.org', ...basic('jo:x') };
  expect((await served.ask('GET', FILE, { headers })).text).toBe('content');
});

test('credentials that are no use are refused, and so are those that others may read', async () => {
  const tree = await savedTree();
  const file = join(tree.directory, 'credentials');
  const start = () => serve(tree, { credentialsFile: file });
  await expect(start()).rejects.toMatchObject({ code: 'PATH_NOT_FOUND' });
  const directory = serve(tree, { credentialsFile: tree.directory });
  await expect(directory).rejects.toMatchObject({ code: 'PATH_NOT_FOUND' });
  writeFileSync(file, 'jo:x\n', { mode: 0o640 });
  await expect(start()).rejects.toMatchObject({
    ...{ code: 'PERMISSION_DENIED', message: expect.stringContaining('chmod 600') },
  });
  chmodSync(file, 0o600);
  for (const text of ['jo\n', ':x\n', 'jo:\n', '\n', '']) {
    writeFileSync(file, text);
    await expect(start()).rejects.toMatchObject({ code: 'USAGE' });
  }
});

test('a port that is taken, a host that is not there', async () => {
  const tree = await savedTree();
  const { port } = await serve(tree);
  await expect(serveWebdav(tree.session, { port })).rejects.toMatchObject({
    ...{ code: 'ADDRESS_UNAVAILABLE', message: expect.stringContaining('another port') },
  });
  for (const host of ['nothing.invalid', '', ' '])
    await expect(serve(tree, { host })).rejects.toMatchObject({ code: 'USAGE' });
  await expect(serve(tree, { point: 'none' })).rejects.toMatchObject({ code: 'POINT_NOT_FOUND' });
});
