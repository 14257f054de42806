// A tree of every sort of file, a copy of it as it was, and changes to it that are guarded, by the command line as people use
// it; nothing of them is left running when the test is over.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { expectSameTree } from '../../fixtures/compare-trees.js';
import type { RunResult } from '../../fixtures/run-command.js';
import { runTool } from '../../fixtures/run-tool.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';
import { waitFor } from '../../fixtures/wait-for.js';
import { COMPONENTS, makeOriginal, makeTarget } from '../../simulation/three-components.js';
import { CLI, createWorkspace, type Workspace } from '../cli/command-workspace.js';
import { endWatchdogs } from './end-watchdogs.js';

export interface GuardedTree extends Workspace {
  /** What is guarded: three components. */
  readonly roots: readonly string[];
  /** A script that changes all of them in every way. */
  readonly update: string;
  /** `--path` for each root. */
  readonly paths: readonly string[];
  /** Runs `savepoint guard` on them to its end. */
  guard(flags: readonly string[], script: string): Promise<RunResult>;
  /** Starts it; `ended` settles when it has. */
  start(flags: readonly string[], script: string): Started;
  /** The state that the store says the change is in. */
  state(): string;
  /** The process that watches. */
  watchdog(): number;
  /** The copy of the tree as it was. */
  readonly before: string;
  expectAsBefore(): void;
  /** As `expectAsBefore`, but for times of directories that hold what is guarded. */
  expectSameFiles(): void;
  expectChanged(): void;
}

export interface Started {
  readonly pid: number;
  /** Settles when the process has ended, though what it started may live on. */
  readonly gone: Promise<void>;
  readonly ended: Promise<{ readonly exitCode: number | null; readonly stderr: string }>;
}

export function createGuardedTree(): GuardedTree {
  const workspace = createWorkspace();
  const { directory, store } = workspace;
  const live = join(directory, 'live');
  mkdirSync(live);
  makeTarget(live);
  const before = join(createTemporaryDirectory(), 'before');
  runTool('cp', ['-a', live, before]);
  // The update is what makeOriginal does: here as a script, so that a command can make it.
  const changed = join(createTemporaryDirectory(), 'changed');
  runTool('cp', ['-a', live, changed]);
  makeOriginal(changed);
  const update = `rsync -aHAX --delete '${changed}/' '${live}/'`;
  const roots = COMPONENTS.map((name) => join(live, name));
  const paths = roots.flatMap((root) => ['--path', root]);
  const words = (flags: readonly string[], script: string) => [
    'guard',
    ...paths,
    ...flags,
    '--',
    'sh',
    '-c',
    script,
  ];
  onTestFinished(() => endWatchdogs(store));
  return {
    ...{ ...workspace, roots, update, paths },
    guard: (flags, script) => workspace.run(words(flags, script)),
    start: (flags, script) => start(['--store', store, ...words(flags, script)], directory),
    state: () => readRecord(store, /-state-\d+\.json$/)?.state ?? 'armed',
    watchdog: () => Number(readRecord(store, /-watch-\d+\.json$/)?.process.split('.')[3]),
    before,
    expectAsBefore: () => expectSameTree(before, live),
    expectSameFiles() {
      for (const name of COMPONENTS) expectSameTree(join(before, name), join(live, name));
    },
    expectChanged: () => expect(readFileSync(join(live, 'app/added'), 'utf8')).toBe('goes'),
  };
}

function start(args: readonly string[], cwd: string): Started {
  const child = spawn(process.execPath, [CLI, ...args], { cwd, stdio: ['ignore', 'ignore', 'pipe'] });
  let stderr = '';
  child.stderr.on('data', (bytes) => {
    stderr += bytes;
  });
  const ended = new Promise<{ exitCode: number | null; stderr: string }>((resolve) => {
    child.once('close', (exitCode) => resolve({ exitCode, stderr }));
  });
  const gone = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
  });
  return { pid: child.pid as number, gone, ended };
}

/** The last record of the last change whose name matches. */
function readRecord(store: string, pattern: RegExp): Record<string, string> | undefined {
  const directory = join(store, 'guard');
  const names = existsSync(directory) ? readdirSync(directory).sort() : [];
  const number =
    names
      .filter((name) => name.endsWith('begin.json'))
      .at(-1)
      ?.slice(0, 6) ?? '';
  const name = names.filter((each) => each.startsWith(number) && pattern.test(each)).at(-1);
  return name === undefined
    ? undefined
    : JSON.parse(readFileSync(join(directory, name), 'utf8').split('\n')[0]);
}

/** Waits until the change is in one of `states`. */
export async function untilState(tree: GuardedTree, ...states: string[]): Promise<void> {
  await waitFor(
    () => existsSync(join(tree.store, 'guard')) && states.includes(tree.state()),
    states.join(' or '),
  );
}

/** A script for `sh` that writes a file when it has begun, and then waits for longer than any test takes. */
export function hang(tree: GuardedTree, update: string): { script: string; begun: () => Promise<void> } {
  const file = join(tree.directory, 'begun');
  writeFileSync(file, '');
  const begun = () => waitFor(() => readFileSync(file, 'utf8') !== '', 'the command to begin');
  return { script: `${update}; echo yes > '${file}'; sleep 1000`, begun };
}
