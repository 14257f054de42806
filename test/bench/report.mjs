// What a benchmark says of its progress, beside its figures.

/** @param {string} text */
export function report(text) {
  process.stderr.write(`bench: ${text}\n`);
}
