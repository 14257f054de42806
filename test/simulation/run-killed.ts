// A process that is killed at a chosen call, and says how many calls it made where it was not (kill-at-call.mjs).
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runToEnd } from '../fixtures/run-tool.js';

const PRELOAD = fileURLToPath(new URL('./kill-at-call.mjs', import.meta.url));

export interface Kill {
  readonly at: number;
  readonly when: 'before' | 'after';
}

export interface KilledRun {
  readonly killed: boolean;
  /** 0 where it was killed. */
  readonly calls: number;
  readonly stdout: string;
}

/** Runs a script of Node, with its arguments; in `directory`, the files `calls` and `trace` tell of it. */
export function runKilled(words: readonly string[], directory: string, kill?: Kill): KilledRun {
  const [report, trace] = [join(directory, 'calls'), join(directory, 'trace')];
  rmSync(report, { force: true });
  rmSync(trace, { force: true });
  const { signal, exitCode, stdout, stderr } = runToEnd(process.execPath, ['--import', PRELOAD, ...words], {
    env: {
      ...{ ...process.env, KILL_TRACE: trace, KILL_REPORT: report },
      ...{ KILL_AT: String(kill?.at ?? 0), KILL_WHEN: kill?.when },
    },
  });
  if (signal === 'SIGKILL') return { killed: true, calls: 0, stdout: '' };
  if (exitCode !== 0) throw new Error(`${words.join(' ')} failed: ${stderr}`);
  return { killed: false, calls: Number(readFileSync(report, 'utf8')), stdout: stdout.toString() };
}
