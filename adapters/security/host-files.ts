// Looks at files of the host: as they are, or as they are going to be in a staged view. Both ways give the same answers, and
// what is not there, or can't be read, is missing from them.
import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  statSync,
} from 'node:fs';
import { SavepointError } from '../../store/errors.js';
import { systemCode } from '../backends/storage-error.js';
import type { StagedView } from '../state/state-adapter.js';

/** What a path leads to, links followed. */
export interface HostStatus {
  /** With the bits of the type, as stat has it. */
  readonly mode: number;
  readonly userId: number;
  readonly groupId: number;
}

export interface HostFiles {
  /** The contents of regular files. */
  read(paths: readonly string[]): Promise<Map<string, string>>;
  /** The names in directories, in order. */
  list(directories: readonly string[]): Promise<Map<string, string[]>>;
  status(paths: readonly string[]): Promise<Map<string, HostStatus>>;
  /** Paths without symbolic links. */
  resolve(paths: readonly string[]): Promise<Map<string, string>>;
}

/** No file that decides who may log in is larger. */
const LARGEST_BYTES = 64 << 20;
/** At once; the kernel takes 2 MiB of arguments. */
const MOST_PATHS = 500;

export const LIVE_FILES: HostFiles = {
  read: async (paths) => collect(paths, readRegularFile),
  list: async (directories) => collect(directories, (path) => readdirSync(path).sort()),
  status: async (paths) =>
    collect(paths, (path) => {
      const { mode, uid, gid } = statSync(path);
      return { mode, userId: uid, groupId: gid };
    }),
  resolve: async (paths) => collect(paths, (path) => realpathSync(path)),
};

/** What is looked at in any case: all at once, as it may take long to enter a view. */
export interface FirstLook {
  readonly read: readonly string[];
  readonly status: readonly string[];
  /** Their names, and the contents of the files in them. */
  readonly directories: readonly string[];
}

/** Files as `view` has them; `undefined` where there is no such view. Throws VALIDATION_FAILED where they can't be looked at. */
export async function openStagedFiles(view: StagedView, first: FirstLook): Promise<HostFiles | undefined> {
  const known = new Map<string, string>();
  const asked = new Set<string>();
  const ask = async (verb: string, paths: readonly string[]) => {
    const missing = paths.map((path) => `${verb}:${path}`).filter((each) => !asked.has(each));
    if (missing.length > 0) await askView(view, missing, { known, asked });
    return new Map(
      paths.flatMap((path) => {
        const answer = known.get(`${verb}:${path}`);
        return answer === undefined ? [] : [[path, answer] as const];
      }),
    );
  };
  const { read, status, directories } = first;
  const requests = [
    ...read.map((path) => `read:${path}`),
    ...directories.map((path) => `files:${path}`),
    ...status.map((path) => `status:${path}`),
  ];
  if (!(await askView(view, requests, { known, asked }))) return undefined;
  return {
    read: async (paths) => mapValues(await ask('read', paths), decode),
    list: async (paths) => mapValues(await ask('list', paths), splitNames),
    status: async (paths) => mapValues(await ask('status', paths), parseStatus),
    resolve: (paths) => ask('resolve', paths),
  };
}

/** Each argument is a verb and a path; each answer is a line: verb and path again, a tab, and the answer. */
const SCRIPT = `
  exec 2>/dev/null
  statuses=
  read_file() {
    [ -f "$1" ] && [ -r "$1" ] && printf 'read:%s\t' "$1" && base64 -w 0 <"$1" && echo
  }
  list() {
    [ -d "$1" ] || return
    printf 'list:%s\t' "$1"
    for name in "$1"/* "$1"/.[!.]*; do [ ! -e "$name" ] || printf '%s/' "\${name##*/}"; done
    echo
  }
  for request; do
    path=\${request#*:}
    case $request in
      read:*) read_file "$path" ;;
      list:*) list "$path" ;;
      files:*) list "$path"; for name in "$path"/*; do read_file "$name"; done ;;
      resolve:*) [ -e "$path" ] && printf '%s\t' "$request" && readlink -f -- "$path" ;;
      status:*) statuses=1 ;;
    esac
  done
  [ -n "$statuses" ] || exit 0
  for request; do
    shift
    case $request in status:*) set -- "$@" "\${request#*:}" ;; esac
  done
  stat -L -c 'status:%n\t%f %u %g' -- "$@" || exit 0
`;

interface Answers {
  readonly known: Map<string, string>;
  /** Requests that have been answered, be it with nothing. */
  readonly asked: Set<string>;
}

/** Answers whether there is such a view. */
async function askView(
  view: StagedView,
  requests: readonly string[],
  { known, asked }: Answers,
): Promise<boolean> {
  for (let start = 0; start < requests.length; start += MOST_PATHS) {
    const some = requests.slice(start, start + MOST_PATHS);
    const result = await view.run('sh', ['-c', SCRIPT, 'sh', ...some]);
    if (result === undefined) return false;
    if (result.exitCode !== 0) {
      throw new SavepointError(
        'VALIDATION_FAILED',
        `The files as they are going to be can't be looked at (exit code ${result.exitCode ?? '(killed)'}): without a shell that runs, this host can't be used. Choose another recovery point.`,
        { fields: { exitCode: result.exitCode } },
      );
    }
    for (const request of some) asked.add(request);
    for (const line of result.output.split('\n')) {
      const tab = line.indexOf('\t');
      if (tab < 0) continue;
      known.set(line.slice(0, tab), line.slice(tab + 1));
      asked.add(line.slice(0, tab));
    }
  }
  return true;
}

function mapValues<T>(answers: ReadonlyMap<string, string>, parse: (answer: string) => T): Map<string, T> {
  return new Map([...answers].map(([path, answer]) => [path, parse(answer)]));
}

function decode(base64: string): string {
  return Buffer.from(base64, 'base64').toString('utf8');
}

function splitNames(names: string): string[] {
  return names
    .split('/')
    .filter((name) => name !== '')
    .sort();
}

function parseStatus(words: string): HostStatus {
  const [mode, user, group] = words.split(' ');
  return { mode: Number.parseInt(mode, 16), userId: Number(user), groupId: Number(group) };
}

function collect<T>(paths: readonly string[], look: (path: string) => T | undefined): Map<string, T> {
  const answers = new Map<string, T>();
  for (const path of paths) {
    try {
      const answer = look(path);
      if (answer !== undefined) answers.set(path, answer);
    } catch (error) {
      if (!CANNOT_LOOK.has(systemCode(error) ?? '')) throw error;
    }
  }
  return answers;
}

const CANNOT_LOOK = new Set([
  'ENOENT',
  'ENOTDIR',
  'EACCES',
  'EPERM',
  'ELOOP',
  'ENAMETOOLONG',
  'ESTALE',
  'EIO',
]);

/** Without waiting for one that is a pipe. */
function readRegularFile(path: string): string | undefined {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stat = fstatSync(descriptor);
    if (!stat.isFile() || stat.size > LARGEST_BYTES) return undefined;
    return readFileSync(descriptor, 'utf8');
  } finally {
    closeSync(descriptor);
  }
}
