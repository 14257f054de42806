// Tells the keys by which two states of a database differ, both in the order of their keys: what both have costs a look at its row.

import type { NamedRow } from './read-keys.js';
import { decodeRow, splitRows } from './row-text.js';

export type ComparedRow = Pick<NamedRow, 'name' | 'line' | 'expiresAtMs'>;

export interface KeyDifference {
  readonly name: string;
  readonly before?: ComparedRow;
  readonly after?: ComparedRow;
}

/** Two clocks, and what passes between two looks. */
const GRACE_MS = 2000;

/** What of `before` and `after` differs. A key that one of them lacks and that is due to expire is no difference. */
export async function* compareKeys(
  before: AsyncGenerator<ComparedRow>,
  after: AsyncGenerator<ComparedRow>,
): AsyncGenerator<KeyDifference> {
  try {
    let [left, right] = [await next(before), await next(after)];
    while (left !== undefined || right !== undefined) {
      if (left !== undefined && (right === undefined || left.name < right.name)) {
        if (!isDue(left)) yield { name: left.name, before: left };
        left = await next(before);
      } else if (right !== undefined && (left === undefined || right.name < left.name)) {
        if (!isDue(right)) yield { name: right.name, after: right };
        right = await next(after);
      } else if (left !== undefined && right !== undefined) {
        if (!left.line.equals(right.line)) yield { name: left.name, before: left, after: right };
        [left, right] = [await next(before), await next(after)];
      }
    }
  } finally {
    await before.return(undefined);
    await after.return(undefined);
  }
}

async function next(rows: AsyncGenerator<ComparedRow>): Promise<ComparedRow | undefined> {
  const { value, done } = await rows.next();
  return done === true ? undefined : value;
}

export function isDue({ expiresAtMs }: Pick<ComparedRow, 'expiresAtMs'>): boolean {
  return expiresAtMs !== undefined && expiresAtMs <= Date.now() + GRACE_MS;
}

/** Rows as they were written down. */
export async function* namedRows(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<ComparedRow> {
  for await (const rows of splitRows(pieces)) {
    for (const row of rows) {
      const { key, expiresAtMs } = decodeRow(row);
      yield { name: key.toString('latin1'), line: Buffer.concat([row, NEWLINE]), expiresAtMs };
    }
  }
}

const NEWLINE = Buffer.from('\n');
