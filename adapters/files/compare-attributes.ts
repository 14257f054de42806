// Finds what differs between two attribute blobs: what they have in common at their beginnings and ends is skipped as bytes,
// and not decoded. Comparing is left to memcmp: most comparisons are over before a loop of our own would be compiled.
import { compareNames } from '../../store/names.js';
import {
  type DirectoryAttributes,
  type FileAttributes,
  HEADER,
  isOwnerLine,
  malformedAttributes,
  parseFileLine,
  readOwnerLine,
} from './attributes.js';

const LINE_BREAK = 0x0a;
const QUOTE = 0x22;

/**
 * The attributes of the files that differ between two blobs, and of those named in `also`, in the order of their names; nothing
 * else is parsed but the owners. Throws OBJECT_CORRUPT as `parseAttributes` does.
 */
export function compareAttributes(
  left: Uint8Array,
  right: Uint8Array,
  also: ReadonlySet<string>,
): { left: DirectoryAttributes; right: DirectoryAttributes } {
  const sides = { left: new Side(left), right: new Side(right) };
  skipCommon(sides.left, sides.right);
  const lines = { left: sides.left.lines(), right: sides.right.lines() };
  sides.left.take(lines.left, new Set(lines.right));
  sides.right.take(lines.right, new Set(lines.left));
  sides.left.takeNamed(also);
  sides.right.takeNamed(also);
  return { left: sides.left.found(), right: sides.right.found() };
}

/** Leaves of both sides the lines between those that are equal at their beginnings, and at their ends. */
function skipCommon(left: Side, right: Side): void {
  const most = Math.min(left.end - left.start, right.end - right.start);
  const head = longest(most, (length) => isEqual(left, right, { length, fromEnd: false }));
  // Back to the beginning of the line in which they differ.
  const start = left.bytes.lastIndexOf(LINE_BREAK, left.start + head - 1) + 1;
  const skipped = Math.max(0, start - left.start);
  left.start += skipped;
  right.start += skipped;
  const rest = Math.min(left.end - left.start, right.end - right.start);
  const tail = longest(rest, (length) => isEqual(left, right, { length, fromEnd: true }));
  // Where the first whole line begins in it: behind a line's end, which may be the one before the tail.
  const end = left.bytes.indexOf(LINE_BREAK, Math.max(left.start, left.end - tail - 1)) + 1;
  const kept = left.end - Math.max(left.start, end);
  const isWhole = kept <= tail;
  left.end -= isWhole ? kept : 0;
  right.end -= isWhole ? kept : 0;
}

/** The largest number up to `most` that `holds`, which holds for all below it. */
function longest(most: number, holds: (length: number) => boolean): number {
  if (holds(most)) return most;
  let [low, high] = [0, most];
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (holds(middle)) low = middle;
    else high = middle;
  }
  return low;
}

function isEqual(
  left: Side,
  right: Side,
  { length, fromEnd }: { readonly length: number; readonly fromEnd: boolean },
): boolean {
  if (length === 0) return true;
  const [one, other] = [left, right].map((side) => (fromEnd ? side.end - length : side.start));
  return left.bytes.compare(right.bytes, other, other + length, one, one + length) === 0;
}

/** One of the blobs, and what of it is left to compare. */
class Side {
  readonly users = new Map<number, string>();
  readonly groups = new Map<number, string>();
  readonly bytes: Buffer;
  start: number;
  end: number;
  private files: FileAttributes[] = [];

  constructor(content: Uint8Array) {
    this.bytes = Buffer.from(content.buffer, content.byteOffset, content.length);
    const header = this.textOf(0, HEADER.length);
    if (header !== HEADER) throw malformedAttributes(header);
    this.start = HEADER.length;
    this.end = content.length;
    while (isOwnerLine(content[this.start + 1])) {
      readOwnerLine(this.lineAt(this.start), this);
      this.start = this.lineEnd(this.start) + 1;
    }
  }

  /** What is left. */
  lines(): string[] {
    return this.start >= this.end ? [] : this.textOf(this.start, this.end).split('\n');
  }

  /** Takes in the files of `lines` that are not among `others`. */
  take(lines: readonly string[], others: ReadonlySet<string>): void {
    for (const line of lines) if (line !== '' && !others.has(line)) this.files.push(parseFileLine(line));
  }

  /** Takes in those of `names` that are here and were not taken yet. */
  takeNamed(names: ReadonlySet<string>): void {
    if (names.size === 0) return;
    const taken = new Set(this.files.map(({ name }) => name));
    const found = [...names].flatMap((name) => (taken.has(name) ? [] : this.find(name)));
    if (found.length === 0) return;
    this.files = [...this.files, ...found].sort((one, other) => compareNames(one.name, other.name));
  }

  found(): DirectoryAttributes {
    return { users: this.users, groups: this.groups, files: this.files };
  }

  /** The file of that name, if there is one. In its line, nothing before the name has quotation marks. */
  private find(name: string): FileAttributes[] {
    const { bytes } = this;
    const quoted = JSON.stringify(name);
    for (let at = bytes.indexOf(quoted); at >= 0; at = bytes.indexOf(quoted, at + 1)) {
      const start = bytes.lastIndexOf(LINE_BREAK, at) + 1;
      if (bytes.indexOf(QUOTE, start) !== at || isOwnerLine(bytes[start + 1])) continue;
      const file = parseFileLine(this.lineAt(start));
      if (file.name === name) return [file];
    }
    return [];
  }

  private lineAt(start: number): string {
    return this.textOf(start, this.lineEnd(start));
  }

  private lineEnd(start: number): number {
    const end = this.bytes.indexOf(LINE_BREAK, start);
    return end < 0 ? this.bytes.length : end;
  }

  private textOf(start: number, end: number): string {
    return this.bytes.toString('utf8', start, end);
  }
}
