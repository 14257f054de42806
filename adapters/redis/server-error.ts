// What a Redis server says when it refuses something, as an error with a code of ours: by the first word of what it says, never
// by the rest.
import { type ErrorCode, SavepointError } from '../../store/errors.js';
import type { RedisRefusal } from './resp-parser.js';

interface Meaning {
  readonly code: ErrorCode;
  readonly remedy: string;
}

const REPEAT = 'Repeat in a while.';
const GIVE_PASSWORD = "Name a file with the user's password by 'passwordFile', and the user in 'url'.";

const MEANINGS: Readonly<Record<string, Meaning>> = {
  NOAUTH: { code: 'PERMISSION_DENIED', remedy: GIVE_PASSWORD },
  WRONGPASS: {
    code: 'PERMISSION_DENIED',
    remedy: 'See to the user in the address and to the password in the file.',
  },
  DENIED: { code: 'PERMISSION_DENIED', remedy: GIVE_PASSWORD },
  NOPERM: {
    code: 'PERMISSION_DENIED',
    remedy: 'Grant the user of the address that command (ACL SETUSER), or name another user.',
  },
  LOADING: { code: 'STATE_BUSY', remedy: 'The server still reads its data: repeat when it has done so.' },
  BUSY: {
    code: 'STATE_BUSY',
    remedy: 'A script runs there: repeat when it has ended, or end it (SCRIPT KILL).',
  },
  TRYAGAIN: { code: 'STATE_BUSY', remedy: REPEAT },
  NOMASTERLINK: { code: 'STATE_BUSY', remedy: 'See that the replica reaches its master, and repeat.' },
  MASTERDOWN: { code: 'STATE_BUSY', remedy: 'See that the replica reaches its master, and repeat.' },
  READONLY: { code: 'STATE_REFUSED', remedy: 'It is a replica: name its master in the address.' },
  NOREPLICAS: {
    code: 'STATE_REFUSED',
    remedy: 'Too few replicas are there (min-replicas-to-write): start them, and repeat.',
  },
  OOM: {
    code: 'STATE_REFUSED',
    remedy: 'Raise maxmemory (CONFIG SET maxmemory), or free memory, and repeat.',
  },
  MISCONF: {
    code: 'STATE_REFUSED',
    remedy: 'The server can not write to its disk: see its log and INFO persistence, free space, and repeat.',
  },
  MOVED: { code: 'UNSUPPORTED', remedy: 'It is a node of a cluster, of which none can be captured.' },
  ASK: { code: 'UNSUPPORTED', remedy: 'It is a node of a cluster, of which none can be captured.' },
  CLUSTERDOWN: { code: 'UNSUPPORTED', remedy: 'It is a node of a cluster, of which none can be captured.' },
};

const REFUSED: Meaning = { code: 'STATE_REFUSED', remedy: "Look into the server's log for more." };
const MOST_QUOTED = 300;

/** A command that was refused. */
export function refusalError(refusal: RedisRefusal, command: string, component: string): SavepointError {
  const { word } = refusal;
  const { code, remedy } = MEANINGS[word] ?? REFUSED;
  // What is said of a password may have it in it.
  const said = command === 'AUTH' ? word : refusal.text.slice(0, MOST_QUOTED);
  return new SavepointError(code, `the server refuses ${command}: ${said}. ${remedy}`, {
    fields: { component, command, word },
  });
}

/** A connection that ended before all was answered. */
export function connectionLost(component: string, cause?: unknown): SavepointError {
  return new SavepointError(
    'STATE_UNREADABLE',
    'the connection to the server was cut. See whether the server runs, and repeat.',
    { fields: { component }, cause },
  );
}

/** One that did not come about. */
export function connectionError(component: string, place: string, cause: unknown): SavepointError {
  const { code = '' } = cause as NodeJS.ErrnoException;
  const fields = { component, place, reason: code };
  if (code === 'EACCES' || code === 'EPERM') {
    const message = `this user may not connect to ${place}. Run it as one who may, or change the socket's mode (unixsocketperm).`;
    return new SavepointError('PERMISSION_DENIED', message, { fields, cause });
  }
  const why = code === '' ? '' : ` (${code})`;
  return new SavepointError(
    'STATE_UNREADABLE',
    `no server answers at ${place}${why}: start it, or mend the address.`,
    { fields, cause },
  );
}
