// What differs between the keys of two versions of a file, in time that grows with their number only.
import type { KeyValue } from './config-format.js';

export interface KeyChange {
  readonly key: string;
  /** Missing where there was no such key. */
  readonly before?: string;
  /** Missing where there is none any more. */
  readonly after?: string;
}

/** In the order of `after`; what was removed stands where it stood. */
export function compareEntries(before: readonly KeyValue[], after: readonly KeyValue[]): KeyChange[] {
  const most = Math.min(before.length, after.length);
  let start = 0;
  while (start < most && isSame(before[start], after[start])) start++;
  let end = 0;
  while (end < most - start && isSame(before[before.length - 1 - end], after[after.length - 1 - end])) end++;
  return compareMiddle(before.slice(start, before.length - end), after.slice(start, after.length - end));
}

function isSame(left: KeyValue, right: KeyValue): boolean {
  return left.value === right.value && left.key === right.key;
}

function compareMiddle(before: readonly KeyValue[], after: readonly KeyValue[]): KeyChange[] {
  const old = new Map(before.map(({ key, value }) => [key, value]));
  const young = new Set(after.map(({ key }) => key));
  const changes: KeyChange[] = [];
  let at = 0;
  // Where the order differs, what was removed is said as soon as its place is passed.
  const passRemoved = (until?: string) => {
    for (; at < before.length && before[at].key !== until; at++) {
      const { key, value } = before[at];
      if (!young.has(key)) changes.push({ key, before: value });
    }
  };
  for (const { key, value } of after) {
    const was = old.get(key);
    if (was === undefined) {
      changes.push({ key, after: value });
      continue;
    }
    passRemoved(key);
    if (was !== value) changes.push({ key, before: was, after: value });
  }
  passRemoved();
  return changes;
}
