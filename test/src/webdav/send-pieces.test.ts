// Bodies of answers on their way to clients that take them, take nothing, or go away.
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { begun, gathered, sendPieces } from '#src/webdav/send-pieces.js';
import { waitFor } from '../../fixtures/wait-for.js';

const PIECE = Buffer.alloc(512 << 10, 'x');

interface Sending {
  made: number;
  hasEnded: boolean;
  error: unknown;
}

/** A client that has asked, and reads nothing yet; and how far the answer has come. */
async function ask(mostPieces: number, failsAtEnd = false): Promise<{ client: Socket; sending: Sending }> {
  const sending: Sending = { made: 0, hasEnded: false, error: undefined };
  function* pieces(): Generator<Uint8Array> {
    try {
      for (; sending.made < mostPieces; sending.made++) yield PIECE;
      if (failsAtEnd) throw new Error('it is damaged');
    } finally {
      sending.hasEnded = true;
    }
  }
  const server = createServer((_, response) => {
    sendPieces(response, pieces()).catch((error) => {
      sending.error = error;
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  onTestFinished(() => void client.destroy());
  client.pause();
  client.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await waitFor(() => sending.made > 0, 'the first piece');
  return { client, sending };
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}

test('no more is made than is taken, and the rest when it is', async () => {
  const { client, sending } = await ask(400);
  await turns(1000);
  // What the kernel keeps on its way is a few MiB.
  expect(sending.made).toBeLessThan(100);
  let taken = 0;
  client.on('data', (bytes: Buffer) => {
    taken += bytes.length;
  });
  client.resume();
  await waitFor(() => sending.hasEnded, 'the end');
  await waitFor(() => taken > 400 * PIECE.length, 'all of it');
});

test('nothing more is made for a client that has gone', async () => {
  const { client, sending } = await ask(Number.POSITIVE_INFINITY);
  client.destroy();
  await waitFor(() => sending.hasEnded, 'the end');
  expect(sending.error).toBeUndefined();
});

test('what fails on the way ends the connection, so that nobody takes the part for the whole', async () => {
  const { client, sending } = await ask(2, true);
  const received: Buffer[] = [];
  client.on('data', (bytes: Buffer) => received.push(bytes));
  client.on('error', () => {});
  client.resume();
  await new Promise((resolve) => client.on('close', resolve));
  expect(sending.error).toMatchObject({ message: 'it is damaged' });
  expect(Buffer.concat(received).toString('latin1')).not.toMatch(/\r\n0\r\n\r\n$/);
});

test('texts are gathered to pieces, and the first one is made at once', () => {
  expect([...gathered(['a', 'bc', 'd', 'ef', 'g'], 3)]).toEqual(['abc', 'def', 'g']);
  let made = 0;
  function* pieces(): Generator<number> {
    for (;;) yield ++made;
  }
  const rest = begun(pieces());
  expect(made).toBe(1);
  for (const piece of rest) if (piece === 3) break;
  expect(made).toBe(3);
  expect(() => begun(failing())).toThrow('at once');
});

function* failing(): Generator<never> {
  yield* [];
  throw new Error('at once');
}
