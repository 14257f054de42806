// Namespaces of their own (network, mounts, IPC, host name), in which a test may set what it likes. The adapter that is driven runs
// in there, in a process of its own, on the real kernel. Needs root.
import { type ChildProcess, spawn } from 'node:child_process';
import { readlinkSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { kernelAdapter } from '#adapters/kernel/kernel-adapter.js';
import type { StateAdapter, StateProblem, StateReader } from '#adapters/state/state-adapter.js';
import { runCommand } from '../../fixtures/run-command.js';
import { waitFor } from '../../fixtures/wait-for.js';

const SERVER = fileURLToPath(new URL('./serve-adapter.mjs', import.meta.url));
const NAMESPACES = ['--net', '--mount', '--ipc', '--uts'];

export interface KernelNamespace {
  /** The adapter, as it is in there. */
  readonly adapter: StateAdapter;
  /** Runs a program in there, which must not fail; answers what it printed. */
  run(program: string, ...args: readonly string[]): Promise<string>;
  /** Runs a script of the shell in there, which must not fail. */
  shell(script: string): Promise<string>;
  /** Makes in there as if programs were not installed. */
  hide(...programs: readonly string[]): Promise<string>;
}

/** It ends with the running test. */
export function openKernelNamespace(): KernelNamespace {
  const command = ['--propagation', 'private', ...NAMESPACES, process.execPath, SERVER];
  const child = spawn('unshare', command, { stdio: ['pipe', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const ask = makeAsk(child);
  const run = async (program: string, ...args: readonly string[]) => {
    // Before that, what is entered would be this machine.
    await waitFor(() => isApart(child.pid), 'the namespaces to be there');
    const entered = ['--target', String(child.pid), ...NAMESPACES, program, ...args];
    const { stdout, stderr, exitCode } = await runCommand('nsenter', entered);
    if (exitCode !== 0) throw new Error(`${program} ${args.join(' ')} failed: ${stderr}`);
    return stdout;
  };
  const adapter: StateAdapter = {
    ...kernelAdapter,
    async *capture({ component, settings, report }) {
      const answer = await ask({ call: 'capture', context: { component, settings } });
      const { documents, problems } = answer as { documents: [string, string][]; problems: StateProblem[] };
      for (const problem of problems) report(problem);
      for (const [path, content] of documents)
        yield { path, content: new Uint8Array(Buffer.from(content, 'base64')) };
    },
    async stage(steps, { component, settings, attempt, from, to }) {
      const states = { from: await documentsOf(from), to: await documentsOf(to) };
      return ask({ call: 'stage', context: { component, settings, attempt }, steps, ...states }) as never;
    },
    async apply(prepared, { component, settings, attempt, done }) {
      const answer = await ask({ call: 'apply', context: { component, settings, attempt }, prepared });
      const { problems, done: objects } = answer as { problems: StateProblem[]; done: string[] };
      for (const object of objects) done({ object });
      return problems;
    },
  };
  const shell = (script: string) => run('sh', '-ec', script);
  return { adapter, run, shell, hide: (...programs) => shell(hidingScript(programs)) };
}

/** Whether a process has left our namespaces; it leaves all of them at once. */
function isApart(pid: number | undefined): boolean {
  const network = (process: string) => readlinkSync(`/proc/${process}/ns/net`);
  return pid !== undefined && network(String(pid)) !== network('self');
}

/** Lays a writable layer over the directories of programs, in which they are removed. */
function hidingScript(programs: readonly string[]): string {
  const layer = (directory: string) => `
    mkdir -p /mnt/layer/${directory} /mnt/work/${directory}
    mount -t overlay -o lowerdir=/${directory},upperdir=/mnt/layer/${directory},workdir=/mnt/work/${directory} overlay /${directory}
    cd /${directory} && rm -f ${programs.join(' ')} && cd /`;
  return `mount -t tmpfs hidden /mnt ${['usr/bin', 'usr/sbin'].map(layer).join('')}`;
}

/** Calls are answered in their order. */
function makeAsk(child: ChildProcess): (call: object) => Promise<unknown> {
  const waiting: { resolve(value: unknown): void; reject(error: Error): void }[] = [];
  createInterface({ input: child.stdout! }).on('line', (line) => {
    const { value, error } = JSON.parse(line) as {
      value: unknown;
      error?: { message: string; stack: string };
    };
    const next = waiting.shift();
    if (error === undefined) next?.resolve(value);
    else next?.reject(Object.assign(new Error(error.message), error));
  });
  child.once('exit', () => {
    for (const { reject } of waiting) reject(new Error('The process in the namespaces has ended.'));
  });
  return (call) =>
    new Promise((resolve, reject) => {
      waiting.push({ resolve, reject });
      child.stdin!.write(`${JSON.stringify(call)}\n`);
    });
}

async function documentsOf(reader: StateReader): Promise<[string, string][]> {
  const paths = await reader.list('');
  return Promise.all(
    paths.map(
      async (path) => [path, Buffer.from((await reader.read(path))!).toString('base64')] as [string, string],
    ),
  );
}
