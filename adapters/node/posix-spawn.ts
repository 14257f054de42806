// Starts programs by posix_spawn(3). Node forks, which marks all pages of this process to be copied, so that it faults on each one
// that it writes next: in a process of 150 MB on a virtual machine that takes many times what a small program does itself.
import { constants } from 'node:os';
import { O_CLOEXEC } from './posix-directory.js';
import { errnoName, posixError } from './posix-error.js';
import { findPosixLibrary, type NativeCall, type PosixLibrary } from './posix-library.js';

/** For standard input, output and errors: an open descriptor. */
export interface SpawnStreams {
  readonly stdin: number;
  readonly stdout: number;
  readonly stderr: number;
}

export interface SpawnPlace {
  readonly directory?: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Whether it leads a session, and so a group of processes, of its own. */
  readonly session: boolean;
}

/** How a process ended. */
export interface ProcessEnd {
  /** `undefined` where a signal ended it. */
  readonly exitCode: number | undefined;
  readonly signal: NodeJS.Signals | undefined;
}

export interface PosixSpawner {
  /**
   * Starts the program in the file `words[0]`, and answers with its process id: whoever asks for it has to wait for it in the end.
   * Throws as node:child_process does where it can't be started.
   */
  spawn(words: readonly [file: string, ...args: string[]], streams: SpawnStreams, place: SpawnPlace): number;
  /** How a process that came from `spawn` ended, once; `undefined` while it runs, unless `block` says to wait. */
  findEnd(id: number, options?: { readonly block: boolean }): ProcessEnd | undefined;
  /** Both ends of a new pipe, which no program inherits; one with much room where streams of data go through it. */
  openPipe(options?: { readonly isRoomy: boolean }): { readonly from: number; readonly to: number };
}

const PARAMETERS = {
  posix_spawn: ['int *', 'const char *', 'void *', 'void *', 'const char **', 'const char **'],
  posix_spawn_file_actions_init: ['void *'],
  posix_spawn_file_actions_adddup2: ['void *', 'int', 'int'],
  posix_spawn_file_actions_addchdir_np: ['void *', 'const char *'],
  posix_spawn_file_actions_destroy: ['void *'],
  posix_spawnattr_init: ['void *'],
  posix_spawnattr_setflags: ['void *', 'short'],
  posix_spawnattr_setsigdefault: ['void *', 'void *'],
  posix_spawnattr_setsigmask: ['void *', 'void *'],
  waitpid: ['int', 'int *', 'int'],
  pipe2: ['int *', 'int'],
  fcntl: ['int', 'int', 'int'],
} as const;

type Calls = Readonly<Record<keyof typeof PARAMETERS, NativeCall>>;

/** Room for each of the C library's structures: they have 80, 336 and 128 bytes in glibc, and fewer in musl. */
const STRUCTURE_BYTES = 512;
const SET_DEFAULTS_AND_MASK = 0x04 | 0x08;
const SET_SESSION = 0x80;
const WITHOUT_WAITING = 1;
/** Room in a pipe: with less, those at its ends wait for each other all the time. */
const SET_PIPE_SIZE = 1031;
const PIPE_BYTES = 1 << 20;

let attempt: { readonly spawner: PosixSpawner | undefined } | undefined;

/** `undefined` where the C library can't be used, or lacks any of it. */
export function findPosixSpawner(): PosixSpawner | undefined {
  attempt ??= { spawner: createSpawner(findPosixLibrary()) };
  return attempt.spawner;
}

function createSpawner(library: PosixLibrary | undefined): PosixSpawner | undefined {
  if (library === undefined) return undefined;
  const bound = Object.entries(PARAMETERS).map(([name, types]) => [name, library.bind(name, types)] as const);
  if (bound.some(([, call]) => call === undefined)) return undefined;
  const calls = Object.fromEntries(bound) as Calls;
  return {
    spawn: (words, streams, place) => spawn(calls, { words, streams, place }),
    findEnd: (id, { block } = { block: false }) => findEnd(calls.waitpid, id, block),
    openPipe({ isRoomy } = { isRoomy: false }) {
      const ends = new Int32Array(2);
      if (calls.pipe2(ends, O_CLOEXEC) !== 0)
        throw posixError({ syscall: 'pipe2', errno: library.errno(), path: '' });
      // Whoever may have no more keeps what pipes have anyway.
      if (isRoomy) calls.fcntl(ends[0] as number, SET_PIPE_SIZE, PIPE_BYTES);
      return { from: ends[0] as number, to: ends[1] as number };
    },
  };
}

interface Start {
  readonly words: readonly [file: string, ...args: string[]];
  readonly streams: SpawnStreams;
  readonly place: SpawnPlace;
}

function spawn(calls: Calls, { words, streams, place }: Start): number {
  const actions = Buffer.alloc(STRUCTURE_BYTES);
  calls.posix_spawn_file_actions_init(actions);
  try {
    if (place.directory !== undefined) calls.posix_spawn_file_actions_addchdir_np(actions, place.directory);
    for (const [descriptor, stream] of [streams.stdin, streams.stdout, streams.stderr].entries())
      calls.posix_spawn_file_actions_adddup2(actions, stream, descriptor);
    const id = new Int32Array(1);
    const variables = Object.entries(place.environment).flatMap(([name, value]) =>
      value === undefined ? [] : [`${name}=${value}`],
    );
    const attributes = attributesFor(calls, place.session);
    const errno = calls.posix_spawn(
      id,
      words[0],
      actions,
      attributes,
      [...words, null],
      [...variables, null],
    );
    if (errno !== 0) throw spawnError(words[0], errnoName(errno));
    return id[0] as number;
  } finally {
    calls.posix_spawn_file_actions_destroy(actions);
  }
}

/** Node ignores SIGPIPE, and a thread of it may block other signals: no program is to begin so. */
function attributesFor(calls: Calls, session: boolean): Buffer {
  const attributes = Buffer.alloc(STRUCTURE_BYTES);
  calls.posix_spawnattr_init(attributes);
  calls.posix_spawnattr_setflags(attributes, SET_DEFAULTS_AND_MASK | (session ? SET_SESSION : 0));
  calls.posix_spawnattr_setsigdefault(attributes, Buffer.alloc(STRUCTURE_BYTES, 0xff));
  calls.posix_spawnattr_setsigmask(attributes, Buffer.alloc(STRUCTURE_BYTES));
  return attributes;
}

function findEnd(waitpid: NativeCall, id: number, block: boolean): ProcessEnd | undefined {
  const status = new Int32Array(1);
  let found = waitpid(id, status, block ? 0 : WITHOUT_WAITING);
  // A signal interrupts it.
  while (block && found < 0) found = waitpid(id, status, 0);
  if (found === 0) return undefined;
  if (found < 0) throw new Error(`The process ${id} is not there, or was waited for.`);
  const word = status[0] as number;
  const number = word & 0x7f;
  if (number === 0) return { exitCode: (word >> 8) & 0xff, signal: undefined };
  const [signal] = Object.entries(constants.signals).find(([, each]) => each === number) ?? [];
  return { exitCode: undefined, signal: signal as NodeJS.Signals | undefined };
}

/** As node:child_process has it. */
export function spawnError(program: string, code: string): Error {
  const syscall = `spawn ${program}`;
  return Object.assign(new Error(`${syscall} ${code}`), { code, syscall, path: program });
}
