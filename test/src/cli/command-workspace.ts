// A small tree and a store beside it, for tests of the command line, which runs there as a user runs it.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type RunOptions, type RunResult, runSavepoint } from '../../fixtures/run-command.js';
import {
  createTemporaryDirectory,
  type TemporaryDirectoryOptions,
} from '../../fixtures/temporary-directory.js';

export const CLI = fileURLToPath(new URL('../../../dist/program/savepoint.js', import.meta.url));

export interface Workspace {
  readonly directory: string;
  /** `app.conf`, `bin/start`; its component is named `app`. */
  readonly tree: string;
  readonly store: string;
  /** Runs `savepoint` on the store, in the workspace's directory. */
  run(args: readonly string[], options?: RunOptions): Promise<RunResult>;
  /** Runs it with `--json`, and parses what it prints. */
  json(...args: string[]): Promise<JsonDocument>;
  /** As `json`, for a stream of records. */
  records(...args: string[]): Promise<JsonDocument[]>;
}

// biome-ignore lint/suspicious/noExplicitAny: a parsed document, looked into at will
export type JsonDocument = any;

export function createWorkspace(options: TemporaryDirectoryOptions = {}): Workspace {
  const directory = createTemporaryDirectory(options);
  const [tree, store] = [join(directory, 'app'), join(directory, 'store')];
  mkdirSync(join(tree, 'bin'), { recursive: true });
  writeFileSync(join(tree, 'app.conf'), 'port = 80\n', { mode: 0o644 });
  writeFileSync(join(tree, 'bin/start'), 'run\n', { mode: 0o755 });
  const run = (args: readonly string[], runOptions: RunOptions = {}) =>
    runSavepoint(['--store', store, ...args], { cwd: directory, ...runOptions });
  return {
    ...{ directory, tree, store, run },
    json: async (...args) => JSON.parse((await run([...args, '--json'])).stdout),
    records: async (...args) => parseLines((await run([...args, '--json'])).stdout),
  };
}

function parseLines(text: string): JsonDocument[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

/** For `env` of a run: code that Node runs before the program. */
export function withPreload(code: string): Readonly<Record<string, string>> {
  return { NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(code)}` };
}

/** As `signalWhenListening`, for work that may be over before the system has delivered a signal: its listeners hear of it at once. */
export function signalAtOnce(signal: string): Readonly<Record<string, string>> {
  return withPreload(`
    import { isMainThread } from 'node:worker_threads';
    const send = (name) => {
      if (name !== '${signal}') return;
      process.off('newListener', send);
      queueMicrotask(() => process.emit('${signal}', '${signal}'));
    };
    if (isMainThread) process.on('newListener', send);`);
}

/** Sends the signal once, as soon as the program listens for it, which is before it starts any work. */
export function signalWhenListening(signal: string): Readonly<Record<string, string>> {
  return withPreload(`
    import { isMainThread } from 'node:worker_threads';
    const send = (name) => {
      if (name !== '${signal}') return;
      process.off('newListener', send);
      setImmediate(() => process.kill(process.pid, '${signal}'));
    };
    if (isMainThread) process.on('newListener', send);`);
}
