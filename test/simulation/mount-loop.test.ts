// Volumes that are mounted and unmounted over and over leave no descriptor open and no memory in use.
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { runCommand } from '../fixtures/run-command.js';
import { createSavedTree } from '../fixtures/saved-tree.js';

const SCRIPT = fileURLToPath(new URL('./mount-loop.mjs', import.meta.url));
/** SAVEPOINT_TEST_ALL takes 1,000. */
const ROUNDS = process.env['SAVEPOINT_TEST_ALL'] === undefined ? 200 : 1000;
/** Of what else a process keeps; a volume with all that was written to it is a twentieth of it. */
const MOST_GROWTH_BYTES = 4 << 20;

test(`${ROUNDS} volumes leave nothing behind`, async () => {
  const tree = await createSavedTree();
  tree.write('large', Buffer.alloc(2 << 20, 'large '));
  for (let i = 0; i < 40; i++) tree.write(`d/${i}/file`, `${i}`);
  tree.write('d/file', 'text');
  await tree.save('one');
  const { stdout, stderr, exitCode } = await runCommand(
    process.execPath,
    ['--expose-gc', SCRIPT, tree.session.location, String(ROUNDS)],
    { timeoutMs: 110_000 },
  );
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  const [early, late] = JSON.parse(stdout);
  expect(late.descriptors).toBe(early.descriptors);
  expect(late.bytes - early.bytes, stdout).toBeLessThan(MOST_GROWTH_BYTES);
  // The last ones may still be on the stack of a generator that has ended.
  expect(late.volumes).toBeLessThanOrEqual(4);
});
