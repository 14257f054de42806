// All index segments of a store as one: where is this object? A damaged or missing segment costs nothing but time:
// packs that no sound segment covers are indexed in memory from their own tables of contents.
import { listGravestones } from '../collect/garbage-files.js';
import { isSavepointError, type SavepointError } from '../errors.js';
import type { ObjectId } from '../object-id.js';
import { type Entry, EntryBuffer } from '../pack/entry.js';
import { openPack, type PackSource } from '../pack/pack-reader.js';
import { readDamaged } from '../read-damaged.js';
import { type IndexSegment, openSegment, openSegmentBytes } from './segment.js';
import { encodeSegment, type IndexedBlock } from './segment-format.js';
import { sortEntries } from './sort-entries.js';

/** Where an object's record stands. */
export interface Location {
  readonly packId: string;
  readonly block: IndexedBlock;
  readonly entry: Entry;
  /** The pack is not in the store: the object is known, but cannot be read. */
  readonly missing: boolean;
}

export interface IndexState {
  readonly segments: readonly IndexSegment[];
  /** Ids and sizes of the packs that are in the store. */
  readonly packs: ReadonlyMap<string, number>;
  /** Packs that some segment names and the store doesn't have, without those that were garbage. */
  readonly missingPacks: readonly string[];
  /** Packs that only their own table of contents describes: the next writer should index them. */
  readonly unindexedPacks: readonly string[];
  /** What is wrong with segments and packs that could not be opened. */
  readonly problems: readonly { readonly file: string; readonly error: SavepointError }[];
}

export class ObjectIndex {
  constructor(
    private readonly source: PackSource,
    readonly state: IndexState,
  ) {}

  /** Where `id` stands, from a pack that is there if there is one. */
  async find(id: ObjectId): Promise<Location | undefined> {
    if (this.isLoaded()) return this.findLoaded(id);
    let missing: Location | undefined;
    for (const segment of this.state.segments) {
      await segment.load(this.source.backend, id);
      const location = this.locate(segment, id);
      if (location !== undefined && !location.missing) return location;
      missing ??= location;
    }
    return missing;
  }

  /** Whether all segments are in memory. */
  isLoaded(): boolean {
    return this.state.segments.every((segment) => segment.isLoaded());
  }

  /** As `find`, at once; only after `loadAll`. */
  findLoaded(id: ObjectId): Location | undefined {
    let missing: Location | undefined;
    for (const segment of this.state.segments) {
      const location = this.locate(segment, id);
      if (location !== undefined && !location.missing) return location;
      missing ??= location;
    }
    return missing;
  }

  /** Every place where `id` stands, in packs that are missing too; only after `loadAll`. */
  findAllLoaded(id: ObjectId): Location[] {
    return this.state.segments.flatMap((segment) =>
      segment.findAll(id).map((entry) => this.locationOf(segment, entry)),
    );
  }

  /** Reads all segments whole, for bulk work: 44 bytes an object. Throws INDEX_CORRUPT. */
  async loadAll(): Promise<void> {
    for (const { error } of await this.loadSound()) throw error;
  }

  /** Reads all segments whole; answers with those that are damaged. */
  async loadSound(): Promise<{ file: string; error: SavepointError }[]> {
    const damaged: { file: string; error: SavepointError }[] = [];
    for (const segment of this.state.segments) {
      if (segment.isLoaded()) continue;
      const bytes = await readDamaged(this.source.backend, segment.name);
      try {
        segment.adopt(bytes ?? new Uint8Array());
      } catch (error) {
        if (!isSavepointError(error, 'INDEX_CORRUPT')) throw error;
        damaged.push({ file: segment.name, error });
      }
    }
    return damaged;
  }

  /** Ids that start with the hexadecimal digits `prefix`, each once, at most `limit`. */
  async findIdsWithPrefix(prefix: string, limit: number): Promise<ObjectId[]> {
    await this.loadAll();
    return this.findLoadedIdsWithPrefix(prefix, limit);
  }

  /** As `findIdsWithPrefix`, at once; only after `loadAll`. */
  findLoadedIdsWithPrefix(prefix: string, limit: number): ObjectId[] {
    const ids = new Set<ObjectId>();
    for (const segment of this.state.segments) {
      for (const id of segment.idsWithPrefix(prefix)) if (ids.size < limit) ids.add(id);
    }
    return [...ids];
  }

  /** Whether some object stands in no pack that is there; only after `loadAll`. */
  hasLost(): boolean {
    const missing = new Set(this.state.missingPacks);
    if (missing.size === 0) return false;
    const affected = this.state.segments.filter(({ front }) => front.packs.some(({ id }) => missing.has(id)));
    for (const segment of affected) {
      for (const { id } of segment.entries()) if (this.findLoaded(id)?.missing) return true;
    }
    return false;
  }

  private locate(segment: IndexSegment, id: ObjectId): Location | undefined {
    let lost: Entry | undefined;
    const there = segment.find(id, (each) => {
      if (this.state.packs.has(segment.packOf(each))) return true;
      lost ??= each;
      return false;
    });
    const entry = there ?? lost;
    return entry === undefined ? undefined : this.locationOf(segment, entry);
  }

  private locationOf(segment: IndexSegment, entry: Entry): Location {
    const packId = segment.packOf(entry);
    return { packId, block: segment.front.block(entry.block), entry, missing: !this.state.packs.has(packId) };
  }
}

/** How often opening starts over where packs are merged meanwhile. */
const MOST_ATTEMPTS = 8;

/** Opens all segments but those in `without`, and makes up in memory for those that are damaged or missing. */
export async function openIndex(
  source: PackSource,
  without: ReadonlySet<string> = new Set(),
): Promise<ObjectIndex> {
  for (let attempt = 1; ; attempt++) {
    const stored = await openSegments(source, without);
    // Listed after the segments: what was merged meanwhile stands in a pack that is there now.
    const packs = await listPacks(source);
    const { packs: collected } = await listGravestones(source);
    for (const id of collected) packs.delete(id);
    const indexed = new Set(stored.segments.flatMap((segment) => segment.front.packs.map((pack) => pack.id)));
    const made = await indexInMemory(
      source,
      [...packs.keys()].filter((id) => !indexed.has(id)),
    );
    if ((stored.vanished || made.vanished) && attempt < MOST_ATTEMPTS) continue;
    return new ObjectIndex(source, {
      segments: [...stored.segments, ...made.segments],
      packs,
      missingPacks: [...indexed].filter((id) => !packs.has(id) && !collected.has(id)),
      unindexedPacks: made.segments.flatMap((segment) => segment.front.packs.map((pack) => pack.id)),
      problems: [...stored.problems, ...made.problems],
    });
  }
}

async function listPacks(source: PackSource): Promise<Map<string, number>> {
  const packs = new Map<string, number>();
  for (const file of await source.backend.list('packs')) {
    const match = /^packs\/([0-9a-f]{32})\.pack$/.exec(file.name);
    if (match !== null) packs.set(match[1], file.sizeBytes);
  }
  return packs;
}

/** What could be opened of the files that were listed; `vanished` says that some are gone by now. */
interface OpenedSegments {
  readonly segments: IndexSegment[];
  readonly problems: { file: string; error: SavepointError }[];
  vanished: boolean;
}

async function openSegments(source: PackSource, without: ReadonlySet<string>): Promise<OpenedSegments> {
  const opened: OpenedSegments = { segments: [], problems: [], vanished: false };
  for (const { name } of await source.backend.list('index')) {
    if (without.has(name)) continue;
    try {
      opened.segments.push(await openSegment(source.backend, source.platform, name));
    } catch (error) {
      if (!isSavepointError(error, 'INDEX_CORRUPT')) throw error;
      if (await isThere(source, name)) opened.problems.push({ file: name, error });
      else opened.vanished = true;
    }
  }
  return opened;
}

/** Whether a file of the store is still there, and not merged into another. */
export async function isThere(source: PackSource, file: string): Promise<boolean> {
  return (await source.backend.size(file)) !== undefined;
}

/** A segment for each of the packs `ids`, from its own table of contents. */
async function indexInMemory(source: PackSource, ids: readonly string[]): Promise<OpenedSegments> {
  const opened: OpenedSegments = { segments: [], problems: [], vanished: false };
  for (const id of ids) {
    try {
      opened.segments.push(await indexPack(source, id));
    } catch (error) {
      if (isSavepointError(error, 'PACK_MISSING')) opened.vanished = true;
      else if (isSavepointError(error, 'PACK_CORRUPT', 'BLOCK_CORRUPT')) {
        opened.problems.push({ file: `packs/${id}.pack`, error });
      } else throw error;
    }
  }
  return opened;
}

async function indexPack(source: PackSource, id: string): Promise<IndexSegment> {
  const pack = await openPack(source, id);
  const entries = new EntryBuffer(source.format);
  entries.appendAll(pack.table.entries, 0);
  const sorted = sortEntries(entries.appended(), source.format);
  const bytes = encodeSegment(source.platform, { format: source.format, packs: [pack], entries: sorted });
  return openSegmentBytes(source.platform, `memory/${id}`, bytes);
}
