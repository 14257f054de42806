// A redis-server of our own, reached by a socket in a directory of its own alone, that writes nothing down and ends with us.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { checkAborted, isSavepointError, SavepointError } from '../../store/errors.js';
import { type StartedProgram, startProgram } from '../node/start-program.js';
import { killGroup } from '../system/run-program.js';
import { inSession, type ServerAccess } from './redis-session.js';

export interface PrivateServer {
  readonly access: ServerAccess;
  close(): Promise<void>;
}

export interface PrivateServerOptions {
  readonly component: string;
  /** A directory of redis-server. */
  readonly programs: string | undefined;
  /** A snapshot to begin with: a directory, and the file's name in it. */
  readonly snapshot?: { readonly directory: string; readonly name: string };
  readonly signal?: AbortSignal | undefined;
}

/** More than servers have: a snapshot of one with more is refused. */
const DATABASES = 1024;
/** Ends its program when this process does, however that ends. */
const SETPRIV = '/usr/bin/setpriv';
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const [FIRST_LOOK_MS, LAST_LOOK_MS] = [2, 100];

/** Answers once it has read the snapshot. Throws PROGRAM_MISSING, or PROGRAM_FAILED with what it said. */
export async function startPrivateServer(options: PrivateServerOptions): Promise<PrivateServer> {
  const { component, programs, signal } = options;
  const directory = mkdtempSync(join(tmpdir(), 'savepoint-redis-'));
  const file = programs === undefined ? 'redis-server' : join(programs, 'redis-server');
  const socket = join(directory, 'socket');
  const log = join(directory, 'log');
  const access = { component, address: { place: { socket }, user: undefined, database: 0 } };
  let program: StartedProgram | undefined;
  const close = async () => {
    killGroup(program?.pid);
    await program?.ended;
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    program = await start(
      file,
      [...settingsOf(options, directory), '--unixsocket', socket, '--logfile', log],
      component,
    );
    await waitUntilReady(program, { access, log, signal });
    return { access, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function settingsOf({ snapshot }: PrivateServerOptions, directory: string): string[] {
  return [
    ...['--port', '0', '--unixsocketperm', '700', '--daemonize', 'no', '--save', '', '--appendonly', 'no'],
    ...['--databases', String(DATABASES), '--maxmemory', '0', '--loglevel', 'warning'],
    ...['--dir', snapshot?.directory ?? directory, '--dbfilename', snapshot?.name ?? 'none.rdb'],
  ];
}

async function start(file: string, args: readonly string[], component: string): Promise<StartedProgram> {
  const own = process.env['PATH'];
  const environment = { ...process.env, PATH: own === undefined ? PATH : `${own}:${PATH}`, LC_ALL: 'C' };
  const place = { directory: '/', environment, session: true };
  const missing = (cause?: unknown) =>
    new SavepointError(
      'PROGRAM_MISSING',
      `There is no program '${file}' here, which reads the snapshot: install Redis' server (it need not run), or name its directory by 'programs'.`,
      { fields: { component, program: file }, cause },
    );
  if (!isFound(file, environment.PATH)) throw missing();
  const words = existsSync(SETPRIV) ? [SETPRIV, '--pdeathsig', 'KILL', '--', file, ...args] : [file, ...args];
  try {
    const program = await startProgram(words[0] as string, words.slice(1), place);
    program.stdin.end();
    program.stdout.resume();
    program.stderr.resume();
    return program;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw missing(error);
  }
}

function isFound(file: string, path: string): boolean {
  if (file.includes('/')) return existsSync(file);
  return path.split(':').some((directory) => existsSync(join(directory, file)));
}

async function waitUntilReady(
  program: StartedProgram,
  { access, log, signal }: { access: ServerAccess; log: string; signal: AbortSignal | undefined },
): Promise<void> {
  let hasEnded = false;
  void program.ended.then(() => {
    hasEnded = true;
  });
  for (let waitMs = FIRST_LOOK_MS; ; waitMs = Math.min(LAST_LOOK_MS, waitMs * 2)) {
    checkAborted(signal);
    if (hasEnded) throw endedEarly(access.component, log);
    try {
      await inSession(access, { signal }, (session) => session.call('PING'));
      return;
    } catch (error) {
      // It reads the snapshot, or has not begun to listen.
      if (!isSavepointError(error, 'STATE_BUSY', 'STATE_UNREADABLE')) throw error;
    }
    await delay(waitMs);
  }
}

const MOST_SAID = 600;

function endedEarly(component: string, log: string): SavepointError {
  const said = existsSync(log) ? readFileSync(log, 'utf8').trim().slice(-MOST_SAID) : '';
  return new SavepointError(
    'PROGRAM_FAILED',
    `redis-server could not read the snapshot. It has to be of the server's version or a later one, without modules, and this host needs memory for all of the data. It said: ${said}`,
    { fields: { component, program: 'redis-server', output: said } },
  );
}
