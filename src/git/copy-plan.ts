// Which objects are to be copied into a repository, gathered by the blocks of the store in which they stand: each block is read
// and decoded once. 44 bytes an object, and 8 more.
import type { HeldReader } from '../../store/held-reader.js';
import type { Location } from '../../store/index/object-index.js';
import { ID_LENGTH_BYTES, type ObjectId, writeObjectId } from '../../store/object-id.js';
import { EntryBuffer, readEntry } from '../../store/pack/entry.js';
import { RECIPE_FLAG } from '../../store/pack/record.js';

/** The objects that are wanted of one block. */
export interface WantedBlock extends Pick<Location, 'packId' | 'block'> {
  readonly places: Uint32Array;
  readonly ids: Uint8Array;
}

interface Group extends Pick<Location, 'packId' | 'block'> {
  readonly members: number[];
}

export class CopyPlan {
  /** Objects that are kept in chunks. */
  readonly large: ObjectId[] = [];
  /** Of contents, with what stands before them. */
  totalBytes = 0;
  private readonly entries: EntryBuffer;
  private readonly groups = new Map<string, Group>();

  constructor(private readonly held: HeldReader) {
    this.entries = new EntryBuffer(held.source.format);
  }

  get count(): number {
    return this.entries.count + this.large.length;
  }

  get blockCount(): number {
    return this.groups.size;
  }

  /** Adds an object that was not added before. Throws OBJECT_MISSING or PACK_MISSING. */
  add(id: ObjectId): void {
    const { packId, block, entry } = this.held.locate(id);
    if ((entry.kind & RECIPE_FLAG) !== 0) {
      this.large.push(id);
      this.totalBytes += this.held.sizeBytes(id);
      return;
    }
    this.totalBytes += entry.lengthBytes;
    const key = `${packId}/${block.offset}`;
    let group = this.groups.get(key);
    if (group === undefined) {
      group = { packId, block, members: [] };
      this.groups.set(key, group);
    }
    group.members.push(this.entries.count);
    this.entries.append(entry);
  }

  /** In the order in which they stand in the store's packs, so that what was captured together stays together. */
  *blocks(): Generator<WantedBlock> {
    const { format } = this.held.source;
    const idLength = ID_LENGTH_BYTES[format];
    for (const { packId, block, members } of [...this.groups.values()].sort(compareGroups)) {
      const entries = members.map((number) => readEntry(this.entries.appended(), number, format));
      entries.sort((left, right) => left.offset - right.offset);
      const ids = new Uint8Array(entries.length * idLength);
      entries.forEach(({ id }, number) => void writeObjectId(ids, number * idLength, id));
      const places = Uint32Array.from(entries.flatMap(({ offset, lengthBytes }) => [offset, lengthBytes]));
      yield { packId, block, places, ids };
    }
  }
}

function compareGroups(left: Group, right: Group): number {
  if (left.packId !== right.packId) return left.packId < right.packId ? -1 : 1;
  return left.block.offset - right.block.offset;
}
