// Which words of a line differ from the line that it replaces. Lines that have little in common are left as a whole.
import { diffArrays } from 'diff';

export interface Segment {
  readonly text: string;
  readonly differs: boolean;
}

/** Words, blanks, and whatever else one by one. */
const WORD = /[\p{L}\p{N}_]+|\s+|./gsu;
/** Longer lines are left as a whole. */
const MOST_CHARACTERS = 4000;
/** Words that are added and removed, as far as they are matched up. */
const MOST_EDITS = 200;
/** What part of the longer line has to be common for words to be told apart. */
const LEAST_COMMON = 0.3;

/** Both lines in segments; `undefined` where their words are not worth telling apart. */
export function emphasizeWords(
  before: string,
  after: string,
): { readonly before: Segment[]; readonly after: Segment[] } | undefined {
  if (Math.max(before.length, after.length) > MOST_CHARACTERS) return undefined;
  const parts = diffArrays(before.match(WORD) ?? [], after.match(WORD) ?? [], { maxEditLength: MOST_EDITS });
  if (parts === undefined) return undefined;
  const common = parts.filter(({ added, removed }) => !added && !removed);
  const kept = common.reduce((sum, { value }) => sum + value.join('').trim().length, 0);
  if (kept < Math.max(before.trim().length, after.trim().length) * LEAST_COMMON) return undefined;
  return {
    before: segmentsOf(parts.filter(({ added }) => !added)),
    after: segmentsOf(parts.filter(({ removed }) => !removed)),
  };
}

function segmentsOf(
  parts: readonly { readonly value: string[]; readonly added: boolean; readonly removed: boolean }[],
): Segment[] {
  return parts.map(({ value, added, removed }) => ({ text: value.join(''), differs: added || removed }));
}
