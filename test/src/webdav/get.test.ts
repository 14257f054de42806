// GET and HEAD of what is served: whole files, parts of them, and what the client has already.
import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runTool } from '../../fixtures/run-tool.js';
import { createSavedTree, type SavedTree } from '../../fixtures/saved-tree.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';
import { type ServedTree, serve } from './served-tree.js';

async function serveFile(
  content: string | Buffer,
  name = 'file',
): Promise<{ tree: SavedTree; served: ServedTree }> {
  const tree = await createSavedTree();
  tree.write(name, content);
  await tree.save('one');
  return { tree, served: await serve(tree) };
}

const FILE = '/latest/tree/file';

test('a file has the bytes, length, time and id that it was saved with, and HEAD says the same', async () => {
  const content = randomBytes(3 << 20);
  const { served } = await serveFile(content);
  const whole = await served.ask('GET', FILE);
  expect(whole.status).toBe(200);
  expect(Buffer.compare(whole.body, content)).toBe(0);
  expect(whole.headers).toMatchObject({
    'content-length': String(content.length),
    etag: expect.stringMatching(/^"[0-9a-f]{64}"$/),
    'last-modified': expect.stringMatching(/ GMT$/),
    'accept-ranges': 'bytes',
  });
  const head = await served.ask('HEAD', FILE);
  const { date: _, ...headers } = whole.headers;
  expect([head.status, head.text]).toEqual([200, '']);
  expect(head.headers).toMatchObject(headers);
  expect((await served.ask('GET', `${FILE}/`)).status).toBe(404);
  expect((await served.ask('GET', '/latest/tree/other')).status).toBe(404);
});

test('an empty file is answered, and none of its bytes is in any range', async () => {
  const { served } = await serveFile('');
  expect(await served.ask('GET', FILE)).toMatchObject({ status: 200, text: '' });
  expect(await served.ask('GET', FILE, { headers: { Range: 'bytes=0-' } })).toMatchObject({ status: 416 });
});

test.each([
  ['bytes=0-3', 206, '0123', 'bytes 0-3/10'],
  ['bytes=7-', 206, '789', 'bytes 7-9/10'],
  ['bytes=-3', 206, '789', 'bytes 7-9/10'],
  ['bytes=-99', 206, '0123456789', 'bytes 0-9/10'],
  ['bytes=4-99', 206, '456789', 'bytes 4-9/10'],
  ['bytes=10-', 416, undefined, 'bytes */10'],
  ['bytes=-0', 416, undefined, 'bytes */10'],
  ['bytes=5-4', 200, '0123456789', undefined],
  ['bytes=0-1,4-5', 200, '0123456789', undefined],
  ['bytes=-', 200, '0123456789', undefined],
  ['lines=1-2', 200, '0123456789', undefined],
])('the range %s is answered with %i', async (range, status, text, contentRange) => {
  const { served } = await serveFile('0123456789');
  const answer = await served.ask('GET', FILE, { headers: { Range: range } });
  expect([answer.status, answer.headers['content-range']]).toEqual([status, contentRange]);
  if (text !== undefined) expect(answer.text).toBe(text);
});

test('ranges of a large file are the bytes that stand there', async () => {
  const content = randomBytes(9 << 20);
  const { served } = await serveFile(content);
  for (const [from, to] of [
    ...[
      [0, 0],
      [1 << 20, (3 << 20) + 17],
      [content.length - 1, content.length - 1],
    ],
    ...[[12_345, content.length - 54_321]],
  ]) {
    const { body } = await served.ask('GET', FILE, { headers: { Range: `bytes=${from}-${to}` } });
    expect(Buffer.compare(body, content.subarray(from, to + 1)), `${from}-${to}`).toBe(0);
  }
});

test('what the client has already is not sent again', async () => {
  const { tree, served } = await serveFile('first');
  const { headers } = await served.ask('GET', FILE);
  const etag = String(headers.etag);
  const modified = String(headers['last-modified']);
  const status = async (asked: Record<string, string>) =>
    (await served.ask('GET', FILE, { headers: asked })).status;
  expect(await status({ 'If-None-Match': etag })).toBe(304);
  expect(await status({ 'If-None-Match': `"other", W/${etag}` })).toBe(304);
  expect(await status({ 'If-None-Match': '*' })).toBe(304);
  expect(await status({ 'If-None-Match': '"other"' })).toBe(200);
  expect(await status({ 'If-Modified-Since': modified })).toBe(304);
  // Not older: `latest` may have been a newer file before.
  expect(await status({ 'If-Modified-Since': new Date(Date.parse(modified) + 5000).toUTCString() })).toBe(
    200,
  );
  expect(await status({ 'If-None-Match': '"other"', 'If-Modified-Since': modified })).toBe(200);
  expect(await status({ 'If-Match': etag })).toBe(200);
  expect(await status({ 'If-Match': '"other"' })).toBe(412);
  expect(await status({ 'If-Unmodified-Since': modified })).toBe(200);
  expect(await status({ 'If-Unmodified-Since': new Date(0).toUTCString() })).toBe(412);
  expect(await status({ Range: 'bytes=1-2', 'If-Range': etag })).toBe(206);
  expect(await status({ Range: 'bytes=1-2', 'If-Range': '"other"' })).toBe(200);
  tree.write('file', 'second');
  await tree.save('two');
  expect(await served.ask('GET', FILE, { headers: { 'If-None-Match': etag } })).toMatchObject({
    ...{ status: 200, text: 'second' },
  });
  expect((await served.ask('GET', '/by-name/one/tree/file')).headers.etag).toBe(etag);
});

test('a directory is a page whose links lead to what is in it', async () => {
  const { tree, served } = await serveFile('plain', 'd/file');
  tree.remove('d/file');
  tree.write(Buffer.concat([Buffer.from('d/a "<b>&\u202e#?%20:'), Buffer.of(0xff)]), 'odd name');
  await tree.save('two');
  expect(await served.ask('GET', '/latest/tree/d')).toMatchObject({
    ...{ status: 301, headers: { location: '/latest/tree/d/' } },
  });
  const page = await served.ask('GET', '/latest/tree/d/');
  expect(page.headers).toMatchObject({
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': expect.stringContaining("default-src 'none'"),
    'x-content-type-options': 'nosniff',
  });
  expect(page.text).not.toContain('<b>');
  const [href] = [...page.text.matchAll(/href="\.\/([^"]+)"/g)].map(([, link]) => link);
  const file = await served.ask('GET', `/latest/tree/d/${href}`);
  expect([file.text, file.headers['content-type']]).toEqual(['odd name', 'application/octet-stream']);
  const asText = await served.ask('GET', `/latest/tree/d/${href}?text`);
  expect(asText.headers['content-type']).toBe('text/plain; charset=utf-8');
});

test('paths that mean nothing are refused or not found', async () => {
  const { served } = await serveFile('content');
  const status = async (path: string) => (await served.ask('GET', path)).status;
  expect(await status('/latest/tree/%zz')).toBe(400);
  expect(await status('/latest/tree/%f')).toBe(400);
  expect(await status('/latest/tree/../tree/file')).toBe(404);
  expect(await status('/latest/tree%2Ffile')).toBe(404);
  expect(await status('/latest/tree/file%00')).toBe(404);
  expect(await status('//latest//tree/file')).toBe(200);
  expect(await status('http://127.0.0.1/latest/tree/file')).toBe(200);
  expect(await status('/%6Catest/tree/file')).toBe(200);
});

test('nothing can be changed, and OPTIONS says so', async () => {
  const { served } = await serveFile('content');
  for (const method of ['PUT', 'DELETE', 'POST', 'PATCH', 'PROPPATCH', 'COPY', 'MOVE', 'LOCK', 'UNLOCK']) {
    const answer = await served.ask(method, FILE, { body: 'new' });
    expect([answer.status, answer.headers.allow], method).toEqual([405, 'OPTIONS, GET, HEAD, PROPFIND']);
  }
  expect((await served.ask('MKCOL', '/latest/tree/new')).status).toBe(403);
  expect(await served.ask('OPTIONS', '*')).toMatchObject({ status: 200, headers: { dav: '1' } });
  expect((await served.ask('GET', FILE)).text).toBe('content');
});

test('a client that goes away in the middle is no problem', async () => {
  const { served } = await serveFile(randomBytes(24 << 20));
  let taken = 0;
  for (let client = 0; client < 5; client++) {
    const socket = connect(served.port, served.address);
    socket.write(`GET ${FILE} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    await new Promise((resolve) => socket.once('data', resolve));
    taken++;
    socket.destroy();
  }
  expect(taken).toBe(5);
  expect((await served.ask('GET', FILE)).body.length).toBe(24 << 20);
  expect(served.problems).toEqual([]);
});

test('others are served while a client takes nothing', async () => {
  const { served } = await serveFile(Buffer.alloc(64 << 20, randomBytes(1 << 20)));
  const socket = connect(served.port, served.address);
  socket.pause();
  socket.write(`GET ${FILE} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
  const answers = await Promise.all(
    Array.from({ length: 16 }, () => served.ask('GET', FILE, { headers: { Range: 'bytes=5-9' } })),
  );
  for (const { body } of answers) expect(body.length).toBe(5);
  socket.destroy();
});

test('a damaged file is an error, told of once, and all else is served', async () => {
  const tree = await createSavedTree();
  tree.write('file', 'first');
  await tree.save('one');
  const before = tree.stored('packs');
  tree.write('file', randomBytes(2 << 20));
  await tree.save('two');
  tree.lose('packs', before);
  const served = await serve(tree);
  const answer = await served.ask('GET', '/by-name/two/tree/file');
  expect([answer.status, answer.text]).toEqual([500, expect.stringMatching(/^PACK_MISSING: /)]);
  expect(served.problems).toMatchObject([{ path: '/by-name/two/tree/file', code: 'PACK_MISSING' }]);
  expect((await served.ask('GET', '/by-name/one/tree/file')).text).toBe('first');
});

test('times that no date can be are told as the nearest that can', async () => {
  const tree = await createSavedTree();
  // Not every file system has such times.
  const live = join(createTemporaryDirectory({ tmpfsSizeBytes: 1 << 20 }), 'live');
  mkdirSync(live);
  const first = 'Sat, 01 Jan 0000 00:00:00 GMT';
  const last = 'Fri, 31 Dec 9999 23:59:59 GMT';
  const times = { early: [-(2 ** 50), first], late: [2 ** 50, last], later: [2 ** 40, last] } as const;
  for (const [name, [seconds]] of Object.entries(times))
    runTool('touch', ['-d', `@${seconds}`, join(live, name)]);
  await tree.save('one', [live]);
  const served = await serve(tree);
  for (const [name, [, told]] of Object.entries(times)) {
    const { status, headers } = await served.ask('GET', `/latest/live/${name}`);
    expect([status, headers['last-modified']]).toEqual([200, told]);
  }
  const page = await served.ask('GET', '/latest/live/');
  expect(page.text).toContain('<td>0000-01-01 00:00:00</td>');
  expect(page.text.match(/<td>9999-12-31 23:59:59<\/td>/g)).toHaveLength(2);
  const listed = await served.ask('PROPFIND', '/latest/live/', { headers: { Depth: '1' } });
  expect(listed.text).toContain(`<D:getlastmodified>${first}</D:getlastmodified>`);
});
