// Runs a program of the host by its name and arguments: no shell, no input unless given, messages in English, bounded in
// time and in what is kept of its output.
import { SavepointError } from '../../store/errors.js';
import { type StartedProgram, startProgram } from '../node/start-program.js';

export interface ProgramOptions {
  readonly timeoutMs?: number;
  readonly input?: string | Uint8Array | undefined;
  readonly directory?: string;
  /** Besides those of this process; `undefined` takes one away. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
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
export async function runProgram(
  program: string,
  args: readonly string[],
  options: ProgramOptions = {},
): Promise<ProgramResult> {
  const environment = { ...process.env, PATH: searchPath(), LC_ALL: 'C', ...options.environment };
  const directory = options.directory ?? '/';
  let started: StartedProgram;
  try {
    started = await startProgram(program, args, { directory, environment, session: true });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    const nothing = { exitCode: undefined, timedOut: false, stdout: Buffer.alloc(0) };
    return { ...nothing, isMissing: code === 'ENOENT', stderr: message };
  }
  return attend(started, options);
}

async function attend(program: StartedProgram, options: ProgramOptions): Promise<ProgramResult> {
  let timedOut = false;
  const kill = () => killGroup(program.pid);
  const timer = setTimeout(() => {
    timedOut = true;
    kill();
  }, options.timeoutMs ?? TIMEOUT_MS);
  options.signal?.addEventListener('abort', kill);
  if (options.signal?.aborted === true) kill();
  const output = keepOutput(program, kill);
  // One that reads no input may end before it is written.
  program.stdin.on('error', () => {});
  program.stdin.end(options.input ?? '');
  const { exitCode } = await program.ended;
  clearTimeout(timer);
  options.signal?.removeEventListener('abort', kill);
  return { exitCode, isMissing: false, timedOut, ...output() };
}

/** What it has said, as far as it is kept. */
function keepOutput(
  { stdout, stderr }: StartedProgram,
  kill: () => void,
): () => Pick<ProgramResult, 'stdout' | 'stderr'> {
  const pieces: Buffer[] = [];
  let stdoutBytes = 0;
  let errors = Buffer.alloc(0);
  stdout.on('data', (bytes: Buffer) => {
    stdoutBytes += bytes.length;
    if (stdoutBytes > MOST_STDOUT_BYTES) kill();
    else pieces.push(bytes);
  });
  stderr.on('data', (bytes: Buffer) => {
    errors = Buffer.concat([errors, bytes]).subarray(-MOST_STDERR_BYTES);
  });
  return () => ({ stdout: Buffer.concat(pieces), stderr: errors.toString('utf8').trim() });
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

/** This process's PATH, and where administrators' programs are. */
export function searchPath(): string {
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
