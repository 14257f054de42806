// A file that is refused is told by its first problem, and by nothing but a refusal.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expectAnswer, lines, refusalOf } from './expect-refusal.js';

describe('several problems', () => {
  it('are told by the first in the file, with how many more there are', () => {
    const text = [
      'guard: { timeout: never, after: 3 }',
      'retention: { keepLast: many }',
      'components:',
      '  db: { kind: postgres }',
      '  app: { kind: files, paths: [app], after: [etc] }',
    ];
    const refusal = refusalOf(lines(...text));
    expect(refusal).toMatchObject({ code: 'CONFIG_INVALID', fields: { line: 1, column: 19, more: 5 } });
    expect(refusal.message).toMatch(/There are 5 more problems in the file\.$/);
    expect(refusalOf(lines('guard: { a: 1, b: 2 }')).message).toMatch(
      /There is 1 more problem in the file\.$/,
    );
  });

  it('are told on one line, whatever was written', () => {
    const refusal = refusalOf(
      JSON.stringify({ guard: { timeout: `5\n\u0007"\u001b[31m${'x'.repeat(500)}` } }),
    );
    expect(refusal.message).toMatch(/^[^\n\u0000-\u001f]{1,300}$/);
  });
});

describe('whatever the value is', () => {
  it('it is taken or refused', () => {
    const key = fc.oneof(
      fc.constantFrom('components', 'guard', 'retention', 'health', 'kind', 'paths', 'after', '__proto__'),
      fc.string({ maxLength: 4 }),
    );
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 5 },
        fc.constantFrom('files', '/a', '5m', 1, null, true),
        fc.array(tie('tree')),
        fc.dictionary(key, tie('tree')),
      ),
    }));
    const text = fc.oneof(tree, fc.jsonValue()).map((value) => JSON.stringify(value));
    fc.assert(fc.property(text, expectAnswer), { numRuns: 1000 });
  });
});
