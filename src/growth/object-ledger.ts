// Which objects of a store were come across already, and what each one takes: the share of its block that it has, and for a
// large one that of its chunks.
import { storedShareOf } from '../../store/collect/reachable.js';
import { KnownIdTable } from '../../store/index/known-ids.js';
import type { ObjectIndex } from '../../store/index/object-index.js';
import type { ObjectId } from '../../store/object-id.js';
import type { ObjectReader } from '../../store/object-reader.js';
import { parseChunkList, RECIPE_FLAG } from '../../store/pack/record.js';
import type { Store } from '../../store/store.js';

/** Sums over objects. */
export interface ObjectSizes {
  /** Compressed, as the packs hold them; not rounded. */
  readonly storedBytes: number;
  /** Before compression. */
  readonly rawBytes: number;
}

const NOTHING: ObjectSizes = { storedBytes: 0, rawBytes: 0 };

export class ObjectLedger {
  private readonly claimed = new KnownIdTable(() => false);

  /** `index` is loaded whole. */
  constructor(
    private readonly store: Store,
    private readonly index: ObjectIndex,
    private readonly reader: ObjectReader,
  ) {
    this.claimed.makeRoom(1);
  }

  /**
   * What `ids` take that nobody claimed before; an object that is not in the store takes nothing. Throws what reading the
   * list of chunks of a large object throws.
   */
  async claim(...ids: readonly ObjectId[]): Promise<ObjectSizes> {
    let [storedBytes, rawBytes] = [0, 0];
    for (const id of ids) {
      const sizes = this.claimOne(id);
      const all = 'then' in sizes ? await sizes : sizes;
      storedBytes += all.storedBytes;
      rawBytes += all.rawBytes;
    }
    return { storedBytes, rawBytes };
  }

  /** Most objects are small, and need no waiting. */
  private claimOne(id: ObjectId): ObjectSizes | Promise<ObjectSizes> {
    this.claimed.makeRoom(1);
    if (!this.claimed.claim(id)) return NOTHING;
    const location = this.index.findLoaded(id);
    if (location === undefined || location.missing) return NOTHING;
    const { kind, lengthBytes } = location.entry;
    const sizes = { storedBytes: storedShareOf(location), rawBytes: lengthBytes };
    return (kind & RECIPE_FLAG) === 0 ? sizes : this.claimParts(id, sizes);
  }

  private async claimParts(id: ObjectId, own: ObjectSizes): Promise<ObjectSizes> {
    const recipe = await this.reader.findStoredRecipe(id);
    let { storedBytes, rawBytes } = own;
    for (const part of recipe?.parts ?? []) {
      const chunks = recipe?.partsAreLists === true ? await this.chunksIn(part.id) : [];
      const sizes = await this.claim(part.id, ...chunks);
      storedBytes += sizes.storedBytes;
      rawBytes += sizes.rawBytes;
    }
    return { storedBytes, rawBytes };
  }

  private async chunksIn(list: ObjectId): Promise<ObjectId[]> {
    const { content } = await this.reader.read(list);
    return parseChunkList(this.store.format, content).map(({ id }) => id);
  }
}
