// How many keys of a database two points differ in: by their segments, of which only those that differ are read.
import { createHash } from 'node:crypto';
import { readOrder, readRows } from '../database/stored-rows.js';
import type { SegmentEntry, StateReader } from '../state/state-adapter.js';
import { databasePaths } from './document-paths.js';
import { splitRows } from './row-text.js';

export interface KeyChanges {
  readonly added: number;
  readonly removed: number;
  readonly changed: number;
}

/** With more that differs nothing is counted. */
const MOST_READ_BYTES = 256 << 20;
const TAB = 9;

/** `undefined` where that is too much work. */
export async function countChanges(
  database: number,
  { from, to }: { readonly from: StateReader; readonly to: StateReader },
): Promise<KeyChanges | undefined> {
  const paths = databasePaths(database);
  const [before, after] = [await readOrder(from, paths), await readOrder(to, paths)];
  const idsOf = async (reader: StateReader, segments: readonly SegmentEntry[]) => {
    const ids = await Promise.all(segments.map(({ name }) => reader.id(paths.segment(name))));
    return new Map(segments.map(({ name }, at) => [name, ids[at]]));
  };
  const [idsBefore, idsAfter] = [await idsOf(from, before), await idsOf(to, after)];
  const isOther = ({ name }: SegmentEntry) => idsBefore.get(name) !== idsAfter.get(name);
  const [gone, come] = [before.filter(isOther), after.filter(isOther)];
  if (bytesOf(gone) + bytesOf(come) > MOST_READ_BYTES) return undefined;
  const rows = await digestRows(readRows(from, { segments: gone, paths }));
  let [added, changed] = [0, 0];
  for await (const lines of splitRows(readRows(to, { segments: come, paths }))) {
    for (const line of lines) {
      const key = keyOf(line);
      const digest = rows.get(key);
      if (digest === undefined) added++;
      else if (digest !== digestOf(line)) changed++;
      rows.delete(key);
    }
  }
  return { added, removed: rows.size, changed };
}

function bytesOf(segments: readonly SegmentEntry[]): number {
  return segments.reduce((sum, { bytes }) => sum + bytes, 0);
}

async function digestRows(pieces: AsyncIterable<Uint8Array>): Promise<Map<string, string>> {
  const rows = new Map<string, string>();
  for await (const lines of splitRows(pieces))
    for (const line of lines) rows.set(keyOf(line), digestOf(line));
  return rows;
}

function keyOf(line: Buffer): string {
  return line.toString('latin1', 0, line.indexOf(TAB));
}

function digestOf(line: Buffer): string {
  return createHash('sha256').update(line).digest('base64').slice(0, 22);
}
