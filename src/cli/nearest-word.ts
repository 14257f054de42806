// Finds the word that a mistyped one was meant to be.
// Source: the optimal string alignment distance, as git uses it for the same purpose.

/** The nearest of `known`; `undefined` where none is at most a third of the letters, and at least one, away. */
export function nearestWord(word: string, known: readonly string[]): string | undefined {
  const most = Math.max(1, Math.floor(word.length / 3));
  const starting = known.filter((candidate) => word.length > 1 && candidate.startsWith(word));
  if (starting.length === 1) return starting[0];
  const scored = known.map((candidate) => ({ candidate, distance: alignmentDistance(word, candidate) }));
  scored.sort((left, right) => left.distance - right.distance);
  return scored.length > 0 && scored[0].distance <= most ? scored[0].candidate : undefined;
}

/** How many letters have to be added, dropped, changed or swapped with their neighbour. */
function alignmentDistance(left: string, right: string): number {
  const rows: number[][] = [Array.from({ length: right.length + 1 }, (_, column) => column)];
  for (let row = 1; row <= left.length; row++) {
    const current = [row];
    for (let column = 1; column <= right.length; column++) {
      const change = left[row - 1] === right[column - 1] ? 0 : 1;
      const beside = Math.min(current[column - 1], rows[row - 1][column]) + 1;
      current.push(Math.min(beside, rows[row - 1][column - 1] + change));
      const isSwap = left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      if (isSwap) current[column] = Math.min(current[column], rows[row - 2][column - 2] + 1);
    }
    rows.push(current);
  }
  return rows[left.length][right.length];
}
