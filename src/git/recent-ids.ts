// Remembers ids by ids: those that were of use lately, and no more than a bounded number.
import type { ObjectId } from '../../store/object-id.js';

/** Some 20 MB; one point may have more. */
const MANY = 100_000;

export class RecentIds {
  private current = new Map<ObjectId, ObjectId>();
  private last: ReadonlyMap<ObjectId, ObjectId> = new Map();

  find(id: ObjectId): ObjectId | undefined {
    const found = this.current.get(id) ?? this.last.get(id);
    // What is of use stays for the next one.
    if (found !== undefined) this.current.set(id, found);
    return found;
  }

  set(id: ObjectId, value: ObjectId): void {
    this.current.set(id, value);
  }

  /** To be called between points: where there is too much to remember, what was of no use goes. */
  next(): void {
    if (this.current.size < MANY) return;
    this.last = this.current;
    this.current = new Map();
  }
}
