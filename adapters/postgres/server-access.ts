// How a PostgreSQL server is reached: its address, its programs on this host, and the user of the system who runs them.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { SavepointError } from '../../store/errors.js';
import { readPassword } from '../database/password-file.js';
import { type StartedProgram, type StartedReader, startProgram, startReader } from '../node/start-program.js';
import { parseConnectionUrl, withDatabase } from './connection-url.js';

export interface ServerAccess {
  readonly component: string;
  /** The database that the address names. */
  readonly database: string;
  /** Starts one of PostgreSQL's programs for a database. Throws PROGRAM_MISSING. */
  start(
    program: 'psql' | 'pg_dump' | 'pg_isready',
    use: { readonly database: string; readonly options: readonly string[] },
  ): Promise<StartedProgram>;
  /** The same, for its output to be read by a thread. `undefined` where that can't be had. */
  startReader(
    program: 'psql',
    use: { readonly database: string; readonly options: readonly string[] },
  ): Promise<StartedReader | undefined>;
  /** Starts one that talks to no server. */
  startOffline(program: 'pg_restore' | 'psql', options: readonly string[]): Promise<StartedProgram>;
}

export interface AccessSettings {
  readonly url: string;
  /** An absolute path: the password is all that is in it. */
  readonly passwordFile?: string | undefined;
  /** A directory of PostgreSQL's programs. */
  readonly programs?: string | undefined;
  /** The user of the system as whom they run. */
  readonly systemUser?: string | undefined;
}

const CONNECT_TIMEOUT_SECONDS = '10';

/** Throws CONFIG_INVALID for a wrong address, or a file of a password that can't be read. */
export function accessServer(component: string, settings: AccessSettings): ServerAccess {
  const connection = parseConnectionUrl(settings.url, component);
  const directory = settings.programs ?? newestPrograms();
  const environment = {
    ...process.env,
    ...{ LC_ALL: 'C', PGCONNECT_TIMEOUT: CONNECT_TIMEOUT_SECONDS, PGAPPNAME: 'savepoint' },
    ...(settings.passwordFile === undefined
      ? {}
      : { PGPASSWORD: readPassword(settings.passwordFile, component) }),
  };
  const wordsFor = (program: string, args: readonly string[]): [string, ...string[]] => {
    const file = directory === undefined ? program : join(directory, program);
    const [first = file, ...rest] = [...prefixFor(settings.systemUser), file, ...args];
    return [first, ...rest];
  };
  const place = { environment, session: true, directory: '/', isStreaming: true };
  const trying = async <T>(program: string, work: () => T | Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      throw missing(component, program, directory);
    }
  };
  const start = (program: string, args: readonly string[]) =>
    trying(program, () => {
      const [first, ...rest] = wordsFor(program, args);
      return startProgram(first, rest, place);
    });
  const argsFor = ({ database, options }: { database: string; options: readonly string[] }) => [
    ...['-d', withDatabase(connection, database).url],
    ...options,
  ];
  return {
    ...{ component, database: connection.database },
    start: (program, use) => start(program, argsFor(use)),
    startReader: (program, use) =>
      trying(program, () => {
        // In large pieces: psql writes 4 KiB at a time otherwise.
        const words = [
          ...(hasProgram(BUFFERING) ? [BUFFERING, BUFFER] : []),
          ...wordsFor(program, argsFor(use)),
        ];
        return startReader(words[0] as string, words.slice(1), place);
      }),
    startOffline: start,
  };
}

const BUFFERING = '/usr/bin/stdbuf';
const BUFFER = '-o256K';

function hasProgram(path: string): boolean {
  return existsSync(path);
}

function prefixFor(systemUser: string | undefined): readonly string[] {
  if (systemUser === undefined || systemUser === userInfo().username) return [];
  const group = groupOf(systemUser) ?? systemUser;
  return ['setpriv', `--reuid=${systemUser}`, `--regid=${group}`, '--init-groups', '--'];
}

/** The number of a user's own group, where the host itself knows the user. */
function groupOf(user: string): string | undefined {
  const lines = readFileSync('/etc/passwd', 'utf8').split('\n');
  return lines.find((line) => line.startsWith(`${user}:`))?.split(':')[3];
}

/** Where Debian and the packages of the project itself put each version's programs. */
const PLACES = [
  { parent: '/usr/lib/postgresql', version: /^([0-9]+)$/ },
  { parent: '/usr', version: /^pgsql-([0-9]+)$/ },
];

/** Those of the newest version; `undefined` where they are to be looked for in the PATH. */
function newestPrograms(): string | undefined {
  const found = PLACES.flatMap(({ parent, version }) => {
    if (!existsSync(parent)) return [];
    const names = readdirSync(parent);
    return names.flatMap((name) => {
      const [, number] = version.exec(name) ?? [];
      const directory = join(parent, name, 'bin');
      return number !== undefined && existsSync(join(directory, 'psql'))
        ? [{ number: Number(number), directory }]
        : [];
    });
  });
  return found.sort((left, right) => right.number - left.number)[0]?.directory;
}

function missing(component: string, program: string, directory: string | undefined): SavepointError {
  const where = directory === undefined ? 'in the PATH' : `in ${directory}`;
  return new SavepointError(
    'PROGRAM_MISSING',
    `There is no ${program} ${where}, which ${component} is read and put back with. Install PostgreSQL's client programs (Debian: postgresql-client), or name their directory by 'programs'.`,
    { fields: { component, program } },
  );
}
