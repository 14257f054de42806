// A thread that is started when there is something for it to do.
import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { LateThread } from '#adapters/node/late-thread.js';

const DOUBLER = `
  import { workerData } from 'node:worker_threads';
  workerData.port.on('message', (number) => workerData.port.postMessage(number * workerData.factor));
`;

function createThread(): LateThread {
  const thread = new LateThread(new URL(`data:text/javascript,${encodeURIComponent(DOUBLER)}`));
  onTestFinished(() => thread.stop());
  return thread;
}

test('is told what was said before it was started, and is started once', async () => {
  const thread = createThread();
  onTestFinished(() => thread.port.close());
  thread.port.postMessage(4);
  thread.start({ factor: 2 });
  thread.start({ factor: 3 });
  expect(await once(thread.port, 'message')).toEqual([8]);
  thread.port.postMessage(5);
  expect(await once(thread.port, 'message')).toEqual([10]);
});

test('is not started for one that has ended meanwhile', async () => {
  const thread = createThread();
  const closed = once(thread.port, 'close');
  thread.port.close();
  await closed;
  expect(() => thread.start({ factor: 2 })).not.toThrow();
  await thread.stop();
});
