// Long output on a terminal goes through a pager, as git's does. Whoever quits it has seen enough: that is no failure.
import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import type { CommandContext, Outcome } from './command.js';
import { CommandLineError } from './command-line-error.js';
import { OutputClosed } from './output.js';

/** Does `work` with its results shown by a pager, where there is a terminal and one is wanted. */
export async function withPager(
  { options, output }: CommandContext,
  work: () => Promise<Outcome>,
): Promise<Outcome> {
  const command = options.has('no-pager') || output.json ? undefined : findPager();
  if (command === undefined) return work();
  const pager = startPager(command);
  output.beginPaging(pager.stdin as Writable);
  let exitCode: number | null = null;
  let outcome: Outcome = options.has('exit-code') ? 'differences' : 'done';
  try {
    outcome = await work();
    await output.flush();
  } catch (error) {
    if (!(error instanceof OutputClosed)) throw error;
  } finally {
    exitCode = await endOf(pager);
    output.endPaging();
  }
  if (exitCode === NOT_FOUND || exitCode === NOT_EXECUTABLE) throw noPager(command);
  return outcome;
}

/** What a shell answers where it can't start a program. */
const NOT_FOUND = 127;
const NOT_EXECUTABLE = 126;

/** A command for the shell; `undefined` where there is no terminal, or none is wanted. */
function findPager(): string | undefined {
  if (!process.stdout.isTTY || process.env['TERM'] === 'dumb') return undefined;
  const named = process.env['SAVEPOINT_PAGER'] ?? process.env['PAGER'];
  if (named !== undefined) return /^(cat)?$/.test(named.trim()) ? undefined : named;
  return hasProgram('less') ? 'less' : undefined;
}

function hasProgram(name: string): boolean {
  return (process.env['PATH'] ?? '').split(':').some((directory) => isExecutable(join(directory, name)));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    return false;
  }
}

/** less shows colours, ends at once where all fits on the screen, and leaves it there; unless $LESS says otherwise. */
function startPager(command: string): ChildProcess {
  const env = { LESS: 'FRX', LV: '-c', ...process.env };
  return spawn('/bin/sh', ['-c', command], { stdio: ['pipe', 'inherit', 'inherit'], env });
}

/** Waits until the pager has ended, and answers its exit code: it has the terminal, and Ctrl-C is its own until then. */
async function endOf(pager: ChildProcess): Promise<number | null> {
  const ignore = () => {};
  process.on('SIGINT', ignore);
  try {
    pager.stdin?.end();
    if (pager.exitCode !== null || pager.signalCode !== null) return pager.exitCode;
    return await new Promise((resolve) => {
      pager.once('exit', resolve);
      pager.once('error', () => resolve(NOT_FOUND));
    });
  } finally {
    process.off('SIGINT', ignore);
  }
}

function noPager(command: string): CommandLineError {
  return new CommandLineError(
    'UNSUPPORTED',
    `The pager '${command}' can't be started; set $SAVEPOINT_PAGER to another one, or give --no-pager.`,
  );
}
