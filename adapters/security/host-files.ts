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
/** The kernel takes no more at once (MAX_ARG_STRLEN, and 2 MiB in all). */
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

/** Files as `view` has them; `undefined` where there is no such view. Throws VALIDATION_FAILED where they can't be looked at. */
export async function openStagedFiles(view: StagedView): Promise<HostFiles | undefined> {
  if ((await view.run('sh', ['-c', 'exit 0'])) === undefined) return undefined;
  const ask = (verb: string, paths: readonly string[]) => askView(view, verb, paths);
  return {
    read: (paths) => ask('read', paths),
    list: async (directories) => {
      const listings = await ask('list', directories);
      const names = (listing: string) => listing.split('\n').filter((name) => name !== '');
      return new Map([...listings].map(([path, listing]) => [path, names(listing).sort()]));
    },
    status: async (paths) =>
      new Map([...(await ask('status', paths))].map(([path, words]) => [path, parseStatus(words)])),
    resolve: async (paths) =>
      new Map([...(await ask('resolve', paths))].map(([path, line]) => [path, line.replace(/\n$/, '')])),
  };
}

/** A line for each path: empty, or `+` and what was asked for in base64. */
const SCRIPT = `
  exec 2>/dev/null
  verb=$1
  shift
  for path; do
    case $verb in
      read) [ -f "$path" ] && [ -r "$path" ] && printf + && base64 -w 0 <"$path" ;;
      list) [ -d "$path" ] && printf + && ls -A -- "$path" | base64 -w 0 ;;
      status) [ -e "$path" ] && printf + && stat -L -c '%f %u %g' -- "$path" | base64 -w 0 ;;
      resolve) [ -e "$path" ] && printf + && readlink -f -- "$path" | base64 -w 0 ;;
    esac
    echo
  done
`;

async function askView(
  view: StagedView,
  verb: string,
  paths: readonly string[],
): Promise<Map<string, string>> {
  const answers = new Map<string, string>();
  for (let start = 0; start < paths.length; start += MOST_PATHS) {
    const asked = paths.slice(start, start + MOST_PATHS);
    const result = await view.run('sh', ['-c', SCRIPT, 'sh', verb, ...asked]);
    const lines = result?.output.split('\n') ?? [];
    if (result?.exitCode !== 0 || lines.length < asked.length) {
      throw new SavepointError(
        'VALIDATION_FAILED',
        `The files as they are going to be can't be looked at (exit code ${result?.exitCode ?? '(killed)'}): without sh, base64, stat, ls and readlink this host can't be used, so check what removes them.`,
        { fields: { paths: asked } },
      );
    }
    for (const [index, path] of asked.entries()) {
      if (!lines[index].startsWith('+')) continue;
      answers.set(path, Buffer.from(lines[index].slice(1), 'base64').toString('utf8'));
    }
  }
  return answers;
}

function parseStatus(words: string): HostStatus {
  const [mode, user, group] = words.trim().split(' ');
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
