// Scripts that run in Node processes of their own, against the built library, for what only several processes show.
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

export interface ScriptEnd {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly output: string;
}

export interface RunningScript {
  readonly process: ChildProcess;
  /** Settles when the script has printed `text`; fails where it ends without. */
  untilPrinted(text: string): Promise<void>;
  readonly end: Promise<ScriptEnd>;
}

/** Starts `source`, a module that may import '#adapters/…' and '#store/…', and finds `input` in `process.argv[1]`. */
export function startScript(source: string, input: unknown): RunningScript {
  const child = spawn(process.execPath, ['--input-type=module', '-e', source, JSON.stringify(input)], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  const watchers = new Set<() => void>();
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk;
    for (const watch of watchers) watch();
  });
  const end = new Promise<ScriptEnd>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (exitCode, signal) => resolve({ exitCode, signal, output }));
  });
  const untilPrinted = (text: string) =>
    new Promise<void>((resolve, reject) => {
      const watch = () => {
        if (output.includes(text)) resolve();
      };
      watchers.add(watch);
      watch();
      end.then(({ output: all }) => reject(new Error(`the script ended without '${text}': ${all}`)), reject);
    });
  return { process: child, untilPrinted, end };
}
