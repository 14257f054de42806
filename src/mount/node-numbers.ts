// Numbers of the nodes of a mounted tree. The children of a directory have consecutive ones, in the order of its listing: so
// a number leads back to its node, and eight bytes are kept of each file that was ever looked at. None is used twice.
import { assert } from '../../store/errors.js';

export const ROOT_NUMBER = 1;
const FIRST_CAPACITY = 4096;
const MOST_NUMBERS = 2 ** 32 - 1;

export class NodeNumbers {
  /** By the number of a node: that of its directory, and that of the first node in it (0 where there are none yet). */
  private directories = new Uint32Array(FIRST_CAPACITY);
  private firsts = new Uint32Array(FIRST_CAPACITY);
  private next = ROOT_NUMBER + 1;

  constructor() {
    this.directories[ROOT_NUMBER] = ROOT_NUMBER;
  }

  has(number: number): boolean {
    return number >= ROOT_NUMBER && number < this.next;
  }

  /** The directory that a node is in; the root is in itself. */
  directoryOf(number: number): number {
    return this.directories[number];
  }

  /** The number of the first of the `count` nodes in a directory. */
  firstIn(directory: number, count: number): number {
    const known = this.firsts[directory];
    if (known !== 0) return known;
    const first = this.take(directory, count);
    this.firsts[directory] = first;
    return first;
  }

  /** The first of `count` new numbers, of nodes in a directory. */
  take(directory: number, count = 1): number {
    const first = this.next;
    this.reserve(first + count);
    this.directories.fill(directory, first, first + count);
    this.next = first + count;
    return first;
  }

  private reserve(length: number): void {
    assert(length <= MOST_NUMBERS, 'no store has four thousand million files');
    if (length <= this.directories.length) return;
    const capacity = Math.max(length, this.directories.length * 2);
    this.directories = enlarged(this.directories, capacity);
    this.firsts = enlarged(this.firsts, capacity);
  }
}

function enlarged(numbers: Uint32Array<ArrayBuffer>, capacity: number): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(capacity);
  larger.set(numbers);
  return larger;
}
