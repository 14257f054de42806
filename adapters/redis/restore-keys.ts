// Makes the keys of a live database as a point has them, in one transaction: keys that somebody else writes meanwhile are looked
// at again, so that what is answered is what was changed.
import { SavepointError } from '../../store/errors.js';
import type { TableDifference, TableRow } from '../state/state-tables.js';
import { changeCommands, inTransaction } from './change-keys.js';
import { type ComparedRow, compareKeys, type KeyDifference, namedRows } from './compare-keys.js';
import { listKeys, readKeys } from './read-keys.js';
import type { RedisSession } from './redis-session.js';
import { COLUMNS } from './row-text.js';

const MOST_TRIES = 10;
const NAMES_AT_ONCE = 1000;

/** In the session's database. Throws STATE_BUSY where others write the same keys without pause, before anything is visible. */
export async function restoreKeys(
  session: RedisSession,
  patterns: readonly string[] | undefined,
  rows: () => AsyncIterable<Uint8Array>,
): Promise<TableDifference> {
  const found = readKeys(session, await listKeys(session, patterns));
  const wanted = new Map<string, ComparedRow | undefined>();
  for await (const { name, after } of compareKeys(found, namedRows(rows()))) wanted.set(name, after);
  const names = [...wanted.keys()];
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    for (let at = 0; at < names.length; at += NAMES_AT_ONCE) {
      const some = names.slice(at, at + NAMES_AT_ONCE).map((name) => Buffer.from(name, 'latin1'));
      await session.call('WATCH', ...some);
    }
    const differences: KeyDifference[] = [];
    const after = [...wanted.values()].filter((row) => row !== undefined);
    for await (const difference of compareKeys(readKeys(session, names), listed(after)))
      differences.push(difference);
    const commands = differences.flatMap(changeCommands);
    if (await session.undisturbed(() => inTransaction(session, commands))) return differenceOf(differences);
  }
  throw new SavepointError(
    'STATE_BUSY',
    'others write the same keys without pause. Stop them, and repeat: nothing was changed.',
    { fields: { component: session.access.component } },
  );
}

async function* listed(rows: readonly ComparedRow[]): AsyncGenerator<ComparedRow> {
  yield* rows;
}

function differenceOf(differences: readonly KeyDifference[]): TableDifference {
  const added: TableRow[] = [];
  const removed: TableRow[] = [];
  const changed: { before: TableRow; after: TableRow }[] = [];
  for (const { before, after } of differences) {
    if (before === undefined) added.push(valuesOf(after as ComparedRow));
    else if (after === undefined) removed.push(valuesOf(before));
    else changed.push({ before: valuesOf(before), after: valuesOf(after) });
  }
  return { columns: COLUMNS, key: ['key'], added, removed, changed };
}

function valuesOf({ line }: ComparedRow): TableRow {
  return line.toString('utf8', 0, line.length - 1).split('\t');
}
