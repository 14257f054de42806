// The 256 random numbers of the gear hash, made from a seed. Every kernel takes them from here.
// The same seed gives the same table for ever: stored chunks are found again only by equal cuts.

const STEP = 0x9e3779b97f4a7c15n;

/** Outputs 0 to 255 of SplitMix64 (Steele, Lea and Flood 2014) with `seed` as its first state. */
export function createGearTable(seed: number): BigUint64Array {
  const table = new BigUint64Array(256);
  let state = BigInt(seed);
  for (let byte = 0; byte < 256; byte++) {
    state = BigInt.asUintN(64, state + STEP);
    table[byte] = mix(state);
  }
  return table;
}

function mix(state: bigint): bigint {
  let value = BigInt.asUintN(64, (state ^ (state >> 30n)) * 0xbf58476d1ce4e5b9n);
  value = BigInt.asUintN(64, (value ^ (value >> 27n)) * 0x94d049bb133111ebn);
  return value ^ (value >> 31n);
}
