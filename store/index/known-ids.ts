// What a save need not store: what the index holds, and what some thread of this save has claimed already. Claims
// live in shared memory, so that all threads see them; a claim that two threads make at the very same time while the
// table grows may be granted twice, which stores an object twice and harms nothing.
import { type ObjectFormat, type ObjectId, writeObjectId } from '../object-id.js';
import type { KnownIds } from '../object-writer.js';
import type { Platform } from '../platform.js';
import type { ObjectIndex } from './object-index.js';
import { type IndexSegment, openSegmentBytes } from './segment.js';

const WORDS = 9; // a state and the id
const EMPTY = 0;
const WRITING = 1;
const FULL = 2;
const SMALLEST_SLOTS = 1 << 13;
/** What a search for a key answers, where it is not an empty slot's place. */
const HELD = -1;
const NO_ROOM = -2;

/** What another thread needs to take part: plain data, sent with `postMessage`. */
export interface SharedKnownIds {
  readonly format: ObjectFormat;
  readonly segments: readonly { readonly name: string; readonly bytes: SharedArrayBuffer }[];
  readonly presentPacks: readonly string[];
  readonly tables: readonly SharedArrayBuffer[];
}

/** One thread's view. Whoever hands out work makes room first and passes the tables on with the work. */
export class KnownIdTable implements KnownIds {
  private readonly key = new Int32Array(8);
  private readonly keyBytes = new Uint8Array(this.key.buffer);
  private tables: Int32Array[];
  private capacity = 0;
  private promised = 0;

  constructor(
    private readonly indexed: (id: ObjectId) => boolean,
    tables: readonly SharedArrayBuffer[] = [],
  ) {
    this.tables = tables.map((table) => new Int32Array(table));
  }

  has(id: ObjectId): boolean {
    if (this.indexed(id)) return true;
    this.setKey(id);
    return this.tables.some((table) => this.slotOf(table) === HELD);
  }

  claim(id: ObjectId): boolean {
    if (this.indexed(id)) return false;
    this.setKey(id);
    for (let i = 0; i < this.tables.length - 1; i++) if (this.slotOf(this.tables[i]) === HELD) return false;
    const table = this.tables[this.tables.length - 1];
    for (;;) {
      const slot = this.slotOf(table);
      if (slot === HELD) return false;
      // Files that grew while they were read have more chunks than room was made for: those may be stored twice.
      if (slot === NO_ROOM) return true;
      if (Atomics.compareExchange(table, slot, EMPTY, WRITING) !== EMPTY) continue;
      table.set(this.key, slot + 1);
      Atomics.store(table, slot, FULL);
      return true;
    }
  }

  /** Makes room for `count` more claims by whoever knows `tables()` from now on. */
  makeRoom(count: number): void {
    this.promised += count;
    if (this.promised <= this.capacity) return;
    const slots = Math.max(SMALLEST_SLOTS, 2 ** Math.ceil(Math.log2(Math.max(this.promised, count) * 2)));
    this.tables.push(new Int32Array(new SharedArrayBuffer(slots * WORDS * 4)));
    this.capacity += slots / 2;
  }

  /** The shared tables, oldest first. */
  shared(): SharedArrayBuffer[] {
    return this.tables.map((table) => table.buffer as SharedArrayBuffer);
  }

  /** Takes over the tables that came with a piece of work. */
  adopt(tables: readonly SharedArrayBuffer[]): void {
    for (let i = this.tables.length; i < tables.length; i++) this.tables.push(new Int32Array(tables[i]));
  }

  private setKey(id: ObjectId): void {
    this.key.fill(0);
    writeObjectId(this.keyBytes, 0, id);
  }

  /** The first empty slot for the key; HELD where a table holds the key, NO_ROOM where it is full of others. */
  private slotOf(table: Int32Array): number {
    const slots = table.length / WORDS;
    const first = this.key[0] >>> 0;
    for (let probe = 0; probe < slots; probe++) {
      const at = ((first + probe) & (slots - 1)) * WORDS;
      // A plain read will do: a state only ever goes forward, and EMPTY is settled by the exchange in `claim`.
      let state = table[at];
      while (state === WRITING) state = Atomics.load(table, at);
      if (state === EMPTY) return at;
      if (this.holdsKey(table, at + 1)) return HELD;
    }
    return NO_ROOM;
  }

  private holdsKey(table: Int32Array, at: number): boolean {
    for (let i = 0; i < 8; i++) if (table[at + i] !== this.key[i]) return false;
    return true;
  }
}

/** The table of the thread that leads a save; `share` is what the other threads start from. */
export async function createKnownIds(
  index: ObjectIndex,
  options: {
    readonly format: ObjectFormat;
    /** Packs that are about to go: what is in them counts as unknown. */
    readonly without: ReadonlySet<string>;
  },
): Promise<{ known: KnownIdTable; share: () => SharedKnownIds }> {
  const { format, without } = options;
  await index.loadAll();
  const known = new KnownIdTable((id) => {
    const location = index.findLoaded(id);
    if (location === undefined || location.missing) return false;
    if (!without.has(location.packId)) return true;
    return index.findAllLoaded(id).some(({ packId, missing }) => !missing && !without.has(packId));
  });
  known.makeRoom(1);
  const share = () => ({
    format,
    segments: index.state.segments.map((segment) => ({ name: segment.name, bytes: segment.share() })),
    presentPacks: [...index.state.packs.keys()].filter((id) => !without.has(id)),
    tables: known.shared(),
  });
  return { known, share };
}

/** The table of a thread that takes part. */
export function joinKnownIds(platform: Platform, shared: SharedKnownIds): KnownIdTable {
  const present = new Set(shared.presentPacks);
  const segments = shared.segments.map(({ name, bytes }) =>
    openSegmentBytes(platform, name, new Uint8Array(bytes)),
  );
  return new KnownIdTable((id) => segments.some((segment) => isPresent(segment, id, present)), shared.tables);
}

function isPresent(segment: IndexSegment, id: ObjectId, present: ReadonlySet<string>): boolean {
  return segment.find(id, (entry) => present.has(segment.packOf(entry))) !== undefined;
}
