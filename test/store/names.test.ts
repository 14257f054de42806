// Names of any bytes: each is one string, and each string one name; their order is that of the bytes.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareBytes, compareNames, decodeName, encodeName, isWellFormed } from '#store/names.js';

/** Bytes that make, and break, sequences of every length; surrogates and what is overlong among them. */
const CRITICAL = [
  ...[0, 0x2f, 0x41, 0x7f, 0x80, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1],
  ...[0xc2, 0xdf, 0xe0, 0xed, 0xef, 0xf0, 0xf4, 0xf5, 0xff],
];
const critical = fc
  .array(fc.constantFrom(...CRITICAL), { maxLength: 8 })
  .map((bytes) => Uint8Array.from(bytes));
const characters = fc.string({ unit: 'binary', maxLength: 6 }).map((text) => encodeName(text));
const mixed = fc
  .array(fc.oneof(critical, characters), { maxLength: 4 })
  .map((parts) => new Uint8Array(Buffer.concat(parts)));
const name = fc.oneof(mixed, critical, fc.uint8Array({ maxLength: 12 }));

describe('a name of any bytes', () => {
  it('comes back from its string byte for byte', () => {
    fc.assert(
      fc.property(name, (bytes) => {
        expect(encodeName(decodeName(bytes))).toEqual(bytes);
      }),
      { numRuns: 3000 },
    );
  });

  it('is the plain string where it is UTF-8, and says so', () => {
    fc.assert(
      fc.property(name, (bytes) => {
        const text = decodeName(bytes);
        const plain = Buffer.from(bytes).toString('utf8');
        const isText = Buffer.from(plain).equals(Buffer.from(bytes));
        expect(isWellFormed(text)).toBe(isText);
        if (isText) expect(text).toBe(plain);
      }),
      { numRuns: 3000 },
    );
  });

  it('has a string of its own, for every single byte and every pair of bytes', () => {
    const strings = new Set<string>();
    for (let first = 0; first < 256; first++) {
      strings.add(decodeName(Uint8Array.of(first)));
      for (let second = 0; second < 256; second++) strings.add(decodeName(Uint8Array.of(first, second)));
    }
    expect(strings.size).toBe(256 + 65536);
  });

  it.each([
    ['a byte that begins nothing', [0xff], '\udcff'],
    ['a surrogate in the form of UTF-8', [0xed, 0xb2, 0x80], '\udced\udcb2\udc80'],
    ['an overlong slash', [0xc0, 0xaf], '\udcc0\udcaf'],
    ['a sequence that is cut short', [0x61, 0xe2, 0x82], 'a\udce2\udc82'],
    ['a byte order mark', [0xef, 0xbb, 0xbf, 0x61], '\ufeffa'],
    ['a good character behind a bad byte', [0x80, 0xf0, 0x9f, 0x98, 0x80], '\udc80😀'],
  ])('with %s is spelled as PEP 383 says', (_, bytes, text) => {
    expect(decodeName(Uint8Array.from(bytes))).toBe(text);
    expect(encodeName(text)).toEqual(Uint8Array.from(bytes));
  });
});

describe('the order of names', () => {
  const sign = (order: number) => Math.sign(order);

  it('is that of their bytes', () => {
    fc.assert(
      fc.property(name, name, (left, right) => {
        const expected = sign(Buffer.compare(left, right));
        expect(sign(compareBytes(left, right))).toBe(expected);
        expect(sign(compareNames(decodeName(left), decodeName(right)))).toBe(expected);
      }),
      { numRuns: 3000 },
    );
  });

  it('is that of their bytes for names that begin alike, too', () => {
    fc.assert(
      fc.property(name, name, name, (start, left, right) => {
        const [one, other] = [Buffer.concat([start, left]), Buffer.concat([start, right])];
        expect(sign(compareNames(decodeName(one), decodeName(other)))).toBe(sign(Buffer.compare(one, other)));
      }),
      { numRuns: 1000 },
    );
  });
});
