// How a MariaDB server is reached: its address, and the client program on this host.
import { join } from 'node:path';
import { SavepointError } from '../../store/errors.js';
import { readPassword } from '../database/password-file.js';
import { type StartedProgram, startProgram } from '../node/start-program.js';
import { parseConnectionUrl } from './connection-url.js';

export interface ServerAccess {
  readonly component: string;
  /** The database that the address names; empty where it names none. */
  readonly database: string;
  /** For how long a session waits for what others have locked. */
  readonly lockWaitSeconds: number;
  /** Starts the client, which reads statements from its standard input. Throws PROGRAM_MISSING. */
  start(options: readonly string[]): Promise<StartedProgram>;
}

export interface AccessSettings {
  readonly url: string;
  /** An absolute path: the password is all that is in it. */
  readonly passwordFile?: string | undefined;
  /** A directory of MariaDB's client programs. */
  readonly programs?: string | undefined;
  readonly drainMs: number;
}

const CONNECT_TIMEOUT_SECONDS = 10;
const PROGRAM = 'mariadb';

/** Throws CONFIG_INVALID for a wrong address, or a file of a password that can't be read. */
export function accessServer(component: string, settings: AccessSettings): ServerAccess {
  const { passwordFile, programs, drainMs } = settings;
  const { database, options: place } = parseConnectionUrl(settings.url, component);
  const environment = {
    ...process.env,
    LC_ALL: 'C',
    // Only the same user and root can see it, as with a file.
    ...(passwordFile === undefined ? {} : { MYSQL_PWD: readPassword(passwordFile, component) }),
  };
  // A password in an option file would be taken before ours.
  const first = passwordFile === undefined ? [] : ['--no-defaults'];
  const program = programs === undefined ? PROGRAM : join(programs, PROGRAM);
  return {
    ...{ component, database, lockWaitSeconds: Math.max(1, Math.ceil(drainMs / 1000)) },
    async start(options) {
      const args = [...first, ...place, `--connect-timeout=${CONNECT_TIMEOUT_SECONDS}`, ...options];
      try {
        return await startProgram(program, args, {
          environment,
          session: true,
          directory: '/',
          isStreaming: true,
        });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
        throw missing(component, programs);
      }
    },
  };
}

function missing(component: string, directory: string | undefined): SavepointError {
  const where = directory === undefined ? 'in the PATH' : `in ${directory}`;
  return new SavepointError(
    'PROGRAM_MISSING',
    `There is no ${PROGRAM} ${where}, which ${component} is read and put back with. Install MariaDB's client programs (Debian: mariadb-client), or name their directory by 'programs'.`,
    { fields: { component, program: PROGRAM } },
  );
}
