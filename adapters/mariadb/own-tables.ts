// The names of tables of our own, on the way of others from one database into another.
import { nameDigest, OWN_PREFIX } from '../database/attempt-names.js';

/** A table inside the database in use, until it gets its own name. */
export function passingName(table: string): string {
  return `${OWN_PREFIX}${nameDigest(table)}`;
}

/** The table that goes with all others when they are exchanged: where it is, they are. */
export const MARKER = `${OWN_PREFIX}marker`;
