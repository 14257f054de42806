// What a PostgreSQL server says when it refuses something, as an error with a code of ours: by its SQLSTATE, never by its text.
import { type ErrorCode, SavepointError } from '../../store/errors.js';
import type { ServerAccess } from './server-access.js';

export interface ServerWord {
  /** SQLSTATE, five letters and digits. */
  readonly code: string;
  readonly message: string;
  /** All that was printed, with details and hints. */
  readonly detail: string;
}

interface Meaning {
  readonly states: RegExp;
  readonly code: ErrorCode;
  readonly remedy: string;
}

/** https://www.postgresql.org/docs/current/errcodes-appendix.html */
const MEANINGS: readonly Meaning[] = [
  { states: /^53100$/, code: 'STORAGE_FULL', remedy: "Free space on the server's disk, and repeat." },
  {
    states: /^42501$/,
    code: 'PERMISSION_DENIED',
    remedy: 'Grant that to the role that the address names, or name the owner or a superuser.',
  },
  {
    states: /^(55P03|55006|40P01)$/,
    code: 'STATE_BUSY',
    remedy: 'Another session holds it (pg_locks says which): repeat when that has ended, or end it.',
  },
  { states: /^(08...|57P0.)$/, code: 'STATE_UNREADABLE', remedy: 'See whether the server runs, and repeat.' },
  {
    states: /^53...$/,
    code: 'STATE_BUSY',
    remedy: 'The server has too little left of what it needs: repeat later.',
  },
  { states: /^57014$/, code: 'STATE_BUSY', remedy: 'Somebody canceled it: repeat.' },
];

const REFUSED: Pick<Meaning, 'code' | 'remedy'> = {
  code: 'STATE_REFUSED',
  remedy: "Look into the server's log for more.",
};

/** A statement that failed. */
export function statementError(word: ServerWord): SavepointError {
  const { code, remedy } = MEANINGS.find(({ states }) => states.test(word.code)) ?? REFUSED;
  return new SavepointError(
    code,
    `the server refuses it: ${word.message} (SQLSTATE ${word.code}). ${remedy}`,
    {
      fields: { sqlState: word.code, detail: word.detail },
    },
  );
}

/** A session that ended before it answered. */
export function sessionLost(said: string, { database }: ServerAccess): SavepointError {
  const message = `the connection to the server was cut${said === '' ? '' : `: ${said}`}. See whether the server runs, and repeat.`;
  return new SavepointError('STATE_UNREADABLE', message, { fields: { database } });
}

/** Why nobody was let in, from what `psql` said and from whether the server is there at all. */
export async function connectionError(access: ServerAccess, said: string): Promise<SavepointError> {
  const { database } = access;
  const asked = await access.start('pg_isready', { database, options: ['-q'] });
  asked.stdin.end();
  asked.stdout.resume();
  asked.stderr.resume();
  const { exitCode } = await asked.ended;
  return new SavepointError('STATE_UNREADABLE', `${REASONS[exitCode ?? 0] ?? REASONS[0]} ${said.trim()}`, {
    fields: { database },
  });
}

/** By what pg_isready ends with: 0 the server takes connections, 1 it takes none now, 2 there is none. */
const REASONS = [
  "the server does not let us in: see to user and password (a file that PGPASSFILE names, or the address), to pg_hba.conf and to the database's name.",
  'the server takes no connections now: it starts, or is about to end. Repeat in a while.',
  'no server answers there: start it, or mend the address.',
];
