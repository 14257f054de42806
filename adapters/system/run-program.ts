// Runs a program of the host by its name and arguments: no shell, no input unless given, messages in English, bounded in
// time and in what is kept of its output.
import { spawn } from 'node:child_process';
import { SavepointError } from '../../store/errors.js';

export interface ProgramOptions {
  readonly timeoutMs?: number;
  readonly input?: string | Uint8Array | undefined;
  readonly directory?: string;
  /** Besides those of this process. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

export interface ProgramResult {
  /** Missing where it was killed, or could not be started. */
  readonly exitCode: number | undefined;
  /** Whether there is no such program. */
  readonly isMissing: boolean;
  /** Whether it was killed for taking longer than it may. */
  readonly timedOut: boolean;
  readonly stdout: Buffer;
  /** The end of it. */
  readonly stderr: string;
}

const TIMEOUT_MS = 60_000;
const MOST_STDOUT_BYTES = 256 << 20;
const MOST_STDERR_BYTES = 16 << 10;
/** Where administrators' programs are: not everybody's PATH has them. */
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Runs `program`; a failure of it is a result. After the timeout it is killed, with all that is in its group. */
export function runProgram(
  program: string,
  args: readonly string[],
  options: ProgramOptions = {},
): Promise<ProgramResult> {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      ...{ cwd: options.directory ?? '/', stdio: 'pipe', detached: true },
      env: { ...process.env, PATH: searchPath(), LC_ALL: 'C', ...options.environment },
    });
    const stdout: Buffer[] = [];
    let stdoutBytes = 0;
    let stderr = Buffer.alloc(0);
    let timedOut = false;
    const kill = () => killGroup(child.pid);
    const timer = setTimeout(() => {
      timedOut = true;
      kill();
    }, options.timeoutMs ?? TIMEOUT_MS);
    options.signal?.addEventListener('abort', kill);
    child.stdout.on('data', (bytes: Buffer) => {
      stdoutBytes += bytes.length;
      if (stdoutBytes > MOST_STDOUT_BYTES) kill();
      else stdout.push(bytes);
    });
    child.stderr.on('data', (bytes: Buffer) => {
      stderr = Buffer.concat([stderr, bytes]).subarray(-MOST_STDERR_BYTES);
    });
    // One that reads no input may end before it is written.
    child.stdin.on('error', () => {});
    child.stdin.end(options.input);
    const end = (exitCode: number | undefined, isMissing: boolean, said = '') => {
      clearTimeout(timer);
      options.signal?.removeEventListener('abort', kill);
      const words = `${stderr.toString('utf8')}${said}`.trim();
      resolve({ exitCode, isMissing, timedOut, stdout: Buffer.concat(stdout), stderr: words });
    };
    child.once('error', (error: NodeJS.ErrnoException) =>
      end(undefined, error.code === 'ENOENT', error.message),
    );
    child.once('close', (code) => end(code ?? undefined, false));
  });
}

/** What it printed. Throws PROGRAM_MISSING or PROGRAM_FAILED, with program, exitCode and output. */
export async function readProgram(
  program: string,
  args: readonly string[],
  options: ProgramOptions = {},
): Promise<string> {
  const result = await runProgram(program, args, options);
  if (result.exitCode === 0) return result.stdout.toString('utf8');
  throw programError(program, args, result);
}

/** Why a program did not do what it was to do. */
export function programError(
  program: string,
  args: readonly string[],
  result: ProgramResult,
): SavepointError {
  const { exitCode, isMissing, timedOut, stderr, stdout } = result;
  const command = [program, ...args].join(' ');
  if (isMissing) {
    return new SavepointError(
      'PROGRAM_MISSING',
      `There is no program '${program}' here; install it and repeat.`,
      {
        fields: { program },
      },
    );
  }
  const output = stderr === '' ? stdout.subarray(-MOST_STDERR_BYTES).toString('utf8').trim() : stderr;
  const ended = timedOut ? 'took too long and was ended' : `ended with exit code ${exitCode ?? '(killed)'}`;
  return new SavepointError('PROGRAM_FAILED', `'${command}' ${ended}${output === '' ? '.' : `: ${output}`}`, {
    fields: { program, args, exitCode, output },
  });
}

function searchPath(): string {
  const own = process.env['PATH'];
  return own === undefined || own === '' ? PATH : `${own}:${PATH}`;
}

/** Kills the processes of a group, if there are any. */
export function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
