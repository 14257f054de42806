// Names and texts on their way to a terminal.
import { expect, test } from 'vitest';
import { escapeLines, escapeName, escapeText } from '#src/cli/escape-name.js';

test('a name without anything unusual is printed as it is', () => {
  for (const name of ['/etc/hosts', 'with space', "it's", 'größe', '世界', '🎉', ''])
    expect(escapeName(name)).toBe(name);
});

test('control characters, quotes and backslashes are quoted as git quotes them', () => {
  expect(escapeName('new\nline')).toBe('"new\\nline"');
  expect(escapeName('\x07\b\t\v\f\r')).toBe('"\\a\\b\\t\\v\\f\\r"');
  expect(escapeName('\x1b[31mred\x7f\0')).toBe('"\\033[31mred\\177\\000"');
  expect(escapeName('say "hi"')).toBe('"say \\"hi\\""');
  expect(escapeName('back\\slash')).toBe('"back\\\\slash"');
});

test('bytes that are not UTF-8 are printed in octal', () => {
  expect(escapeName('b\udcffd\udc80')).toBe('"b\\377d\\200"');
});

test('what reorders text or starts a sequence in eight bits never reaches a terminal', () => {
  expect(escapeName('invoice\u202etxt.exe')).toBe('"invoice\\342\\200\\256txt.exe"');
  expect(escapeName('\u009b2J')).toBe('"\\302\\2332J"');
});

test('a text keeps its quotes, and loses what is unsafe', () => {
  expect(escapeText('it said "no"\x1b[2J\n')).toBe('it said "no"\\033[2J\\n');
  expect(escapeLines('one\n\ttwo\r\x1b')).toBe('one\n\ttwo\\r\\033');
});
