// Servers that answer what no git server should: an error says so, and nothing of it is kept.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { fetchPoints } from '#src/git/fetch-points.js';
import { pushPoints } from '#src/git/push-points.js';
import { createSavedTree } from '../../fixtures/saved-tree.js';

type Handle = (request: IncomingMessage, response: ServerResponse) => void;

async function startServer(handle: Handle): Promise<string> {
  const server = createServer(handle);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/app.git`;
}

function packet(text: string): string {
  return (Buffer.byteLength(text) + 4).toString(16).padStart(4, '0') + text;
}

/** Answers what there is with `refs`, a line each. */
function advertise(...refs: string[]): Handle {
  return (request, response) => {
    const service = /service=([\w-]+)/.exec(request.url ?? '')?.[1];
    response.setHeader('content-type', `application/x-${service}-advertisement`);
    const [first, ...others] = refs;
    const lines = [`${first}\0side-band-64k\n`, ...others.map((line) => `${line}\n`)].map(packet);
    response.end(`${packet(`# service=${service}\n`)}0000${lines.join('')}0000`);
  };
}

test.each([
  'https://elsewhere.example.org/app.git/info/refs?service=git-upload-pack',
  'ftp://127.0.0.1/app.git',
  'http://[',
  '/app.git/info/refs?service=git-upload-pack',
])('a server that leads to %s is not followed, and nobody else hears the password', async (location) => {
  const asked: (string | undefined)[] = [];
  const url = await startServer((request, response) => {
    asked.push(request.url);
    response.writeHead(302, { location }).write('moved');
  });
  const { session } = await createSavedTree();
  const fetching = fetchPoints(session, url, { username: 'ops', password: 'secret' });
  await expect(fetching).rejects.toMatchObject({
    ...{ code: 'REMOTE_NOT_FOUND', message: expect.stringContaining(location.split('/info/')[0]) },
  });
  expect(asked).toEqual(['/app.git/info/refs?service=git-upload-pack']);
});

test.each([
  ['zz', 'refs/tags/v1'],
  ['A'.repeat(40), 'refs/tags/v1'],
  ['a'.repeat(64), 'refs/tags/v1'],
  ['a'.repeat(40), 'refs/tags/v1\u0001x'],
])('what can be no ref is refused: %s %j', async (id, name) => {
  const url = await startServer(advertise(`${'b'.repeat(40)} refs/tags/v0`, `${id} ${name}`));
  const tree = await createSavedTree();
  tree.write('a', 'a');
  await tree.save('one');
  const expected = { code: 'REMOTE_FAILED', message: expect.stringContaining('which none can be') };
  await expect(fetchPoints(tree.session, url)).rejects.toMatchObject(expected);
  await expect(pushPoints(tree.session, url)).rejects.toMatchObject(expected);
});

test('a list of refs that breaks off is not taken for all of it', async () => {
  const whole: string[] = [];
  advertise(`${'b'.repeat(40)} refs/tags/v0`, `${'c'.repeat(40)} refs/tags/v1`)(
    { url: '/info/refs?service=git-upload-pack' } as IncomingMessage,
    { setHeader: () => undefined, end: (text: string) => whole.push(text) } as unknown as ServerResponse,
  );
  const { session } = await createSavedTree();
  const [text = ''] = whole;
  // Behind the header, behind a ref, and without the end.
  for (const length of [text.indexOf('0000') + 4, text.lastIndexOf('c'.repeat(40)) - 4, text.length - 4]) {
    const url = await startServer((_, response) => {
      response.setHeader('content-type', 'application/x-git-upload-pack-advertisement');
      response.end(text.slice(0, length));
    });
    await expect(fetchPoints(session, url)).rejects.toMatchObject({ code: 'REMOTE_FAILED' });
  }
});

test('a percent sign in a password that stands in the address is one where it begins no code', async () => {
  const headers: (string | undefined)[] = [];
  const url = await startServer((request, response) => {
    headers.push(request.headers.authorization);
    response.writeHead(404).end();
  });
  const { session } = await createSavedTree();
  for (const password of ['100%', 'a%20b']) {
    const fetching = fetchPoints(session, url.replace('//', `//ops:${password}@`));
    await expect(fetching).rejects.toMatchObject({ code: 'REMOTE_NOT_FOUND' });
  }
  const sent = headers.map((each) => Buffer.from(String(each).slice('Basic '.length), 'base64').toString());
  expect(sent).toEqual(['ops:100%', 'ops:a b']);
});
