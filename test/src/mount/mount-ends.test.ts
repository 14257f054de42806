// How a mount ends: by signals, by whoever unmounts it, by the death of its process; nothing of it is left behind.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readdirSync, readFileSync, readSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { hasMount, isRunning, mountDirectory, mountInBackground } from '../../fixtures/mounted-point.js';
import { runTool } from '../../fixtures/run-tool.js';
import { waitFor } from '../../fixtures/wait-for.js';
import { CLI, createWorkspace, type Workspace } from '../cli/command-workspace.js';

async function savedWorkspace(): Promise<Workspace> {
  const workspace = createWorkspace();
  await workspace.run(['save', 'app', '--name', 'first']);
  return workspace;
}

interface Foreground {
  readonly process: ChildProcess;
  readonly directory: string;
  /** What it has said on stderr. */
  stderr(): string;
  readonly exit: Promise<number | null>;
}

/** `savepoint mount` as it runs in a terminal, once it says that it is mounted. */
async function mountInForeground({ directory, store }: Workspace): Promise<Foreground> {
  const place = mountDirectory(directory);
  const words = [CLI, '--store', store, 'mount', 'first', place];
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const said = { stdout: '', stderr: '' };
  child.stdout.on('data', (text) => {
    said.stdout += text;
  });
  child.stderr.on('data', (text) => {
    said.stderr += text;
  });
  const exit = once(child, 'close').then(([code]) => code as number | null);
  await waitFor(() => said.stdout.includes('Mounted point first') || said.stderr !== '', 'the mount');
  return { process: child, directory: place, stderr: () => said.stderr, exit };
}

/** Closes a file that was taken away, of which the kernel may say so. */
function closeTaken(descriptor: number): void {
  try {
    closeSync(descriptor);
  } catch (error) {
    expect(error).toMatchObject({ code: 'ENOTCONN' });
  }
}

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s unmounts it and ends it well', async (signal) => {
  const { process: child, directory, stderr, exit } = await mountInForeground(await savedWorkspace());
  expect(readFileSync(join(directory, 'app/app.conf'), 'utf8')).toBe('port = 80\n');
  child.kill(signal);
  expect([await exit, stderr()]).toEqual([0, '']);
  expect(hasMount(directory)).toBe(false);
});

test('a signal takes it from those who use it, and names them', async () => {
  const { process: child, directory, stderr, exit } = await mountInForeground(await savedWorkspace());
  const held = openSync(join(directory, 'app/app.conf'), 'r');
  child.kill('SIGTERM');
  expect(await exit).toBe(0);
  expect(stderr()).toContain(`still in use by`);
  expect(stderr()).toContain(`(${process.pid})`);
  expect(hasMount(directory)).toBe(false);
  closeTaken(held);
});

test('umount ends the process that serves it, in the foreground and in the background', async () => {
  const workspace = await savedWorkspace();
  const foreground = await mountInForeground(workspace);
  runTool('umount', [foreground.directory]);
  expect([await foreground.exit, foreground.stderr()]).toEqual([0, '']);
  const background = await mountInBackground(workspace.store, foreground.directory, 'first');
  expect(readdirSync(join(background.directory, 'app'))).toEqual(['app.conf', 'bin']);
  runTool('umount', [background.directory]);
  await waitFor(() => !isRunning(background.processId), 'the end of the process');
});

test('savepoint umount refuses what is in use, names who uses it, and takes it away with --force', async () => {
  const { store, directory, run } = await savedWorkspace();
  const mounted = await mountInBackground(store, join(directory, 'mounted'), 'first');
  const held = openSync(join(mounted.directory, 'app/app.conf'), 'r');
  const refused = await run(['umount', 'mounted']);
  expect([refused.exitCode, refused.stdout]).toEqual([5, '']);
  expect(refused.stderr).toContain(`(${process.pid})`);
  expect(hasMount(mounted.directory)).toBe(true);
  expect(readSync(held, Buffer.alloc(10), 0, 10, 0)).toBe(10);
  expect((await run(['umount', '--force', 'mounted'])).exitCode).toBe(0);
  expect(hasMount(mounted.directory)).toBe(false);
  closeTaken(held);
  await waitFor(() => !isRunning(mounted.processId), 'the end of the process');
});

test('what a killed process leaves is taken away by savepoint umount, and by the next mount there', async () => {
  const { store, directory, run } = await savedWorkspace();
  const place = join(directory, 'mounted');
  const first = await mountInBackground(store, place, 'first');
  process.kill(first.processId, 'SIGKILL');
  await waitFor(() => !isRunning(first.processId), 'the death of the process');
  expect(() => readdirSync(place)).toThrow(/ENOTCONN|ECONNABORTED/);
  expect((await run(['umount', 'mounted'])).exitCode).toBe(0);
  expect(hasMount(place)).toBe(false);
  const second = await mountInBackground(store, place, 'first');
  process.kill(second.processId, 'SIGKILL');
  await waitFor(() => !isRunning(second.processId), 'the death of the process');
  const third = await mountInBackground(store, place, 'first');
  expect(readFileSync(join(place, 'app/bin/start'), 'utf8')).toBe('run\n');
  expect((await run(['umount', 'mounted'])).exitCode).toBe(0);
  expect(hasMount(place)).toBe(false);
  await waitFor(() => !isRunning(third.processId), 'the end of the process');
  rmSync(place, { recursive: true });
});
