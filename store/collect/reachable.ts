// Everything that refs lead to: tags, commits (not their parents), trees, blobs, and the chunks of large ones.
import { checkAborted, SavepointError } from '../errors.js';
import { KnownIdTable } from '../index/known-ids.js';
import type { Location, ObjectIndex } from '../index/object-index.js';
import type { ObjectId, ObjectKind } from '../object-id.js';
import { ObjectReader } from '../object-reader.js';
import { parseCommit, parseTag } from '../objects/commit-and-tag.js';
import { parseTree, TREE_MODES } from '../objects/tree.js';
import { type PackSource, readBlock } from '../pack/pack-reader.js';
import { parseChunkList, parseRecipe, RECIPE_FLAG } from '../pack/record.js';

export interface ReachableOptions {
  /** Told of each object once, when it is reached, with the first place where it stands. */
  readonly onObject?: (id: ObjectId, location: Location) => void;
  /** Told of each object once that stands in no pack. */
  readonly onMissing?: (id: ObjectId) => void;
  readonly signal?: { readonly aborted: boolean; readonly reason: unknown };
}

/** Ids that were reached so far. 36 bytes each, and as much again for room. */
export class Reachable {
  private readonly ids = new KnownIdTable(() => false);
  private readonly reader: ObjectReader;
  private readonly waiting: { id: ObjectId; kind: ObjectKind }[] = [];

  /** `index` is loaded whole. */
  constructor(
    private readonly source: PackSource,
    private readonly index: ObjectIndex,
    private readonly options: ReachableOptions = {},
  ) {
    this.reader = new ObjectReader(source, index);
    this.ids.makeRoom(1);
  }

  has(id: ObjectId): boolean {
    return this.ids.has(id);
  }

  /**
   * Adds the tag `id` and all that it leads to. Throws OBJECT_MISSING, BLOCK_CORRUPT, … where something can't be read that
   * leads on to others: what is needed then is not known. A blob that is missing leads nowhere.
   */
  async add(id: ObjectId): Promise<void> {
    this.reach(id, 'tag');
    for (let next = this.waiting.pop(); next !== undefined; next = this.waiting.pop()) {
      checkAborted(this.options.signal);
      await this.follow(next.id, next.kind);
    }
  }

  /** Counts `id` as reached, and what it leads to not. */
  skip(id: ObjectId): void {
    this.ids.makeRoom(1);
    this.ids.claim(id);
  }

  private reach(id: ObjectId, kind: ObjectKind): void {
    this.ids.makeRoom(1);
    if (!this.ids.claim(id)) return;
    const places = this.index.findAllLoaded(id);
    const there = places.filter(({ missing }) => !missing);
    if (there.length > 0) this.options.onObject?.(id, there[0]);
    else this.options.onMissing?.(id);
    const isLarge = places.some(({ entry }) => (entry.kind & RECIPE_FLAG) !== 0);
    if (kind !== 'blob' || isLarge) this.waiting.push({ id, kind });
  }

  private async follow(id: ObjectId, kind: ObjectKind): Promise<void> {
    const { format } = this.source;
    for (const location of this.index.findAllLoaded(id)) await this.followRecipe(location);
    if (kind === 'blob') return;
    const found = await this.reader.read(id);
    if (found.kind !== kind) throw unexpectedKind(id, kind);
    if (kind === 'tag') {
      const { object } = parseTag(found.content, format);
      this.reach(object, 'commit');
    } else if (kind === 'commit') this.reach(parseCommit(found.content, format).tree, 'tree');
    else {
      for (const entry of parseTree(found.content, format)) {
        this.reach(entry.id, entry.mode === TREE_MODES.directory ? 'tree' : 'blob');
      }
    }
  }

  /** The chunks of a large object, and the lists of them, from one of the places where it stands. */
  private async followRecipe({ entry, packId, block, missing }: Location): Promise<void> {
    if ((entry.kind & RECIPE_FLAG) === 0 || missing) return;
    const { platform, format } = this.source;
    const raw = await readBlock(this.source, packId, block);
    const record = raw.subarray(entry.offset, entry.offset + entry.lengthBytes);
    const { parts, partsAreLists } = parseRecipe(platform, format, record);
    for (const part of parts) {
      this.reach(part.id, 'blob');
      if (!partsAreLists) continue;
      const { content } = await this.reader.read(part.id);
      for (const chunk of parseChunkList(format, content)) this.reach(chunk.id, 'blob');
    }
  }
}

function unexpectedKind(id: ObjectId, kind: ObjectKind): SavepointError {
  return new SavepointError('OBJECT_CORRUPT', `The object ${id} is no ${kind}. Run 'savepoint verify'.`, {
    fields: { id },
  });
}

/** How many bytes a record takes in the store, by the share that it has of its block. */
export function storedBytesOf(location: Location): number {
  return Math.round(storedShareOf(location));
}

/** As `storedBytesOf`, not rounded: for sums over many small objects. */
export function storedShareOf({ entry, block }: Location): number {
  return (entry.lengthBytes / Math.max(1, block.rawBytes)) * block.storedBytes;
}
