// Reads contents one after the other for as long as a session is open: neighbours share a decoded block, and the index
// is opened once. What was saved after that is found too.
import type { ObjectId } from '../store/object-id.js';
import type { ObjectReader } from '../store/object-reader.js';
import type { Store } from '../store/store.js';

export class SharedReader {
  private reader: Promise<ObjectReader> | undefined;

  constructor(private readonly store: Store) {}

  /** The content of an object, verified. Throws what reading objects throws. */
  async read(id: ObjectId): Promise<Uint8Array> {
    this.reader ??= this.store.openReader();
    let reader = await this.reader;
    if ((await reader.locate(id)) === undefined) {
      this.reader = this.store.openReader();
      reader = await this.reader;
    }
    return (await reader.read(id)).content;
  }
}
