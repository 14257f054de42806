// A mount namespace of its own that programs can be run in. It is held by a process that ends with this one, however that ends;
// what is mounted in it is seen nowhere else, and gone with its last process.
import { type ChildProcess, spawn } from 'node:child_process';
import { type ProgramResult, runProgram } from './run-program.js';

export interface MountNamespace {
  /** Its root directory, as this process reaches it. */
  readonly root: string;
  /** Exit code 127 where there is no such program; `undefined` where the namespace can't be entered any more. */
  run(program: string, args: readonly string[]): Promise<ProgramResult | undefined>;
  close(): Promise<void>;
}

const READY = 'ready\n';

/** `undefined` where it can't be had: without privileges, in many containers, or without unshare and nsenter. */
export async function openMountNamespace(): Promise<MountNamespace | undefined> {
  // It gives back what it is told, and ends when nobody can tell it anything any more.
  const holder = spawn('unshare', ['--mount', '--propagation', 'private', 'cat'], {
    ...{ cwd: '/', stdio: ['pipe', 'pipe', 'ignore'], detached: true },
  });
  const ended = new Promise<void>((resolve) => {
    holder.once('error', () => resolve());
    holder.once('exit', () => resolve());
  });
  const isReady = await Promise.race([readiness(holder), ended.then(() => false)]);
  if (!isReady || holder.pid === undefined) {
    holder.kill('SIGKILL');
    await ended;
    return undefined;
  }
  letGo(holder);
  const { pid } = holder;
  const isHeld = () => holder.exitCode === null && holder.signalCode === null;
  return {
    root: `/proc/${pid}/root`,
    async run(program, args) {
      if (!isHeld()) return undefined;
      const result = await runProgram('nsenter', [`--mount=/proc/${pid}/ns/mnt`, '--', program, ...args]);
      return result.isMissing || !isHeld() ? undefined : result;
    },
    async close() {
      holder.ref();
      holder.kill('SIGKILL');
      await ended;
    },
  };
}

function readiness(holder: ChildProcess): Promise<boolean> {
  return new Promise((resolve) => {
    holder.stdout?.once('data', () => resolve(true));
    holder.stdin?.on('error', () => resolve(false));
    holder.stdin?.write(READY);
  });
}

/** It keeps nobody from ending. */
function letGo(holder: ChildProcess): void {
  holder.unref();
  for (const stream of [holder.stdin, holder.stdout]) (stream as { unref?(): void } | null)?.unref?.();
}
