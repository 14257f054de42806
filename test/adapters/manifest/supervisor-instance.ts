// A real supervisord of a test's own: its configuration, socket and logs are in one temporary directory, and it ends with the test.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { JsonObject } from '#adapters/state/state-adapter.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';
import { waitFor } from '../../fixtures/wait-for.js';

export interface SupervisorInstance {
  /** With the usual commands of supervisorctl. */
  readonly settings: JsonObject & { readonly apply: string; readonly read: string };
  /** The directory whose files it includes. */
  readonly programs: string;
  /** Writes the files of `programs` by their names, and removes all others. */
  put(files: Readonly<Record<string, string>>): void;
  /** What `put` takes. */
  files(): Record<string, string>;
  start(): void;
  stop(): Promise<void>;
  control(...args: readonly string[]): string;
  /** Waits until all `programs` have that state. */
  reach(programs: readonly string[], state: string): Promise<void>;
}

/** One that is not started yet. */
export function createSupervisorInstance(): SupervisorInstance {
  const directory = createTemporaryDirectory();
  const programs = join(directory, 'conf.d');
  const file = join(directory, 'supervisord.conf');
  mkdirSync(programs);
  writeFileSync(file, configurationOf(directory));
  let child: ChildProcess | undefined;
  const control = (...args: readonly string[]) => {
    const { stdout, stderr } = spawnSync('supervisorctl', ['-c', file, ...args], { encoding: 'utf8' });
    return `${stdout}${stderr}`;
  };
  const stop = async () => {
    const ending = child;
    child = undefined;
    if (ending === undefined) return;
    ending.kill('SIGTERM');
    await waitFor(() => ending.exitCode !== null || ending.signalCode !== null, 'supervisord to end');
  };
  onTestFinished(stop);
  return {
    settings: {
      paths: [programs],
      apply: `supervisorctl -c ${file} update`,
      read: `supervisorctl -c ${file} status`,
      timeout: '30s',
    },
    programs,
    put: (files) => putFiles(programs, files),
    files: () =>
      Object.fromEntries(
        readdirSync(programs).map((name) => [name, readFileSync(join(programs, name), 'utf8')]),
      ),
    start: () => {
      child = spawn('supervisord', ['--nodaemon', '-c', file], { stdio: 'ignore' });
    },
    stop,
    control,
    reach: (names, state) => {
      const isThere = (status: string) =>
        names.every((name) => new RegExp(`^${name} +${state} `, 'm').test(status));
      return waitFor(() => isThere(control('status')), `${names.join(', ')} to be ${state}`);
    },
  };
}

/** Of a program that runs until it is stopped, and counts as running at once. */
export function programSection(name: string, command: string, more = 'startsecs=0'): string {
  return `[program:${name}]\ncommand=${command}\n${more}\n`;
}

function putFiles(directory: string, files: Readonly<Record<string, string>>): void {
  for (const name of readdirSync(directory)) if (!(name in files)) rmSync(join(directory, name));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(directory, name), content);
}

function configurationOf(directory: string): string {
  const socket = join(directory, 'socket');
  return `[unix_http_server]
file=${socket}
[supervisord]
logfile=${directory}/supervisord.log
pidfile=${directory}/supervisord.pid
childlogdir=${directory}
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
[supervisorctl]
serverurl=unix://${socket}
[include]
files=${directory}/conf.d/*.conf
`;
}
