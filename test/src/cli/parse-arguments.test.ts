// Command lines, as words.
import { expect, test } from 'vitest';
import { findGroup, GROUPS } from '#src/cli/command-groups.js';
import { COMMANDS, GLOBAL_OPTIONS } from '#src/cli/command-table.js';
import { parseArguments } from '#src/cli/parse-arguments.js';

/** What is said of a command line that is wrong. */
function complaintOf(...words: string[]): string {
  try {
    parseArguments(words);
  } catch (error) {
    expect(error).toMatchObject({ name: 'CommandLineError', code: 'USAGE' });
    return (error as Error).message;
  }
  throw new Error(`'${words.join(' ')}' was taken`);
}

test('flags may stand before, between and after operands, with their value attached or behind them', () => {
  const words = [
    '--store=/s',
    'save',
    '/a',
    '-m',
    'why',
    '--tag',
    'k=v=w',
    '/b',
    '--tag=x=',
    '--json',
    '--exclude',
    '-x',
  ];
  const { command, operands, options } = parseArguments(words);
  expect(command?.name).toBe('save');
  expect(operands).toEqual(['/a', '/b']);
  expect(options.find('store')).toBe('/s');
  expect(options.find('message')).toBe('why');
  expect(options.all('tag')).toEqual(['k=v=w', 'x=']);
  expect(options.all('exclude')).toEqual(['-x']);
  expect([options.has('json'), options.has('quiet'), options.find('name')]).toEqual([true, false, undefined]);
});

test('letters may be joined, and take the rest as their value', () => {
  const { options } = parseArguments(['save', '-qmthe rest', '/a']);
  expect([options.has('quiet'), options.find('message')]).toEqual([true, 'the rest']);
});

test('a letter that may stand without its value takes the number behind it, and leaves other letters alone', () => {
  const { options } = parseArguments(['diff', 'a', '-M90%']);
  expect(options.find('find-renames')).toBe('90%');
  const { options: joined } = parseArguments(['diff', 'a', '-Mp']);
  expect([joined.find('find-renames'), joined.has('patch')]).toEqual(['', true]);
});

test('behind -- all words are operands, and - is one anywhere', () => {
  const { operands, options } = parseArguments(['cat', 'p', '--', '--json']);
  expect([operands, options.has('json')]).toEqual([['p', '--json'], false]);
  expect(parseArguments(['save', '-']).operands).toEqual(['-']);
});

test('wrong words are refused with the nearest right one', () => {
  expect(complaintOf('restor', 'p')).toContain("no command 'restor'. Did you mean 'restore'?");
  expect(complaintOf('restore', 'p', '--dryrun')).toContain(
    "no flag '--dryrun' for 'restore'. Did you mean '--dry-run'?",
  );
  expect(complaintOf('restore', 'p', '--jsno')).toContain("Did you mean '--json'?");
  expect(complaintOf('list', '-z')).toContain("no flag '-z' for 'list'. 'savepoint help list' shows");
  expect(complaintOf('init', '--object-format', 'sha-1')).toContain("Did you mean 'sha1'?");
  expect(complaintOf('--stat', 'diff', 'a')).toContain('in front of a command');
});

test('flags are refused without their value, with one too many, twice, or beside their rival', () => {
  expect(complaintOf('save', '/a', '-m')).toContain("'-m' needs a value: -m MSG");
  expect(complaintOf('list', '--store')).toContain("'--store' needs a value");
  expect(complaintOf('verify', '--data=yes')).toContain("'--data' takes no value");
  expect(complaintOf('save', '/a', '--name', 'x', '--name', 'y')).toContain("'--name' is given twice");
  expect(complaintOf('diff', 'a', '--stat', '--patch')).toContain(
    "'--patch' and '--stat' exclude each other",
  );
});

test('operands are neither missing nor too many', () => {
  expect(complaintOf('show')).toContain("'show' needs POINT");
  expect(complaintOf('save', '/a', '')).toContain("PATH of 'save' is empty");
  expect(complaintOf('git', 'export', '')).toContain("DIR of 'git export' is empty");
  expect(complaintOf('cat', 'p')).toContain("'cat' needs PATH");
  expect(complaintOf('show', 'p', 'a', 'b')).toContain("'show' has no use for 'b'");
  expect(parseArguments(['restore', 'p', 'a', 'b', 'c']).operands).toHaveLength(4);
  expect(parseArguments(['show', '--help']).options.has('help')).toBe(true);
});

test('a command of two words is found whatever flags stand between them', () => {
  const words = ['-q', 'bundle', '--store', '/s', 'create', 'file', '--since', 'a', 'p', '--since=b'];
  const { command, group, operands, options } = parseArguments(words);
  expect([command?.name, group]).toEqual(['bundle create', undefined]);
  expect([operands, options.all('since')]).toEqual([
    ['file', 'p'],
    ['a', 'b'],
  ]);
  expect(parseArguments(['bundle', 'verify', 'create']).operands).toEqual(['create']);
});

test('a second word that is missing or wrong is refused with those there are', () => {
  expect(complaintOf('bundle')).toBe(
    "'bundle' needs a second word: create, restore, verify. 'savepoint help bundle' shows what there is.",
  );
  expect(complaintOf('bundle', '--json')).toContain("'bundle' needs a second word");
  expect(complaintOf('bundle', 'craete', 'f')).toBe(
    "There is no command 'bundle craete'. Did you mean 'bundle create'? 'savepoint help bundle' shows what there is.",
  );
  expect(complaintOf('bundle', 'save')).toContain("no command 'bundle save'. 'savepoint help bundle'");
  expect(complaintOf('bundel', 'create')).toContain("no command 'bundel'. Did you mean 'bundle'?");
  expect(complaintOf('create')).toContain("There is no command 'create'. 'savepoint help'");
  expect(complaintOf('bundle', '--since', 'p')).toContain("no flag '--since' for 'bundle'");
  expect(complaintOf('bundle', 'restore')).toContain("'bundle restore' needs FILE");
});

test('the first word of a group is enough to ask for help', () => {
  const { command, group } = parseArguments(['bundle', '--help']);
  expect([command, group?.name]).toEqual([undefined, 'bundle']);
});

test('no command is named as a group is, and a group has all commands of its word', () => {
  const names: readonly string[] = COMMANDS.map(({ name }) => name);
  for (const { name, commands } of GROUPS) {
    expect(names).not.toContain(name);
    expect(commands.map((command) => command.name)).toEqual(
      names.filter((other) => other.startsWith(`${name} `)),
    );
  }
  expect(names.filter((name) => name.includes(' ') && findGroup(name.split(' ')[0]) === undefined)).toEqual(
    [],
  );
});

test('no command has a flag that is a global one, or two of a name', () => {
  for (const { options } of COMMANDS) {
    const all = [...options, ...GLOBAL_OPTIONS];
    const names = all.flatMap((option) =>
      'letter' in option ? [option.name, option.letter] : [option.name],
    );
    expect(new Set(names).size).toBe(names.length);
  }
});
