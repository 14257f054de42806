// Writes the index segment of packs that are already durable: the step between publishing packs and moving a ref.
import { EntryBuffer } from '../pack/entry.js';
import type { TableOfContents } from '../pack/pack-format.js';
import type { PackSource } from '../pack/pack-reader.js';
import { encodeSegment } from './segment-format.js';
import { sortEntries } from './sort-entries.js';

export interface PackToIndex {
  readonly id: string;
  readonly sizeBytes: number;
  readonly table: TableOfContents;
}

/** Writes one segment for `packs`, durably; returns its name. The name follows from the content. */
export async function publishSegment(source: PackSource, packs: readonly PackToIndex[]): Promise<string> {
  const bytes = encodePacksSegment(source, packs);
  const name = `index/${source.platform.hash('sha256', bytes).slice(0, 32)}.idx`;
  await source.backend.replace(name, bytes);
  return name;
}

/** The segment that says what the tables of `packs` say. */
export function encodePacksSegment(source: PackSource, packs: readonly PackToIndex[]): Uint8Array {
  const entries = new EntryBuffer(source.format);
  let firstBlock = 0;
  for (const pack of packs) {
    entries.appendAll(pack.table.entries, firstBlock);
    firstBlock += pack.table.blocks.length;
  }
  const sorted = sortEntries(entries.appended(), source.format);
  return encodeSegment(source.platform, { format: source.format, packs, entries: sorted });
}
