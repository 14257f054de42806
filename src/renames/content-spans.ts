// How much of one content is in another: both are cut into spans at line ends, or after 64 bytes, and equal spans count
// as kept. Source: diffcore-delta.c of git, whose numbers these are; unlike it, the last line counts without a line break, too.

const LONGEST_SPAN = 64;
/** Spans are told apart by their hash alone, as in git (HASHBASE). */
const HASHES = 107_927;
const NEWLINE = 0x0a;
const RETURN = 0x0d;
/** How far git looks for a NUL, which no text has. */
const LOOKED_AT_BYTES = 8000;

/** The spans of a content, by their hashes, which are sorted: how many bytes each stands for. */
export interface ContentSpans {
  readonly hashes: Int32Array;
  readonly bytes: Int32Array;
  readonly sizeBytes: number;
}

/** Cuts contents one after the other, and keeps one table for all of them. */
export class SpanCutter {
  private readonly table = new Int32Array(HASHES);

  cut(content: Uint8Array): ContentSpans {
    const seen = this.fill(content);
    const hashes = Int32Array.from(seen).sort();
    const bytes = hashes.map((hash) => this.table[hash]);
    for (const hash of seen) this.table[hash] = 0;
    return { hashes, bytes, sizeBytes: content.length };
  }

  /** The hashes that occur, each once; the table then has their bytes. */
  private fill(content: Uint8Array): number[] {
    const isText = !content.subarray(0, LOOKED_AT_BYTES).includes(0);
    const seen: number[] = [];
    let [high, low, length] = [0, 0, 0];
    for (let at = 0; at < content.length; at++) {
      const byte = content[at];
      if (isText && byte === RETURN && content[at + 1] === NEWLINE) continue;
      const previous = low;
      low = ((low << 7) ^ (high >>> 25)) + byte;
      high = (high << 7) ^ (previous >>> 25);
      length++;
      if (length < LONGEST_SPAN && byte !== NEWLINE && at + 1 < content.length) continue;
      const hash = ((low + Math.imul(high, 0x61)) >>> 0) % HASHES;
      if (this.table[hash] === 0) seen.push(hash);
      this.table[hash] += length;
      [high, low, length] = [0, 0, 0];
    }
    return seen;
  }
}

/** How many bytes of `before` are in `after`. */
export function keptBytes(before: ContentSpans, after: ContentSpans): number {
  let kept = 0;
  let right = 0;
  for (let left = 0; left < before.hashes.length; left++) {
    const hash = before.hashes[left];
    while (right < after.hashes.length && after.hashes[right] < hash) right++;
    if (right === after.hashes.length) break;
    if (after.hashes[right] === hash) kept += Math.min(before.bytes[left], after.bytes[right]);
  }
  return kept;
}
