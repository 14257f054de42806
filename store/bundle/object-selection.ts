// The objects that are to be copied, each once: their ids in one sorted buffer, and a bit for each that is done.

import { sortEntries } from '../index/sort-entries.js';
import { type ObjectFormat, type ObjectId, readObjectId, writeObjectId } from '../object-id.js';
import { EntryBuffer, entryLength } from '../pack/entry.js';

export class ObjectSelection {
  /** How many objects are still to be copied. */
  waiting = 0;
  private readonly chosen: EntryBuffer;
  private sorted: Uint8Array = new Uint8Array();
  private done = new Uint8Array();
  private readonly key = new Uint8Array(32);

  constructor(private readonly format: ObjectFormat) {
    this.chosen = new EntryBuffer(format);
  }

  get count(): number {
    return this.chosen.count;
  }

  /** Chooses an object that was not chosen before. */
  add(id: ObjectId): void {
    this.chosen.append({ id, kind: 0, block: 0, offset: 0, lengthBytes: 0 });
    this.waiting++;
  }

  /** To be called between the last choice and the first question. */
  seal(): void {
    this.sorted = sortEntries(this.chosen.appended(), this.format);
    this.done = new Uint8Array((this.count + 7) >> 3);
  }

  /** Whether `id` is chosen and not done. */
  isWaiting(id: ObjectId): boolean {
    const at = this.find(id);
    return at >= 0 && (this.done[at >> 3] & (1 << (at & 7))) === 0;
  }

  /** One of those that are not done; `undefined` where all are. */
  findWaiting(): ObjectId | undefined {
    for (let at = 0; at < this.count; at++) {
      if ((this.done[at >> 3] & (1 << (at & 7))) === 0)
        return readObjectId(this.sorted, at * entryLength(this.format), this.format);
    }
    return undefined;
  }

  markDone(id: ObjectId): void {
    if (!this.isWaiting(id)) return;
    const at = this.find(id);
    this.done[at >> 3] |= 1 << (at & 7);
    this.waiting--;
  }

  private find(id: ObjectId): number {
    const idLength = writeObjectId(this.key, 0, id);
    const length = entryLength(this.format);
    for (let low = 0, high = this.count - 1; low <= high; ) {
      const middle = (low + high) >>> 1;
      const order = this.compare(middle * length, idLength);
      if (order === 0) return middle;
      if (order < 0) low = middle + 1;
      else high = middle - 1;
    }
    return -1;
  }

  private compare(start: number, idLength: number): number {
    for (let i = 0; i < idLength; i++) {
      const difference = this.sorted[start + i] - this.key[i];
      if (difference !== 0) return difference;
    }
    return 0;
  }
}
