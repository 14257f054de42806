// The names of what an attempt makes at a server: told from everybody else's, and each found again by the attempt alone.
import { createHash } from 'node:crypto';

/** Of databases that belong to this program and to no component. */
export const OWN_PREFIX = 'savepoint_';

/** All that an attempt makes begins with it. */
export function attemptPrefix(attempt: string): string {
  return `${OWN_PREFIX}${digest(attempt)}_`;
}

export function attemptNames(attempt: string, database: string) {
  const prefix = `${attemptPrefix(attempt)}${digest(database)}`;
  return {
    /** What is made ready. */
    staged: `${prefix}_new`,
    /** What stood under the name before. */
    aside: `${prefix}_old`,
  };
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}

/** Whose a database with a name of our own is. */
export interface OwnDatabase {
  /** `new`: made ready. `old`: exchanged, and there until the operation is over. */
  readonly role: 'new' | 'old';
  readonly attempt: string;
  /** The name that it is meant for, or had. */
  readonly database: string;
  /** Rows that are in no point: with any, it is kept for people, who drop it. */
  readonly rows: number;
}

/** As the database's comment says it. */
export function ownComment({ role, attempt, database, rows }: OwnDatabase): string {
  return `savepoint: ${role} ${attempt} ${rows} ${database}`;
}

export function parseOwnComment(comment: string): OwnDatabase | undefined {
  const [, role, attempt, rows, database] = /^savepoint: (new|old) (\S+) (\d+) (.*)$/s.exec(comment) ?? [];
  if (role === undefined || attempt === undefined || database === undefined) return undefined;
  return { role: role as OwnDatabase['role'], attempt, database, rows: Number(rows) };
}
