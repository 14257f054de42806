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
  /** Whether much data goes through its standard input and output. */
  readonly isStreaming?: boolean;
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

/** A program whose output is read from a descriptor, by whoever has it: a thread that waits for it, as a rule. */
export interface StartedReader extends Omit<StartedProgram, 'stdout'> {
  readonly descriptor: number;
}

/** `undefined` where there are no such pipes. The descriptor is the caller's to close. */
export function startReader(
  program: string,
  args: readonly string[],
  place: ProgramPlace,
): StartedReader | undefined {
  const spawner = findPosixSpawner();
  if (spawner === undefined) return undefined;
  const { pid, input, output, errors } = spawnWithPipes(spawner, [program, ...args], place);
  const stderr = readEnd(errors);
  const ended = awaitEnd(spawner, { pid, outputs: [stderr] });
  return { pid, stdin: writeEnd(input), descriptor: output, stderr, ended };
}

/** Throws as node:child_process does where it can't be started: ENOENT, EACCES, … */
export async function startProgram(
  program: string,
  args: readonly string[],
  place: ProgramPlace,
): Promise<StartedProgram> {
  const spawner = findPosixSpawner();
  if (spawner === undefined) return startByNode(program, args, place);
  const { pid, input, output, errors } = spawnWithPipes(spawner, [program, ...args], place);
  const [stdout, stderr] = [readEnd(output), readEnd(errors)];
  const ended = awaitEnd(spawner, { pid, outputs: [stdout, stderr] });
  return { pid, stdin: writeEnd(input), stdout, stderr, ended };
}

/** Our ends of its pipes. */
function spawnWithPipes(
  spawner: PosixSpawner,
  [program, ...args]: readonly [string, ...string[]],
  place: ProgramPlace,
) {
  const file = locateProgram(program, place.environment['PATH']);
  const room = { isRoomy: place.isStreaming === true };
  const pipes = [spawner.openPipe(room), spawner.openPipe(room), spawner.openPipe()] as const;
  const [input, output, errors] = pipes;
  try {
    const streams = { stdin: input.from, stdout: output.to, stderr: errors.to };
    const pid = spawner.spawn([file, ...args], streams, place);
    return { pid, input: input.to, output: output.from, errors: errors.from };
  } catch (error) {
    for (const descriptor of [input.to, output.from, errors.from]) closeSync(descriptor);
    throw error;
  } finally {
    for (const descriptor of [input.from, output.to, errors.to]) closeSync(descriptor);
  }
}

function writeEnd(descriptor: number): Socket {
  return new Socket({ fd: descriptor, readable: false, writable: true });
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
