// Looks once at what a health check is about. Nothing here waits longer than it is told to, and a probe that can't be
// made is one that failed: it says why.
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, statfsSync } from 'node:fs';
import { connect } from 'node:net';
import { basename } from 'node:path';
import { statPath } from '../composition.js';
import type { HealthProbe } from '../configuration/configuration.js';
import { describeFailure, runShellCommand } from '../run-shell-command.js';
import type { Stoppable } from '../stoppable.js';

/** A check of a program's own: whether all is well, or what is not. */
export interface FunctionProbe {
  readonly kind: 'function';
  readonly name: string;
  readonly look: (signal: AbortSignal) => Promise<boolean | string>;
}

export type Probe = HealthProbe | FunctionProbe;

/** How people know the check. */
export function describeProbe(probe: Probe): string {
  switch (probe.kind) {
    case 'command':
      return `command '${probe.command}'`;
    case 'http':
      return probe.url;
    case 'tcp':
      return `${probe.host}:${probe.port}`;
    case 'file':
      return `file ${probe.path}`;
    case 'unit':
      return `unit ${probe.unit}`;
    case 'disk':
      return `disk of ${probe.path}`;
    case 'process':
    case 'function':
      return `${probe.kind} ${probe.name}`;
  }
}

export interface Patience extends Stoppable {
  readonly timeoutMs: number;
}

/** What is wrong; `undefined` where all is well. Once the signal is aborted it soon answers something, for nobody. */
export async function lookAt(probe: Probe, patience: Patience): Promise<string | undefined> {
  switch (probe.kind) {
    case 'command':
      return describeFailure(
        await runShellCommand(probe.command, shellOptions(probe, patience)),
        patience.timeoutMs,
      );
    case 'http':
      return askUrl(probe.url, patience);
    case 'tcp':
      return connectTo(probe, patience);
    case 'file':
      return statPath(probe.path) === undefined ? 'is not there' : undefined;
    case 'unit':
      return askUnit(probe.unit, patience);
    case 'disk':
      return measureDisk(probe);
    case 'process':
      return isRunning(probe.name) ? undefined : 'is not running';
    case 'function':
      return callFunction(probe, patience);
  }
}

function shellOptions({ directory }: { readonly directory?: string }, { timeoutMs, signal }: Patience) {
  return {
    timeoutMs,
    ...(directory === undefined ? {} : { directory }),
    ...(signal === undefined ? {} : { signal }),
  };
}

async function askUrl(url: string, patience: Patience): Promise<string | undefined> {
  try {
    const response = await fetch(url, { signal: untilEnd(patience) });
    await response.body?.cancel();
    return response.ok ? undefined : `answered ${response.status} ${response.statusText}`.trimEnd();
  } catch (error) {
    return `did not answer: ${reasonOf(error)}`;
  }
}

/** Aborted when there is no more patience. */
function untilEnd({ timeoutMs, signal }: Patience): AbortSignal {
  const late = AbortSignal.timeout(timeoutMs);
  return signal === undefined ? late : AbortSignal.any([late, signal]);
}

function connectTo(
  { host, port }: { readonly host: string; readonly port: number },
  { timeoutMs, signal }: Patience,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (reason?: string) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', stop);
      socket.destroy();
      resolve(reason);
    };
    const stop = () => end('was no longer waited for');
    signal?.addEventListener('abort', stop);
    const timer = setTimeout(() => end(`took no connection within ${timeoutMs / 1000} s`), timeoutMs);
    socket.once('connect', () => end());
    socket.once('error', (error) => end(`took no connection: ${reasonOf(error)}`));
  });
}

function askUnit(unit: string, { timeoutMs, signal }: Patience): Promise<string | undefined> {
  const bounds = { timeout: timeoutMs, ...(signal === undefined ? {} : { signal }) };
  return new Promise((resolve) => {
    execFile('systemctl', ['is-active', '--', unit], bounds, (error, stdout, stderr) => {
      if (error === null) resolve(undefined);
      else if (error.code === 'ENOENT') resolve('can not be asked for: there is no systemctl');
      else resolve(`is ${stdout.trim() || stderr.trim() || 'not active'}`);
    });
  });
}

function measureDisk({
  path,
  freeBytes,
}: {
  readonly path: string;
  readonly freeBytes: number;
}): string | undefined {
  try {
    const { bavail, bsize } = statfsSync(path);
    const free = bavail * bsize;
    return free >= freeBytes ? undefined : `has ${free} bytes left, not ${freeBytes}`;
  } catch (error) {
    return `can't be measured: ${reasonOf(error)}`;
  }
}

/** By the name that the kernel has (15 bytes of it), or that of the program in its command line. */
function isRunning(name: string): boolean {
  return readdirSync('/proc').some((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      const comm = readFileSync(`/proc/${pid}/comm`, 'utf8').trimEnd();
      if (comm === name) return !isDead(pid);
      const [program] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
      return basename(program) === name && !isDead(pid);
    } catch {
      // It has ended meanwhile.
      return false;
    }
  });
}

function isDead(pid: string): boolean {
  return /^State:\s*[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
}

async function callFunction({ look }: FunctionProbe, patience: Patience): Promise<string | undefined> {
  const { timeoutMs } = patience;
  const signal = untilEnd(patience);
  const late = new Promise<string>((resolve) => {
    signal.addEventListener('abort', () => resolve(`was not done after ${timeoutMs / 1000} s`));
  });
  try {
    const answer = await Promise.race([look(signal), late]);
    if (typeof answer === 'string') return answer;
    return answer ? undefined : 'says no';
  } catch (error) {
    return `failed: ${reasonOf(error)}`;
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  return cause instanceof Error && cause.message !== '' ? cause.message : error.message || error.name;
}
