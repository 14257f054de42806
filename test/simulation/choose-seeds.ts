// The seeds of a random test: some that stay the same, and a new one each time. They stand in the names of the tests;
// set SAVEPOINT_TEST_SEED to see one again.

/** `fixed` seeds that are the same in each run, and one that is not; or only the one that was asked for. */
export function chooseSeeds(fixed: number): number[] {
  const given = process.env['SAVEPOINT_TEST_SEED'];
  if (given !== undefined) return [Number(given)];
  return [...Array.from({ length: fixed }, (_, index) => index + 1), Math.floor(Math.random() * 1e9)];
}
