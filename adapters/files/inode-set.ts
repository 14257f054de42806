// The inodes of a large tree as one text, 8 bytes each: a record that many paths would make far longer.
import { WORD } from './status-words.js';

/** Gathers inodes, of which one may come any number of times. */
export class InodeCollector {
  private inodes = new BigUint64Array(1024);
  private count = 0;

  /** Adds that of the status at `at` of `words`. */
  add(words: Int32Array, at: number): void {
    if (this.count === this.inodes.length) {
      const larger = new BigUint64Array(this.count * 2);
      larger.set(this.inodes);
      this.inodes = larger;
    }
    this.inodes[this.count++] = inodeOf(words, at);
  }

  /** In ascending order, as base64 of 64-bit words, the lowest byte first. */
  encode(): string {
    const sorted = this.inodes.slice(0, this.count).sort();
    return Buffer.from(sorted.buffer).toString('base64');
  }
}

/** A function that says whether the status at `at` of `words` is of one of the inodes in `text`. */
export function decodeInodes(text: string): (words: Int32Array, at: number) => boolean {
  const bytes = Uint8Array.from(Buffer.from(text, 'base64'));
  const sorted = new BigUint64Array(bytes.buffer);
  return (words, at) => {
    const inode = inodeOf(words, at);
    let [low, high] = [0, sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sorted[middle] < inode) low = middle + 1;
      else high = middle;
    }
    return sorted[low] === inode;
  };
}

function inodeOf(words: Int32Array, at: number): bigint {
  const [low, high] = [words[at + WORD.inode] >>> 0, words[at + WORD.inode + 1] >>> 0];
  return (BigInt(high) << 32n) | BigInt(low);
}
