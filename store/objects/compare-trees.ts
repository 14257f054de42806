// Finds what differs between two trees from their bytes, entry by entry: what is equal is not decoded.
import { ID_LENGTH_BYTES, type ObjectFormat } from '../object-id.js';
import { compareTreeEntries, parseTree, type TreeEntry } from './tree.js';

/** The entries that one tree has and the other has not, or has with another mode or id. */
export interface TreeDifference {
  readonly left: readonly TreeEntry[];
  readonly right: readonly TreeEntry[];
}

/** Compares the contents of two tree objects. Throws OBJECT_CORRUPT where one isn't a tree. */
export function compareTrees(left: Uint8Array, right: Uint8Array, format: ObjectFormat): TreeDifference {
  const difference = { left: [] as TreeEntry[], right: [] as TreeEntry[] };
  let leftAt = 0;
  let rightAt = 0;
  while (leftAt < left.length && rightAt < right.length) {
    const leftEnd = entryEnd(left, leftAt, format);
    const rightEnd = entryEnd(right, rightAt, format);
    if (equalParts(left, right, { leftAt, leftEnd, rightAt, rightEnd })) {
      leftAt = leftEnd;
      rightAt = rightEnd;
      continue;
    }
    const [leftEntry] = parseTree(left.subarray(leftAt, leftEnd), format);
    const [rightEntry] = parseTree(right.subarray(rightAt, rightEnd), format);
    const order = compareTreeEntries(leftEntry, rightEntry);
    if (order <= 0) {
      difference.left.push(leftEntry);
      leftAt = leftEnd;
    }
    if (order >= 0) {
      difference.right.push(rightEntry);
      rightAt = rightEnd;
    }
  }
  // One by one: a call takes no more than some 100,000 arguments.
  for (const entry of parseTree(left.subarray(leftAt), format)) difference.left.push(entry);
  for (const entry of parseTree(right.subarray(rightAt), format)) difference.right.push(entry);
  return difference;
}

/** Where the entry that begins at `start` ends; the end of the tree where it is cut short, which the parser tells. */
function entryEnd(tree: Uint8Array, start: number, format: ObjectFormat): number {
  let at = start;
  while (at < tree.length && tree[at] !== 0) at++;
  return Math.min(tree.length, at + 1 + ID_LENGTH_BYTES[format]);
}

function equalParts(
  left: Uint8Array,
  right: Uint8Array,
  part: { leftAt: number; leftEnd: number; rightAt: number; rightEnd: number },
): boolean {
  const { leftAt, leftEnd, rightAt, rightEnd } = part;
  const length = leftEnd - leftAt;
  if (length !== rightEnd - rightAt) return false;
  // Ids differ where names are equal more often than not: from behind, most differences show at once.
  for (let i = length - 1; i >= 0; i--) if (left[leftAt + i] !== right[rightAt + i]) return false;
  return true;
}
