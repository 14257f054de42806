// The names of what an attempt makes at a server: told from everybody else's, and each found again by the attempt alone.
import { createHash } from 'node:crypto';

/** Of databases that belong to this program and to no component, and of tables on their way into one. */
export const OWN_PREFIX = 'savepoint_';

/** All that an attempt makes begins with it. */
export function attemptPrefix(attempt: string): string {
  return `${OWN_PREFIX}${digest(attempt)}_`;
}

export function attemptNames(attempt: string, database: string) {
  const prefix = `${attemptPrefix(attempt)}${digest(database)}`;
  return {
    /** What is made ready. */
    staged: `${prefix}${stagedSuffix}`,
    /** Where what stood in the database before is. */
    aside: `${prefix}_old`,
  };
}

const stagedSuffix = '_new';

/** Whether somebody makes something ready for `database` under this name. */
export function isStagedFor(name: string, database: string): boolean {
  return name.startsWith(OWN_PREFIX) && name.endsWith(`_${digest(database)}${stagedSuffix}`);
}

/** A table inside the database in use, until it gets its own name. */
export function passingName(table: string): string {
  return `${OWN_PREFIX}${digest(table)}`;
}

/** The table that goes with all others when they are exchanged: where it is, they are. */
export const MARKER = `${OWN_PREFIX}marker`;

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}
