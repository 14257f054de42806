// A directory while it is captured: what the walk saw, what came back so far, and how much is still to come.
import type { ObjectId } from '../../store/object-id.js';
import type { ExtraAttributes } from './attributes.js';
import type { DirectoryDatabases } from './directory-databases.js';
import type { CachedRow, DirectoryIds, DirectoryRow } from './stat-cache.js';
import { STATUS_WORDS } from './status-words.js';

/** One name of a file. */
export interface LinkName {
  readonly directory: OpenDirectory;
  readonly index: number;
}

export class OpenDirectory {
  private readonly ids: (ObjectId | '')[];
  /** By the entries that the cached row vouches for: the numbers that they have there. */
  private vouched: Int32Array | undefined;
  readonly extras = new Map<number, ExtraAttributes>();
  readonly untrusted = new Set<number>();
  /** Entries that are not part of the point: they could not be captured, or cannot be at all. */
  readonly omitted = new Set<number>();
  readonly linkTargets = new Map<number, string>();
  /** The first names of hard-linked files, by the entries that refer to them. */
  readonly links = new Map<number, LinkName>();
  readonly children = new Map<number, DirectoryIds>();
  /** Whether anything differs from the cached row. */
  changed: boolean;
  /** Files and subdirectories that are not done, and the walk of the directory itself. */
  pending = 1;

  constructor(
    /** Relative to the component's root; '' for the root itself. */
    readonly path: string,
    readonly place: { readonly parent: OpenDirectory; readonly index: number } | undefined,
    readonly seen: {
      readonly names: readonly string[];
      /** STATUS_WORDS words a name. */
      readonly words: Int32Array;
      readonly row: CachedRow | undefined;
      /** Whether the row has exactly these names, so that its entries have the same numbers. */
      readonly sameNames: boolean;
      readonly databases: DirectoryDatabases;
    },
  ) {
    this.ids = new Array<ObjectId | ''>(seen.names.length).fill('');
    this.changed = !seen.sameNames;
  }

  /** The path of entry `index`, relative to the component's root. */
  pathOf(index: number): string {
    return this.path === '' ? this.seen.names[index] : `${this.path}/${this.seen.names[index]}`;
  }

  /** The id of an entry's content; '' where it has none, or none yet. */
  idOf(index: number): ObjectId | '' {
    const number = this.vouched?.[index] ?? 0;
    return number > 0 ? (this.seen.row?.id(number - 1) ?? '') : this.ids[index];
  }

  setId(index: number, id: ObjectId): void {
    this.ids[index] = id;
  }

  /** Has the id of an entry be that of entry `number` of the cached row, which is not read before it is asked for. */
  vouch(index: number, number: number): void {
    this.vouched ??= new Int32Array(this.seen.names.length);
    this.vouched[index] = number + 1;
  }

  /** Adds to what only some files have. */
  addExtras(index: number, extras: ExtraAttributes | undefined): void {
    if (extras !== undefined) this.extras.set(index, { ...this.extras.get(index), ...extras });
  }

  /** Leaves an entry that failed out of the point; the next capture tries it again. */
  omit(index: number): void {
    this.omitted.add(index);
    this.untrusted.add(index);
    this.changed = true;
  }

  /** What the next capture's stat cache keeps of it. */
  rowOf(result: DirectoryIds, self: Uint8Array | undefined): DirectoryRow {
    const { path, untrusted, extras } = this;
    const { names } = this.seen;
    const words = this.rowWords();
    const ids = names.map((_, index) => this.idOf(index));
    return { path, names, words, ids, untrusted, extras, result, ...(self && { self }) };
  }

  /** A database is as it was if all its files are. */
  private rowWords(): Int32Array {
    const { words, databases } = this.seen;
    if (databases.files.size === 0) return words;
    const joined = words.slice();
    for (const [index, database] of databases.files) joined.set(database.words, index * STATUS_WORDS);
    return joined;
  }
}
