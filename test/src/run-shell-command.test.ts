// Commands of the configuration: what they print, how they end, and that none of them outlives its time.
import { existsSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { runShellCommand } from '#src/run-shell-command.js';
import { createTemporaryDirectory } from '../fixtures/temporary-directory.js';

const timeoutMs = 20_000;

it('says how a command ended and what it printed last', async () => {
  const ended = await runShellCommand('pwd; echo wrong >&2; exit 3', { timeoutMs });
  expect(ended).toEqual({ exitCode: 3, timedOut: false, output: '/\nwrong' });
  const { output } = await runShellCommand('yes | head -c 1000000; echo; echo end', { timeoutMs });
  expect(output.length).toBeLessThanOrEqual(4096);
  expect(output.endsWith('end')).toBe(true);
});

it('gives it no input', async () => {
  expect(await runShellCommand('cat', { timeoutMs })).toMatchObject({ exitCode: 0, output: '' });
});

it('kills one that hangs, with what it started', async () => {
  const marker = `${createTemporaryDirectory()}/marker`;
  const started = performance.now();
  const hanging = await runShellCommand(`(sleep 3; touch ${marker}) & echo on; sleep 60`, { timeoutMs: 300 });
  expect(hanging).toEqual({ exitCode: undefined, timedOut: true, output: 'on' });
  expect(performance.now() - started).toBeLessThan(20_000);
  await wait(4000);
  expect(existsSync(marker)).toBe(false);
});

it('does not wait for what it left in the background', async () => {
  const left = await runShellCommand('sleep 30 & echo left', { timeoutMs });
  expect(left).toMatchObject({ exitCode: 0, timedOut: false });
});

it('ends with its caller', async () => {
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 100);
  const aborted = await runShellCommand('sleep 60', { timeoutMs, signal: controller.signal });
  expect(aborted).toMatchObject({ exitCode: undefined, timedOut: false });
});
