// Seeded random numbers: the same seed gives the same data on every machine and every Node version.
// The generator is Chris Doty-Humphrey's sfc32 (PractRand, public domain), which is fast in plain 32-bit integers.

/** A stream of random numbers that depends on the seed only. */
export class Random {
  #a;
  #b;
  #c;
  #counter = 1;

  /** @param {number} seed an integer */
  constructor(seed) {
    this.#a = seed | 0;
    this.#b = Math.imul(seed, 0x9e3779b1) | 0;
    this.#c = 0x2545f491;
    for (let warmUp = 0; warmUp < 16; warmUp += 1) this.next();
  }

  /** The next number: an integer from 0 to 2^32 - 1. */
  next() {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  /**
   * An integer from 0 to `limit` - 1.
   * @param {number} limit at most 2^32
   */
  below(limit) {
    return Math.floor((this.next() / 0x100000000) * limit);
  }

  /**
   * An integer from 0 to `limit` - 1, small ones much more often, as words in a language are.
   * @param {number} limit
   */
  skewedBelow(limit) {
    const share = this.next() / 0x100000000;
    return Math.floor(share * share * share * limit);
  }
}

const SYLLABLES = 'ba co de fi gu ha jo ke li mu na po ra se ti vu we xa yo zu an er in or st'.split(' ');

/**
 * Made-up words of two to four syllables, as bytes.
 * @param {Random} random
 * @param {number} count
 * @returns {Uint8Array[]}
 */
export function makeWords(random, count) {
  return Array.from({ length: count }, () => {
    const syllables = Array.from(
      { length: 2 + random.below(3) },
      () => SYLLABLES[random.below(SYLLABLES.length)],
    );
    return new TextEncoder().encode(syllables.join(''));
  });
}
