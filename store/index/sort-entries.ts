// Sorts a flat buffer of entries by id: ids are uniform, so a counting sort on the first two bytes leaves buckets
// of a few entries each, which insertion sort finishes.
import type { ObjectFormat } from '../object-id.js';
import { ID_LENGTH_BYTES } from '../object-id.js';
import { entryLength } from '../pack/entry.js';

/** A sorted copy of `entries`; those of one id stay in their order. */
export function sortEntries(entries: Uint8Array, format: ObjectFormat): Uint8Array {
  const length = entryLength(format);
  const order = bucketOrder(entries, length);
  sortBuckets(entries, order, format);
  const sorted = new Uint8Array(entries.length);
  for (let i = 0; i < order.length; i++) {
    sorted.set(entries.subarray(order[i] * length, (order[i] + 1) * length), i * length);
  }
  return sorted;
}

function bucketOrder(entries: Uint8Array, length: number): Uint32Array {
  const count = entries.length / length;
  const starts = new Uint32Array(65537);
  for (let i = 0; i < count; i++) starts[bucketOf(entries, i * length) + 1]++;
  for (let bucket = 1; bucket <= 65536; bucket++) starts[bucket] += starts[bucket - 1];
  const order = new Uint32Array(count);
  for (let i = 0; i < count; i++) order[starts[bucketOf(entries, i * length)]++] = i;
  return order;
}

function bucketOf(entries: Uint8Array, at: number): number {
  return (entries[at] << 8) | entries[at + 1];
}

/** Entries are almost in order after the buckets, so each moves only within its own. Stable. */
function sortBuckets(entries: Uint8Array, order: Uint32Array, format: ObjectFormat): void {
  const length = entryLength(format);
  for (let i = 1; i < order.length; i++) {
    const moving = order[i];
    let at = i - 1;
    while (at >= 0 && compareAt(entries, order[at] * length, moving * length, format) > 0) {
      order[at + 1] = order[at];
      at--;
    }
    order[at + 1] = moving;
  }
}

function compareAt(entries: Uint8Array, left: number, right: number, format: ObjectFormat): number {
  for (let i = 0; i < ID_LENGTH_BYTES[format]; i++) {
    const difference = entries[left + i] - entries[right + i];
    if (difference !== 0) return difference;
  }
  return 0;
}
