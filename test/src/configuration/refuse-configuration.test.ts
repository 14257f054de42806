// A file that is refused is told by its first problem, and by nothing but a refusal.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ETC, expectAnswer, lines, refusalOf } from './expect-refusal.js';

describe('a kind that has no adapter yet', () => {
  it('is refused as unsupported, in whatever order its settings stand', () => {
    const inOrder = refusalOf(lines('components:', ETC, '  db: { kind: postgres, url: "postgres:///app" }'));
    expect(inOrder).toMatchObject({
      code: 'UNSUPPORTED',
      fields: { line: 3, column: 15, path: 'components.db.kind', found: "'postgres'", more: 0 },
    });
    expect(inOrder.message).toBe(
      "savepoint.yaml:3:15: in components.db.kind, expected a kind that this version has an adapter for (files, config, systemd, kernel, packages, security, manifest or custom), but found 'postgres'. Take 'db' out of the file, or use a newer savepoint.",
    );
    const turned = refusalOf(lines('components:', '  db: { url: "redis://localhost",  kind: redis }'));
    expect(turned).toMatchObject({ code: 'UNSUPPORTED', fields: { line: 2, column: 42 } });
  });
});

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
