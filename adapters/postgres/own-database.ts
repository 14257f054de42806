// Whose a database with a name of our own is: it stands in its comment, for us and for people.

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
