// Mounting and unmounting over and over leaves nothing behind: no mount, process, thread, or open file. SAVEPOINT_TEST_ALL
// has it done a thousand times.
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { mount } from '#src/mount/mount.js';
import { hasMount, isRunning, mountInBackground } from '../../fixtures/mounted-point.js';
import { runSavepoint } from '../../fixtures/run-command.js';
import { runTool } from '../../fixtures/run-tool.js';
import { createSavedTree } from '../../fixtures/saved-tree.js';
import { waitFor } from '../../fixtures/wait-for.js';

const CYCLES = process.env['SAVEPOINT_TEST_ALL'] === undefined ? 6 : 1000;
const ONE_CYCLE_MS = 20_000;

const count = (what: 'fd' | 'task') => readdirSync(`/proc/self/${what}`).length;

test(
  'leaves nothing of it in a process that goes on',
  async () => {
    const tree = await createSavedTree();
    tree.write('a', 'content\n');
    await tree.save('one');
    const directory = join(tree.directory, 'mounted');
    mkdirSync(directory);
    const once = async (cycle: number) => {
      const mounted = await mount(tree.session, directory, cycle % 3 === 0 ? {} : { point: 'one' });
      const path = cycle % 3 === 0 ? 'latest/tree/a' : 'tree/a';
      expect(readFileSync(join(directory, path), 'utf8')).toBe('content\n');
      if (cycle % 2 === 0) runTool('umount', [directory]);
      else await mounted.unmount();
      await mounted.ended;
      expect(hasMount(directory)).toBe(false);
    };
    for (const cycle of [0, 1]) await once(cycle);
    const before = { fd: count('fd'), task: count('task') };
    for (let cycle = 0; cycle < CYCLES; cycle++) await once(cycle);
    // What a thread has had open may be closed a little after its end.
    const isAsBefore = () => count('fd') <= before.fd && count('task') <= before.task;
    await waitFor(isAsBefore, `no more than ${before.fd} open files and ${before.task} threads`);
  },
  CYCLES * ONE_CYCLE_MS,
);

test(
  'leaves no process that served it',
  async () => {
    const tree = await createSavedTree();
    tree.write('a', 'content\n');
    await tree.save('one');
    const store = tree.session.location;
    const directory = join(tree.directory, 'mounted');
    const processes: number[] = [];
    for (let cycle = 0; cycle < Math.ceil(CYCLES / 2); cycle++) {
      const { processId } = await mountInBackground(store, directory, 'one');
      processes.push(processId);
      expect(readFileSync(join(directory, 'tree/a'), 'utf8')).toBe('content\n');
      if (cycle % 3 === 0) process.kill(processId, 'SIGTERM');
      else if (cycle % 3 === 1) runTool('umount', [directory]);
      else expect((await runSavepoint(['umount', directory])).exitCode).toBe(0);
      await waitFor(() => !hasMount(directory), 'the unmounting');
    }
    await waitFor(() => !processes.some(isRunning), 'the end of the processes');
  },
  CYCLES * ONE_CYCLE_MS,
);
