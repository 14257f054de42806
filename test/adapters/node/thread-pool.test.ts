// Pools of threads that are ended while there is something to do.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ThreadPool } from '#adapters/node/thread-pool.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';
import { waitFor } from '../../fixtures/wait-for.js';

test('a thread ends what it is doing before it is ended, and who waits is told at once', async () => {
  const file = join(createTemporaryDirectory(), 'done');
  const script = new URL('./slow-thread.mjs', import.meta.url);
  const pool = new ThreadPool<object>({ script, size: 1, mostOutstanding: 9, startWith: () => undefined });
  const outcomes = Promise.allSettled(['a', 'b', 'c'].map((word) => pool.send({ file, word })));
  await waitFor(() => existsSync(file), 'the first piece of work');
  await pool.terminate();
  for (const outcome of await outcomes)
    expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'ABORTED' } });
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  const words = (what: string) =>
    lines.filter((line) => line.startsWith(what)).map((line) => line.split(' ')[1]);
  expect(words('ends')).toEqual(words('begins'));
  await expect(pool.send({ file, word: 'd' })).rejects.toMatchObject({ code: 'ABORTED' });
});
