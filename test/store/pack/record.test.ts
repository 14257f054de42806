// Records delimit themselves, and say what they are; a recipe guards itself, as no id does.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createNodePlatform } from '#adapters/node/node-platform.js';
import { ID_LENGTH_BYTES, type ObjectId } from '#store/object-id.js';
import { OBJECT_KINDS } from '#store/objects/object-header.js';
import {
  encodeChunkList,
  encodeRecipe,
  findRecord,
  kindNumber,
  kindOfNumber,
  parseChunkList,
  parseRecipe,
  RECIPE_FLAG,
  type StoredRecipe,
} from '#store/pack/record.js';

const platform = await createNodePlatform();
const bytesOf = (text: string) => new Uint8Array(Buffer.from(text, 'latin1'));

describe('the kind of a record', () => {
  it('is a number of its own for each kind, with or without the mark of a recipe', () => {
    expect(OBJECT_KINDS.map(kindNumber)).toEqual([1, 2, 3, 4]);
    for (const kind of OBJECT_KINDS) {
      expect(kindOfNumber(kindNumber(kind))).toBe(kind);
      expect(kindOfNumber(kindNumber(kind) | RECIPE_FLAG)).toBe(kind);
    }
    for (const number of [0, 5, 7, 8]) {
      expect(() => kindOfNumber(number)).toThrow(expect.objectContaining({ code: 'INDEX_CORRUPT' }));
    }
  });
});

describe('a record', () => {
  it('is found with its kind, its content and its end, wherever it starts', () => {
    const raw = bytesOf('....tree 3\0abcblob 0\0');
    expect(findRecord(raw, 4, 'sha1')).toMatchObject({
      kind: 'tree',
      sizeBytes: 3,
      contentStart: 11,
      end: 14,
    });
    expect(findRecord(raw, 14, 'sha1')).toMatchObject({
      kind: 'blob',
      sizeBytes: 0,
      contentStart: 21,
      end: 21,
    });
  });

  it.each([
    'blob 4\0abc',
    'blob \0',
    'blob -1\0',
    'blob 1e1\0aaaaaaaaaa',
    'blob 00000000001\0a',
    'blob  1\0a',
    'blob 1 \0a',
    'Blob 1\0a',
    'blob1\0a',
    'constructor 1\0a',
    'blob 3',
    '',
    'recipe a blob 1\0',
    'recipe a knob 1 0\0',
    'recipe a blob 1 x\0',
    `recipe ${'a'.repeat(40)} blob 1 1\0too short`,
    `${'b'.repeat(200)}\0`,
  ])('is not found in %j', (text) => {
    expect(findRecord(bytesOf(text), 0, 'sha1')).toBeUndefined();
  });
});

describe.each(['sha1', 'sha256'] as const)('the recipe of a large object of a %s store', (format) => {
  const id = fc
    .uint8Array({ minLength: ID_LENGTH_BYTES[format], maxLength: ID_LENGTH_BYTES[format] })
    .map((bytes) => Buffer.from(bytes).toString('hex') as ObjectId);
  /** Lists of very large objects stand for more than 32 bits of length. */
  const lengthBytes = fc.oneof(fc.nat(5000), fc.integer({ min: 2 ** 31, max: 2 ** 40 }));
  const recipe: fc.Arbitrary<StoredRecipe> = fc
    .record({
      id,
      kind: fc.constantFrom(...OBJECT_KINDS),
      parts: fc.array(fc.record({ id, lengthBytes }), { maxLength: 6 }),
      partsAreLists: fc.boolean(),
    })
    .map((made) => ({ ...made, sizeBytes: made.parts.reduce((sum, part) => sum + part.lengthBytes, 0) }));
  const refusal = expect.objectContaining({ code: 'OBJECT_CORRUPT' });

  it('comes back, and so does its list of chunks', () => {
    fc.assert(
      fc.property(recipe, (made) => {
        const record = encodeRecipe(platform, format, made);
        expect(parseRecipe(platform, format, record)).toEqual(made);
        const span = findRecord(Buffer.concat([record, bytesOf('blob 0\0')]), 0, format);
        expect(span).toMatchObject({ recipeOf: made.id, kind: made.kind, end: record.length });
        expect(parseChunkList(format, encodeChunkList(format, made.parts))).toEqual(made.parts);
      }),
    );
  });

  it('is refused with any bit flipped, and at any other length', () => {
    const [made] = fc.sample(
      recipe.filter(({ parts }) => parts.length === 2),
      { numRuns: 1, seed: 4 },
    );
    const record = encodeRecipe(platform, format, made);
    for (let bit = 0; bit < record.length * 8; bit++) {
      const flipped = record.slice();
      flipped[bit >> 3] ^= 1 << (bit & 7);
      expect(() => parseRecipe(platform, format, flipped), `bit ${bit}`).toThrow(refusal);
    }
    for (let length = 0; length < record.length; length++) {
      expect(() => parseRecipe(platform, format, record.subarray(0, length)), `${length} bytes`).toThrow(
        refusal,
      );
    }
    expect(() => parseRecipe(platform, format, Buffer.concat([record, bytesOf('a')]))).toThrow(refusal);
  });

  it('is refused where the lengths of its parts do not add up to its size', () => {
    const [made] = fc.sample(recipe, { numRuns: 1, seed: 5 });
    const record = encodeRecipe(platform, format, { ...made, sizeBytes: made.sizeBytes + 1 });
    expect(() => parseRecipe(platform, format, record)).toThrow(refusal);
  });
});
