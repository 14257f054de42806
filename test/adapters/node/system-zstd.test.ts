// The codec on the system's libzstd keeps the contract, in several threads at once, and says why where it can't load.
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { openSystemCodec } from '#adapters/node/system-zstd.js';
import { describeCodec } from '../../conformance/codec-conformance.js';
import { seededBytes } from '../../conformance/codec-samples.js';

describeCodec("the system's codec", () => openSystemCodec());

test('the result of compress is a view that the next call overwrites', () => {
  const codec = openSystemCodec();
  const first = codec.compress(seededBytes(1000), 3);
  expect(codec.compress(seededBytes(1000, 2), 3).buffer).toBe(first.buffer);
});

test('without koffi it is unsupported, with the reason', () => {
  const load = () => {
    throw new Error('no such addon\nRequire stack: …');
  };
  expect(() => openSystemCodec(load)).toThrow(
    expect.objectContaining({
      code: 'CODEC_UNSUPPORTED',
      fields: { library: 'libzstd.so.1', reason: 'no such addon' },
    }),
  );
});

const WORKER = `
  const { parentPort, workerData } = require('node:worker_threads');
  const { createHash } = require('node:crypto');
  (async () => {
    const { openSystemCodec } = await import(workerData.module);
    const codec = openSystemCodec();
    for (let round = 1; round <= 60; round++) {
      const raw = Buffer.alloc((round * 70_001) % 1_000_000, 'line of thread ' + workerData.thread + ' in ' + round);
      const frame = codec.compress(raw, 1 + (round % 5));
      if (!raw.equals(codec.decompress(frame, raw.length))) throw new Error('another content came back');
    }
    parentPort.postMessage('all came back');
  })();
`;

test('threads that come, work at once and go do not disturb each other', async () => {
  const module = new URL('../../../dist/adapters/node/system-zstd.js', import.meta.url).href;
  const codec = openSystemCodec();
  for (let generation = 0; generation < 3; generation++) {
    const answers = await Promise.all([1, 2, 3, 4].map((thread) => runWorker({ module, thread })));
    expect(answers).toEqual(new Array(4).fill('all came back; exit 0'));
    const raw = seededBytes(100_000);
    expect(Buffer.compare(codec.decompress(codec.compress(raw, 3), raw.length), raw)).toBe(0);
  }
});

function runWorker(workerData: { module: string; thread: number }): Promise<string> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(WORKER, { eval: true, workerData });
    let answer = 'nothing';
    worker.on('message', (message: string) => {
      answer = message;
    });
    worker.on('error', reject);
    worker.on('exit', (exitCode) => resolve(`${answer}; exit ${exitCode}`));
  });
}
