// How processes are scheduled: processes of the test's own, set by the programs of util-linux.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { copyFileSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { kernelAdapter } from '#adapters/kernel/kernel-adapter.js';
import { applySteps, captureState, compareStates, stateOf } from '../../fixtures/drive-adapter.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';
import { waitFor } from '../../fixtures/wait-for.js';
import { putBack, stateOnly } from './put-back.js';

/** Starts one after the other under a name that no other process has. */
async function startSleepers(count: number) {
  const directory = createTemporaryDirectory();
  const program = join(directory, basename(directory).slice(-10));
  copyFileSync('/bin/sleep', program);
  const name = basename(program);
  const pids: number[] = [];
  const start = async () => {
    const child: ChildProcess = spawn(program, ['600'], { stdio: 'ignore' });
    onTestFinished(() => void child.kill('SIGKILL'));
    await waitFor(() => readFileSync(`/proc/${child.pid}/comm`, 'utf8').trim() === name, 'it runs');
    pids.push(child.pid!);
  };
  for (let index = 0; index < count; index++) await start();
  return { name, pids, start, settings: { processes: [name] } };
}

function run(program: string, ...args: readonly string[]): string {
  return execFileSync(program, args, { encoding: 'utf8' });
}

test('policy, priority, niceness and processors go back, of each by its age', async () => {
  const { name, pids, settings } = await startSleepers(3);
  const [oldest, second, third] = pids.map(String);
  run('renice', '-n', '-5', '-p', oldest);
  run('taskset', '-cp', '0', oldest);
  const before = await captureState(kernelAdapter, { settings });
  expect(JSON.parse(before.text(`state/processes/${name}`)!)).toEqual([
    { policy: 'other', priority: 0, niceness: -5, processors: '0', processes: 1 },
    { policy: 'other', priority: 0, niceness: 0, processors: expect.any(String) },
  ]);
  run('renice', '-n', '10', '-p', oldest);
  run('taskset', '-cp', '1', second);
  run('chrt', '--fifo', '-p', '7', third);
  const { plan, after } = await putBack(kernelAdapter, settings, before);
  expect(stateOnly(after)).toEqual(stateOnly(before));
  expect(plan.steps).toHaveLength(1);
  expect(plan.steps[0].text).toContain('fifo with priority 7');
  expect(run('chrt', '-p', third)).toContain('SCHED_OTHER');
});

test('a real-time policy goes back, and batch after it', async () => {
  const { pids, settings } = await startSleepers(1);
  const pid = String(pids[0]);
  run('chrt', '--batch', '-p', '0', pid);
  const batch = await captureState(kernelAdapter, { settings });
  run('chrt', '--rr', '-p', '12', pid);
  const roundRobin = await captureState(kernelAdapter, { settings });
  await putBack(kernelAdapter, settings, batch);
  await putBack(kernelAdapter, settings, roundRobin);
  expect(run('chrt', '-p', pid)).toMatch(/SCHED_RR\n.*priority: 12/);
});

test('however many of a kind there are, the state is the same; another count is told', async () => {
  const { name, start, settings } = await startSleepers(1);
  const one = await captureState(kernelAdapter, { settings });
  await start();
  const two = await captureState(kernelAdapter, { settings });
  expect(stateOnly(two)).toEqual(stateOnly(one));
  const { steps, unrestorable } = await compareStates(kernelAdapter, { from: two, to: one }, { settings });
  expect(steps).toEqual([]);
  expect(unrestorable).toEqual([
    { object: `processes ${name}`, text: expect.stringMatching(/^are 2 instead of 1;/) },
  ]);
});

test('threads that were set apart stay so', async () => {
  const script = `
    const { Worker } = require('node:worker_threads');
    new Worker('setInterval(() => {}, 1000)', { eval: true }).once('online', () => console.log('up'));`;
  const directory = createTemporaryDirectory();
  const program = join(directory, basename(directory).slice(-10));
  copyFileSync(process.execPath, program);
  const child = spawn(program, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  await new Promise((resolve) => child.stdout!.once('data', resolve));
  const settings = { processes: [basename(program)] };
  const pid = child.pid!;
  const threads = run('ls', `/proc/${pid}/task`)
    .trim()
    .split('\n')
    .map(Number)
    .filter((each) => each !== pid);
  const niceness = (thread: number) =>
    Number(
      run('ps', '-L', '-o', 'lwp=,ni=', '-p', String(pid))
        .split('\n')
        .map((line) => line.trim().split(/\s+/))
        .find(([id]) => id === String(thread))![1],
    );
  run('renice', '-n', '3', '-p', String(threads[0]));
  const before = await captureState(kernelAdapter, { settings });
  for (const thread of [pid, ...threads.slice(1)]) run('renice', '-n', '8', '-p', String(thread));
  await putBack(kernelAdapter, settings, before);
  expect([pid, ...threads].map(niceness)).toEqual([0, 3, ...threads.slice(1).map(() => 0)]);
});

test('processors that are not there are told in the words of the program', async () => {
  const { name, settings } = await startSleepers(1);
  const from = await captureState(kernelAdapter, { settings });
  const path = `state/processes/${name}`;
  const wanted = [{ policy: 'other', priority: 0, niceness: 0, processors: '1000' }];
  const to = stateOf(new Map([...from.documents, [path, Buffer.from(JSON.stringify(wanted))]]));
  const { steps } = await compareStates(kernelAdapter, { from, to }, { settings });
  const { problems } = await applySteps(kernelAdapter, steps, { settings, from, to });
  expect(problems).toEqual([
    {
      object: `processes ${name}`,
      code: 'STATE_REFUSED',
      message: expect.stringMatching(/taskset [\s\S]*Invalid argument\. [\s\S]*cpuset\.cpus/),
    },
  ]);
});

test('a policy whose terms only the process knows is told, not set', async () => {
  const { name, settings } = await startSleepers(1);
  const from = await captureState(kernelAdapter, { settings });
  const wanted = [{ policy: 'deadline', priority: 0, niceness: 0, processors: '0-1' }];
  const path = `state/processes/${name}`;
  const to = stateOf(new Map([...from.documents, [path, Buffer.from(JSON.stringify(wanted))]]));
  const { steps, unrestorable } = await compareStates(kernelAdapter, { from, to }, { settings });
  expect(steps).toEqual([]);
  expect(unrestorable[0].text).toContain("'deadline'");
});
