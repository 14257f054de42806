// A text that is no YAML, or not of the sort that a configuration is: refused at its place, and soon.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readYaml } from '#src/configuration/read-yaml.js';
import { ETC, expectAnswer, expectRefusal, lines, refusalOf } from './expect-refusal.js';

describe('a text that is no YAML', () => {
  it('is refused where a tab indents', () => {
    expectRefusal(
      ['components:', '\tetc: { kind: config, paths: [/etc] }'],
      { at: [2, 1], path: '' },
      { expected: 'spaces as indentation', found: 'a tab' },
    );
  });

  it.each([
    ['', 1, 1],
    ['\n\n', 1, 1],
    ['# Nothing yet.\n', 1, 1],
    ['---\n', 1, 1],
  ])('is refused where there is nothing: %j', (text, line, column) => {
    const expected = 'a mapping with components, retention or guard';
    const refusal = refusalOf(text);
    expect(refusal).toMatchObject({
      code: 'CONFIG_INVALID',
      fields: { line, column, found: 'an empty file' },
    });
    expect(refusal.fields['expected']).toBe(expected);
  });

  it.each([
    [['components: {', ETC], 3, 1],
    [['guard:', '  timeout: "5m'], 3, 1],
    [['a: b: c'], 1, 4],
    [['guard: !secret x'], 1, 8],
  ])('is refused where it breaks: %j', (text, line, column) => {
    const refusal = refusalOf(lines(...text));
    expect(refusal).toMatchObject({ code: 'CONFIG_INVALID', fields: { line, column, expected: 'YAML' } });
  });

  it('is refused where a second document begins', () => {
    const place = { at: [2, 1], path: '' } as const;
    expectRefusal(['guard: {}', '---', 'guard: {}'], place, {
      expected: 'one document',
      found: 'a second one',
    });
  });

  it('is refused where an alias has no anchor, or is inside it', () => {
    const expected = 'an alias of an anchor that stands before it';
    expectRefusal(
      ['guard: { priority: &list [etc], triggers: *lits }'],
      { at: [1, 43], path: 'guard.triggers' },
      { expected, found: "'*lits'", nearest: ['list'], more: 0 },
    );
    expectRefusal(
      ['guard: &all', '  health: [*all]'],
      { at: [2, 12], path: 'guard.health[0]' },
      { expected, found: "'*all'", more: 0 },
    );
  });

  it('is refused at once where its aliases would make a file of billions of values', () => {
    const levels = Array.from({ length: 12 }, (_, level) => {
      const before = level === 0 ? 'x' : `*a${level - 1}`;
      return `a${level}: &a${level} [${Array.from({ length: 9 }, () => before).join(', ')}]`;
    });
    const refusal = refusalOf(lines(...levels, 'components: {}'));
    // a4 is 66,430 values, and those before it together 8,302.
    expect(refusal).toMatchObject({
      code: 'CONFIG_INVALID',
      fields: {
        ...{ line: 6, path: 'a5[0]', found: "more with '*a4'" },
        expected: 'at most 100000 values, all that aliases repeat included',
      },
    });
  });

  it.each([
    ['brackets that are closed', `guard: ${'['.repeat(80)}${']'.repeat(80)}`, 1, 71],
    ['brackets that are not', `#\n${'['.repeat(100_000)}`, 2, 65],
    ['braces', '{a: '.repeat(50_000), 1, 257],
    ['dashes', `a:\n ${'- '.repeat(100_000)}`, 2, 128],
    ['dashes before something', `${'- '.repeat(100_000)}x\ny`, 1, 129],
    ['questions', '? '.repeat(100_000), 1, 129],
    ['values', `a${': a'.repeat(50_000)}`, 1, 193],
    ['lines', Array.from({ length: 100 }, (_, level) => `${' '.repeat(level)}a:`).join('\n'), 65, 65],
  ])('is refused before it nests too deeply, by %s', (_, text, line, column) => {
    expect(refusalOf(text)).toMatchObject({
      code: 'CONFIG_INVALID',
      fields: { line, column, expected: 'at most 64 levels of nesting', found: 'more', more: 0 },
    });
  });

  it('may have signs and brackets in a row that open nothing', () => {
    const lists = Array.from({ length: 300 }, () => '[a]').join(', ');
    const text = `# ${'-'.repeat(300)}\ncomponents: {}\n# ${'['.repeat(300)}\n${' '.repeat(300)}\nx: [${lists}]\n`;
    expect(readYaml(text).problems).toEqual([]);
  });

  it('is refused where it is too long to be a configuration', () => {
    const refusal = refusalOf(`# ${'x'.repeat(2 ** 18)}\n`);
    expect(refusal.fields).toMatchObject({ line: 1, column: 1, found: String(2 ** 18 + 3) });
  });
});

describe('a key', () => {
  it('may not stand twice', () => {
    expectRefusal(
      ['components:', ETC, '  app: { kind: files, paths: [/a] }', ETC],
      { at: [4, 3], path: 'components' },
      { expected: 'each key once', found: "'etc' again, which stands on line 2 too" },
    );
  });

  it.each(['1', 'true', '~', '[a]', '{ a: b }', '1.5'])('must be a text: %s', (key) => {
    expectRefusal(
      ['components:', `  ${key}: { kind: files, paths: [/a] }`],
      { at: [2, 3], path: 'components' },
      { expected: 'a name as key', more: 0 },
    );
  });
});

describe('whatever the text is', () => {
  it('it is taken, or refused with a place that is in it', () => {
    const sign = fc.constantFrom(
      ...[
        'components',
        'etc',
        ':',
        ': ',
        ' ',
        '  ',
        '\n',
        '\n  ',
        '- ',
        '{',
        '}',
        '[',
        ']',
        ',',
        '&a ',
        '*a',
      ],
      ...[
        '\t',
        '"',
        "'",
        '|',
        '>',
        '!!str ',
        '!x ',
        '%YAML 1.1',
        '---',
        '...',
        '? ',
        '#',
        '\r',
        '\ufeff',
        '\0',
        '1',
      ],
    );
    const text = fc.array(sign, { maxLength: 30 }).map((signs) => signs.join(''));
    fc.assert(fc.property(fc.oneof(text, fc.string({ unit: 'binary' })), expectAnswer), { numRuns: 1000 });
  });
});
