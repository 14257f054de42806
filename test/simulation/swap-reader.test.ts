// While a component goes back and forth as a whole, a process that reads through its root, opened afresh each time, sees all
// of one state or all of the other, and never a mixture or no root.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { rollback } from '#src/rollback/rollback.js';
import { redo, undo } from '#src/rollback/undo.js';
import { createSwappedTree } from '../fixtures/swapped-tree.js';

const SCRIPT = fileURLToPath(new URL('./read-together.mjs', import.meta.url));
const FILES = 200;
const ROUNDS = 8;
const READERS = 2;

const nameOf = (number: number) => `file-${String(number).padStart(3, '0')}`;

async function startReader(root: string): Promise<ChildProcess> {
  // What is done first, and what is done last.
  const child = fork(SCRIPT, [root, nameOf(0), nameOf(FILES - 1)]);
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child, 'message');
  return child;
}

async function stop(reader: ChildProcess): Promise<Record<string, number>> {
  const answer = once(reader, 'message');
  reader.send('stop');
  return (await answer)[0];
}

it('who reads meanwhile never sees a mixture', async () => {
  const tree = await createSwappedTree();
  const write = (content: string) => {
    for (let number = 0; number < FILES; number++) tree.write(nameOf(number), content);
  };
  write('old');
  await tree.save('point');
  write('new');
  const readers = await Promise.all(Array.from({ length: READERS }, () => startReader(tree.root)));
  expect((await rollback(tree.session, 'point')).outcome).toBe('done');
  for (let round = 0; round < ROUNDS; round++) {
    expect((await undo(tree.session)).outcome).toBe('done');
    expect((await redo(tree.session)).outcome).toBe('done');
  }
  for (const reader of readers) {
    const { gone: _, ...seen } = await stop(reader);
    expect(Object.keys(seen).sort()).toEqual(['new and new', 'old and old']);
  }
});
