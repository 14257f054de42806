// Finds what a mistyped name may have meant: the known names within a small edit distance.
// Source: the restricted Damerau-Levenshtein distance, as git and others use it for "did you mean".

const MOST = 3;

/** At most three of `known`, nearest first, that are at most a third of `text`'s length away, or contain it. */
export function nearestNames(text: string, known: readonly string[]): string[] {
  const bound = Math.max(1, Math.floor(text.length / 3));
  const scored = known
    .map((name) => ({
      name,
      distance: name.includes(text) && text.length > 2 ? 1 : distanceWithin(text, name, bound),
    }))
    .filter(({ distance }) => distance <= bound);
  scored.sort((left, right) => left.distance - right.distance);
  return [...new Set(scored.map(({ name }) => name))].slice(0, MOST);
}

/** The edit distance of two words, or more than `bound` where it is larger. */
function distanceWithin(left: string, right: string, bound: number): number {
  if (Math.abs(left.length - right.length) > bound) return bound + 1;
  let beforeLast: number[] = [];
  let last = Array.from({ length: right.length + 1 }, (_, i) => i);
  for (let i = 1; i <= left.length; i++) {
    const row = [i];
    for (let j = 1; j <= right.length; j++) {
      const cost = left[i - 1] === right[j - 1] ? 0 : 1;
      let distance = Math.min(row[j - 1] + 1, last[j] + 1, last[j - 1] + cost);
      const swapped = i > 1 && j > 1 && left[i - 1] === right[j - 2] && left[i - 2] === right[j - 1];
      if (swapped) distance = Math.min(distance, beforeLast[j - 2] + 1);
      row.push(distance);
    }
    beforeLast = last;
    last = row;
  }
  return last[right.length];
}
