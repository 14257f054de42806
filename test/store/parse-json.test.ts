// JSON comes back with the names that it has, escapes or not.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseJson } from '#store/parse-json.js';

const NAME = fc.string({
  unit: fc.constantFrom('\\', '"', 'a', 'é', ' ', '.', '@', '\n', ':'),
  maxLength: 5,
});

it('whatever the names and values are, and however many objects were read before', () => {
  const { tree } = fc.letrec<{ tree: unknown; leaf: unknown }>((tie) => ({
    leaf: fc.oneof(NAME, fc.integer(), fc.constant(null), fc.boolean()),
    tree: fc.oneof(
      { maxDepth: 3 },
      tie('leaf'),
      fc.array(tie('tree'), { maxLength: 3 }),
      fc.dictionary(NAME, tie('tree'), { maxKeys: 4 }),
    ),
  }));
  fc.assert(
    fc.property(tree, fc.boolean(), (value, isWide) => {
      const text = JSON.stringify(value, null, isWide ? 2 : undefined);
      const parsed = parseJson(text);
      expect(parsed).toEqual(value);
      expect(JSON.stringify(parsed, null, isWide ? 2 : undefined)).toBe(text);
    }),
    { numRuns: 5000 },
  );
});

it('what is no JSON is refused as by JSON.parse', () => {
  for (const text of ['', '{"a\\":1}', '{"a\\x":1}', '{"a\\\\" 1}', '"a\\', '{"\\u00zz":1}'])
    expect(() => parseJson(text), text).toThrow(SyntaxError);
});

it('a name of the prototype stays a name', () => {
  const value = parseJson<Record<string, unknown>>('{"__proto__":{"a":1},"\\\\":2}');
  expect(Object.keys(value)).toEqual(['__proto__', '\\']);
  expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
});
