// What SQLite says when it refuses something, as an error with a code of ours: by its own result code, never by its text.
import { type ErrorCode, isSavepointError, SavepointError } from '../../store/errors.js';

interface Meaning {
  readonly results: readonly number[];
  readonly code: ErrorCode;
  readonly remedy: string;
}

/** SQLITE_ERROR: sqlite3 prints no code with it. */
export const UNSPECIFIC = 1;

const [BUSY, LOCKED, CORRUPT, NOT_A_DATABASE] = [5, 6, 11, 26];

/** https://www.sqlite.org/rescode.html */
const MEANINGS: readonly Meaning[] = [
  {
    results: [BUSY, LOCKED],
    code: 'STATE_BUSY',
    remedy:
      "Another program holds it for longer than 'busyTimeout': repeat when it has let go, end it, or allow more time.",
  },
  {
    results: [3, 8, 23],
    code: 'PERMISSION_DENIED',
    remedy: 'Run it as root or as the owner of the file, who may also write to its directory.',
  },
  { results: [13], code: 'STORAGE_FULL', remedy: 'Free space on its disk, and repeat.' },
  {
    results: [CORRUPT, NOT_A_DATABASE],
    code: 'STATE_UNREADABLE',
    remedy: 'It is damaged, or no database of SQLite: roll it back, or mend the configuration.',
  },
  {
    results: [10, 14],
    code: 'STATE_UNREADABLE',
    remedy: 'See whether it and its directory can be read and written to, and repeat.',
  },
];

const REFUSED = { code: 'STATE_REFUSED', remedy: 'See what that is about, and repeat.' } as const;

/** The result code at the end of a message, as sqlite3 prints it. */
const RESULT = /\(([0-9]+)\)\s*$/;

/** The primary result code; `undefined` where sqlite3 did not print one. */
export function resultIn(said: string): number | undefined {
  const [, result] = RESULT.exec(said.trim()) ?? [];
  return result === undefined ? undefined : Number(result) & 0xff;
}

/** Why sqlite3 ended with an error. */
export function sqliteError(
  said: string,
  { file, result }: { readonly file: string; readonly result: number },
): SavepointError {
  const { code, remedy } = MEANINGS.find(({ results }) => results.includes(result)) ?? REFUSED;
  const what = said.trim() === '' ? 'sqlite3 ended without a word' : `SQLite says of ${file}: ${said.trim()}`;
  return new SavepointError(code, `${what}. ${remedy}`, { fields: { path: file, sqliteResult: result } });
}

/** sqlite3 was killed, or ended for no reason that it gave. */
export function programLost(file: string, said: string): SavepointError {
  const more = said.trim() === '' ? '' : ` (${said.trim()})`;
  return new SavepointError(
    'PROGRAM_FAILED',
    `sqlite3 was ended while it worked on ${file}${more}. See who does that, and repeat.`,
    { fields: { path: file } },
  );
}

/** Whether a database needs what sqlite3 does not have, such as an application's own functions and collations. */
export function isBeyondProgram(error: unknown): boolean {
  return isSavepointError(error) && error.fields['sqliteResult'] === UNSPECIFIC;
}

/** Whether the file is damaged, or no database at all. */
export function isDamage(error: unknown): boolean {
  if (!isSavepointError(error)) return false;
  const result = error.fields['sqliteResult'];
  return result === CORRUPT || result === NOT_A_DATABASE;
}
