// A setting that is not as the schema says: refused at its place, with what was expected and the nearest right word.
import { describe, expect, it } from 'vitest';
import { parseConfiguration } from '#src/configuration/parse-configuration.js';
import { ETC, expectRefusal, FILE, lines, refusalOf } from './expect-refusal.js';

describe('a misspelt word', () => {
  it('that is a key is named, with the one that was meant', () => {
    expectRefusal(
      ['# The state of this host.', 'componnets:', ETC],
      { at: [2, 1], path: '' },
      {
        expected: 'one of the keys adapters, components, retention or guard',
        found: "the unknown key 'componnets'",
        nearest: ['components'],
      },
    );
    expect(refusalOf('componnets: {}').message).toBe(
      "savepoint.yaml:1:1: expected one of the keys adapters, components, retention or guard, but found the unknown key 'componnets'. Did you mean components?",
    );
  });

  it('in a component is told where it stands, and not as something missing', () => {
    expectRefusal(
      ['components:', '  etc:', '    paths: [/etc]', '    knid: config'],
      { at: [4, 5], path: 'components.etc' },
      { found: "the unknown key 'knid'", nearest: ['kind'], more: 0 },
    );
  });

  it('in a health check is told where it stands, and not as a check of nothing', () => {
    expectRefusal(
      ['guard:', '  health:', '    - comand: pg_isready'],
      { at: [3, 7], path: 'guard.health[0]' },
      { found: "the unknown key 'comand'", nearest: ['command'], more: 0 },
    );
  });

  it('that is a kind is named, with the one that was meant, and hides nothing', () => {
    expectRefusal(
      ['components:', '  etc: { kind: confg, paths: [/etc] }'],
      { at: [2, 16], path: 'components.etc.kind' },
      { found: "'confg'", nearest: ['config'], more: 0 },
    );
  });

  it('that is a trigger is named, with the one that was meant', () => {
    expectRefusal(
      ['guard:', '  triggers:', '    - failure', '    - timout'],
      { at: [4, 7], path: 'guard.triggers[1]' },
      {
        expected: 'failure, timeout, service, critical-log or corruption',
        found: "'timout'",
        nearest: ['timeout'],
      },
    );
  });
});

describe('a wrong value', () => {
  it.each([
    ['    critical: yes', [4, 15], 'components.etc.critical', 'true or false', "'yes'"],
    ['    swap:', [4, 5], 'components.etc.swap', 'true or false', 'nothing'],
    ['    onError: stop', [4, 14], 'components.etc.onError', 'abort or continue', "'stop'"],
    ['    after: app', [4, 12], 'components.etc.after', 'a list of component names', "'app'"],
    ['    after: [[]]', [4, 13], 'components.etc.after[0]', 'the name of a component', 'an empty list'],
    ['    validate: [" "]', [4, 16], 'components.etc.validate[0]', 'a command', "' '"],
    [
      '    exclude: [/]',
      [4, 15],
      'components.etc.exclude[0]',
      "a pattern such as '*.log' or 'cache/**'",
      "'/'",
    ],
  ] as const)('in a component is refused: %s', (line, [row, column], path, expected, found) => {
    const text = ['components:', '  etc:', '    { kind: config, paths: [/etc] }'];
    const block = ['components:', '  etc:', '    kind: config', line, '    paths: [/etc]'];
    expect(parseConfiguration(lines(...text), FILE).components).toHaveLength(1);
    expectRefusal(block, { at: [row, column], path }, { expected, found, more: 0 });
  });

  it.each([
    [
      'paths: etc',
      31,
      'components.etc.paths',
      'a list of at least one absolute path, such as [/etc]',
      "'etc'",
    ],
    [
      'paths: []',
      31,
      'components.etc.paths',
      'a list of at least one absolute path, such as [/etc]',
      'an empty list',
    ],
    ['paths: [etc]', 32, 'components.etc.paths[0]', 'an absolute path', "'etc'"],
    ['paths: [/etc, ./srv]', 38, 'components.etc.paths[1]', 'an absolute path', "'./srv'"],
    ['paths: [~]', 32, 'components.etc.paths[0]', 'an absolute path', 'nothing'],
  ] as const)('of a path is refused: %s', (setting, column, path, expected, found) => {
    const text = ['components:', `  etc: { kind: config, ${setting} }`];
    expectRefusal(text, { at: [2, column], path }, { expected, found });
  });

  it.each([
    ['5 minutes', "'5 minutes'"],
    ['5', undefined],
    ['"5"', "'5'"],
    ['0', '0'],
    ['0s', "'0s'"],
    ['-5m', "'-5m'"],
    ['.inf', 'Infinity'],
    ['5M', "'5M'"],
    ['[5m]', 'a list'],
  ])('of a duration is refused: %s', (value, found) => {
    const text = ['guard:', `  timeout: ${value}`];
    if (found === undefined) {
      expect(parseConfiguration(lines(...text), FILE).guard.timeoutMs).toBe(5_000);
      return;
    }
    const expected = 'a duration above zero, such as 90s, 5m or 1h30m, or a number of seconds';
    expectRefusal(text, { at: [2, 12], path: 'guard.timeout' }, { expected, found });
  });

  it.each([
    ['20G', "'20G'"],
    ['20 gigabytes', "'20 gigabytes'"],
    ['0GiB', "'0GiB'"],
    ['-1', '-1'],
    ['1.5', '1.5'],
    ['1e400', 'Infinity'],
  ])('of a size is refused: %s', (value, found) => {
    const expected = 'a size above zero, such as 20GiB or 500MB, or a number of bytes';
    const place = { at: [3, 13], path: 'retention.maxBytes' } as const;
    expectRefusal(['retention:', '  keepLast: 3', `  maxBytes: ${value}`], place, { expected, found });
  });

  it('of a number is refused where it would keep nothing', () => {
    const place = { at: [1, 24], path: 'retention.keepLast' } as const;
    const expected = 'a number of points, at least 1';
    expectRefusal(['retention: { keepLast: 0 }'], place, { expected, found: '0' });
  });

  it('in a health check is refused', () => {
    const refuse = (check: string) => refusalOf(lines('guard:', '  health:', `    - ${check}`)).fields;
    const choices = 'exactly one of the keys command, http, tcp, file, unit, disk or process';
    expect(refuse('{ file: /a, unit: b }')).toMatchObject({
      ...{ line: 3, column: 7, path: 'guard.health[0]' },
      ...{ expected: choices, found: "a mapping with 'file', 'unit'" },
    });
    expect(refuse('required: false')).toMatchObject({ line: 3, column: 7, expected: choices });
    expect(refuse('tcp: localhost')).toMatchObject({ line: 3, column: 12, path: 'guard.health[0].tcp' });
    expect(refuse('tcp: localhost:65536')).toMatchObject({ line: 3, column: 12 });
    expect(refuse('http: ftp://a')).toMatchObject({ line: 3, column: 13 });
    expect(refuse('disk: { path: /var }')).toMatchObject({
      ...{ line: 3, column: 7, path: 'guard.health[0].disk' },
      ...{ expected: "the key 'freeBytes'", found: "a mapping with 'path'" },
    });
  });

  it('where a mapping should be is refused', () => {
    const place = { at: [2, 8], path: 'components.etc' } as const;
    const expected = 'a component, such as { kind: config, paths: [/etc] }';
    expectRefusal(['components:', '  etc: /etc'], place, { expected, found: "'/etc'", more: 0 });
    expectRefusal(
      ['- components'],
      { at: [1, 1], path: '' },
      {
        ...{ expected: 'a mapping with adapters, components, retention or guard', found: 'a list' },
      },
    );
    expectRefusal(['components:'], { at: [1, 1], path: 'components' }, { found: 'nothing' });
  });
});

describe('something missing', () => {
  it('is told where the key of what lacks it stands', () => {
    const place = { at: [2, 3], path: 'components.etc' } as const;
    const expected = "the key 'paths'";
    expectRefusal(['components:', '  etc:', '    kind: config'], place, {
      expected,
      found: "a mapping with 'kind'",
    });
    expectRefusal(['components:', '  etc: {}'], place, { expected: "the key 'kind'", more: 1 });
  });
});

describe('a name', () => {
  it.each(['a/b', '.git', '-x', 'größe', '"a b"', '""', 'savepoint.json'])(
    'that no component can have is refused: %s',
    (name) => {
      expectRefusal(
        ['components:', ETC, `  ${name}: { kind: files, paths: [/a] }`],
        { at: [3, 3], path: 'components' },
        { expected: expect.stringMatching(/^a component's name of letters, digits/), more: 0 },
      );
    },
  );
});
