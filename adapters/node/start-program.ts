// A program that runs, with pipes to its standard streams: started by posix_spawn where that can be had, else by Node.
import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, closeSync, constants, existsSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { findPosixSpawner, type PosixSpawner, type ProcessEnd, spawnError } from './posix-spawn.js';

export interface ProgramPlace {
  readonly directory?: string | undefined;
  /** All of its variables; programs are looked for in its PATH. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Whether it leads a session, and so a group of processes, of its own. */
  readonly session: boolean;
}

export interface StartedProgram {
  /** Good for signals until `ended` is over. */
  readonly pid: number;
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** How it ended, once nobody has its output open any more, or both are destroyed. */
  readonly ended: Promise<ProcessEnd>;
}

/** Between two looks whether it has ended, from the first to the last. */
const FIRST_LOOK_MS = 1;
const LAST_LOOK_MS = 25;

/** Throws as node:child_process does where it can't be started: ENOENT, EACCES, … */
export async function startProgram(
  program: string,
  args: readonly string[],
  place: ProgramPlace,
): Promise<StartedProgram> {
  const spawner = findPosixSpawner();
  if (spawner === undefined) return startByNode(program, args, place);
  const file = locateProgram(program, place.environment['PATH']);
  const pipes = [spawner.openPipe(), spawner.openPipe(), spawner.openPipe()] as const;
  const [input, output, errors] = pipes;
  let pid: number;
  try {
    const streams = { stdin: input.from, stdout: output.to, stderr: errors.to };
    pid = spawner.spawn([file, ...args], streams, place);
  } catch (error) {
    for (const descriptor of [input.to, output.from, errors.from]) closeSync(descriptor);
    throw error;
  } finally {
    for (const descriptor of [input.from, output.to, errors.to]) closeSync(descriptor);
  }
  const stdin = new Socket({ fd: input.to, readable: false, writable: true });
  const [stdout, stderr] = [output, errors].map(({ from }) => readEnd(from)) as [Socket, Socket];
  return { pid, stdin, stdout, stderr, ended: awaitEnd(spawner, { pid, outputs: [stdout, stderr] }) };
}

function readEnd(descriptor: number): Socket {
  return new Socket({ fd: descriptor, readable: true, writable: false });
}

async function awaitEnd(
  spawner: PosixSpawner,
  { pid, outputs }: { pid: number; outputs: readonly Readable[] },
): Promise<ProcessEnd> {
  await Promise.all(outputs.map((output) => new Promise((resolve) => output.once('close', resolve))));
  let waitMs = FIRST_LOOK_MS;
  for (let end = spawner.findEnd(pid); ; end = spawner.findEnd(pid)) {
    if (end !== undefined) return end;
    await delay(waitMs);
    waitMs = Math.min(LAST_LOOK_MS, waitMs * 2);
  }
}

/** The file of a program, as execvp(3) finds it. */
export function locateProgram(program: string, path = '/usr/bin:/bin'): string {
  if (program.includes('/')) return program;
  let code = 'ENOENT';
  for (const directory of path.split(':')) {
    const file = join(directory === '' ? '.' : directory, program);
    if (!existsSync(file)) continue;
    if (isExecutable(file)) return file;
    code = 'EACCES';
  }
  throw spawnError(program, code);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EACCES') return false;
    throw error;
  }
}

/** Where there is no C library to call. */
export async function startByNode(
  program: string,
  args: readonly string[],
  { directory, environment, session }: ProgramPlace,
): Promise<StartedProgram> {
  const child = spawn(program, args, {
    ...{ cwd: directory, env: environment, stdio: 'pipe', detached: session },
  }) as ChildProcess & { stdin: Writable; stdout: Readable; stderr: Readable };
  const ended = new Promise<ProcessEnd>((resolve) => {
    child.once('close', (exitCode, signal) =>
      resolve({ exitCode: exitCode ?? undefined, signal: signal ?? undefined }),
    );
  });
  await new Promise((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', reject);
  });
  const { stdin, stdout, stderr } = child;
  return { pid: child.pid as number, stdin, stdout, stderr, ended };
}
