// Contents on their way to the thread that gives them to the kernel, laid out as fuse.h of Linux has it.
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';
import { expect, onTestFinished, test } from 'vitest';
import { ContentStorer } from '#adapters/fuse/content-storer.js';
import type { StoredContents } from '#adapters/fuse/storing-thread.js';

function openStorer() {
  const { port1, port2 } = new MessageChannel();
  onTestFinished(() => port1.close());
  let starts = 0;
  const storer = new ContentStorer(port1, () => {
    starts++;
  });
  const receive = () => receiveMessageOnPort(port2)?.message as StoredContents | undefined;
  return { storer, receive, giveBack: (bytes: Uint8Array) => port2.postMessage(bytes), starts: () => starts };
}

test('each content is one message to the kernel, and ends where the next one begins', () => {
  const { storer, receive, starts } = openStorer();
  storer.send([
    { node: 2 ** 33 + 5, content: Buffer.from('first') },
    { node: 6, content: Buffer.from('second') },
  ]);
  const { bytes, ends } = receive() as StoredContents;
  expect([ends, starts()]).toEqual([[45, 91], 1]);
  const view = new DataView(bytes.buffer);
  expect([view.getUint32(0, true), view.getInt32(4, true), view.getBigUint64(8, true)]).toEqual([45, 4, 0n]);
  expect([view.getBigUint64(16, true), view.getBigUint64(24, true), view.getUint32(32, true)]).toEqual([
    ...[2n ** 33n + 5n, 0n],
    5,
  ]);
  expect(Buffer.from(bytes.subarray(40, 45)).toString()).toBe('first');
  expect([view.getUint32(45, true), view.getBigUint64(61, true)]).toEqual([46, 6n]);
  expect(Buffer.from(bytes.subarray(85, 91)).toString()).toBe('second');
});

test('what does not fit is left out, and where the thread is behind nothing is sent', () => {
  const { storer, receive, giveBack } = openStorer();
  const large = { node: 2, content: new Uint8Array(600_000) };
  storer.send([large, large]);
  expect((receive() as StoredContents).ends).toHaveLength(1);
  storer.send([large]);
  const { bytes } = receive() as StoredContents;
  expect(storer.isReady).toBe(false);
  storer.send([large]);
  expect(receive()).toBeUndefined();
  giveBack(bytes);
  expect(storer.isReady).toBe(true);
  storer.send([]);
  expect(receive()).toBeUndefined();
  storer.send([large]);
  expect((receive() as StoredContents).ends).toHaveLength(1);
});
