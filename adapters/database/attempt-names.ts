// The names of what an attempt makes at a server: told from everybody else's, and each found again by the attempt alone.
import { createHash } from 'node:crypto';

/** Of databases that belong to this program and to no component. */
export const OWN_PREFIX = 'savepoint_';

/** All that an attempt makes begins with it. */
export function attemptPrefix(attempt: string): string {
  return `${OWN_PREFIX}${nameDigest(attempt)}_`;
}

export function attemptNames(attempt: string, database: string) {
  const prefix = `${attemptPrefix(attempt)}${nameDigest(database)}`;
  return {
    /** What is made ready. */
    staged: `${prefix}${STAGED}`,
    /** Where what was in use before stands. */
    aside: `${prefix}_old`,
  };
}

const STAGED = '_new';

/** Whether somebody makes something ready for `database` under this name. */
export function isStagedFor(name: string, database: string): boolean {
  return name.startsWith(OWN_PREFIX) && name.endsWith(`_${nameDigest(database)}${STAGED}`);
}

/** Short, and of letters that need no quotation marks. */
export function nameDigest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}
