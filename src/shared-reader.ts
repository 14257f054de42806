// Reads contents one after the other for as long as a session is open: neighbours share a decoded block, and the index
// is opened once. What was saved after that is found too.
import type { ObjectId } from '../store/object-id.js';
import type { ObjectReader } from '../store/object-reader.js';
import type { Recipe } from '../store/pack/record.js';
import type { Store } from '../store/store.js';

export class SharedReader {
  private reader: Promise<ObjectReader> | undefined;

  constructor(private readonly store: Store) {}

  /** The content of an object, verified. Throws what reading objects throws. */
  async read(id: ObjectId): Promise<Uint8Array> {
    return (await (await this.readerOf(id)).read(id)).content;
  }

  /** The recipe of an object that is kept in chunks; `undefined` for any other. Throws what reading objects throws. */
  async findRecipe(id: ObjectId): Promise<Recipe | undefined> {
    return (await this.readerOf(id)).findRecipe(id);
  }

  private async readerOf(id: ObjectId): Promise<ObjectReader> {
    this.reader ??= this.store.openReader();
    const reader = await this.reader;
    if ((await reader.locate(id)) !== undefined) return reader;
    this.reader = this.store.openReader();
    return this.reader;
  }
}
