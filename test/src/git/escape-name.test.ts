// Names for git, judged by real git: what its fsck complains of is escaped, nothing else is, and every name comes back.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escapeName, findGitName, needsEscape, unescapeName } from '#src/git/escape-name.js';
import { decodeName, encodeName } from '#store/names.js';
import type { ObjectId } from '#store/object-id.js';
import { encodeTree, TREE_MODES } from '#store/objects/tree.js';
import { runToEnd, runTool } from '../../fixtures/run-tool.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';

const PIECES = [
  ...[
    '.git',
    '.GIT',
    'git~1',
    'GIT~1',
    '.gitmodules',
    '.gitattributes',
    '.gitignore',
    '.mailmap',
    'gitmod~1',
  ],
  ...[
    'gitatt~4',
    'gitign~2',
    'mailma~3',
    'gi7eba~1',
    'GI7D29~9',
    'gi250a~1',
    'maba30~1',
    'gi~12345',
    '~1234567',
  ],
  ...[
    'git',
    '.',
    ' ',
    ':',
    '\\',
    '~',
    '1',
    '0',
    'x',
    '.g',
    'it',
    '\u200c',
    '\ufeff',
    '\u2060',
    '\udcff',
    '\uffff',
    'İ',
    'K',
  ],
  ...['%savepoint%', '%', '%5c', '%25'],
];
const suspiciousName = fc
  .array(fc.constantFrom(...PIECES), { minLength: 1, maxLength: 4 })
  .map((pieces) => decodeName(encodeName(pieces.join(''))))
  .filter((name) => !['.', '..'].includes(name) && !name.includes('/'));
const anyName = fc
  .oneof(
    suspiciousName,
    fc.uint8Array({ minLength: 1, maxLength: 12 }).map((bytes) => decodeName(bytes)),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 12 }).map((text) => decodeName(encodeName(text))),
  )
  .filter((name) => !/[\0/]/.test(name) && !['.', '..'].includes(name));

/** The numbers of those of `names` that `git fsck` says something of, in trees that hold nothing else. */
function complaints(names: readonly string[], entry: { mode: number; content: string }): Set<number> {
  const directory = createTemporaryDirectory();
  runTool('git', ['init', '--quiet', '--bare', directory], { cwd: directory });
  const git = (args: string[], input: string) =>
    runTool('git', args, { cwd: directory, input: Buffer.from(input) })
      .toString()
      .trim();
  const id = git(['hash-object', '-w', '--stdin'], entry.content) as ObjectId;
  const files = join(directory, 'trees');
  mkdirSync(files);
  const paths = names.map((name, number) => {
    const path = join(files, String(number));
    writeFileSync(path, encodeTree([{ mode: entry.mode as typeof TREE_MODES.file, name, id }], 'sha1'));
    return path;
  });
  const write = ['hash-object', '-t', 'tree', '-w', '--literally', '--stdin-paths'];
  const ids = git(write, `${paths.join('\n')}\n`).split('\n');
  const { stdout, stderr } = runToEnd('git', ['fsck', '--strict', '--no-dangling'], { cwd: directory });
  const named = new Set(`${stdout}\n${stderr}`.match(/(?<=(?:error|warning) in tree )[0-9a-f]+/g));
  return new Set(ids.flatMap((each, number) => (named.has(each) ? [number] : [])));
}

describe('a name for git', () => {
  const names = fc.sample(suspiciousName, { numRuns: 1500 });

  it.each([
    ['symlink', TREE_MODES.symlink, 'target'],
    ['file', TREE_MODES.file, ''],
  ] as const)('of a %s is escaped exactly where fsck complains of it', (_, mode, content) => {
    const said = complaints(names, { mode, content });
    expect(said.size).toBeGreaterThan(30);
    const wrong = names.filter((name, number) => {
      const isOurs = name.startsWith('%savepoint%');
      return !isOurs && needsEscape({ name, mode }) !== said.has(number);
    });
    expect(wrong).toEqual([]);
  });

  it('is nothing that fsck complains of when it is escaped', () => {
    const escaped = names.map(escapeName);
    expect([...complaints(escaped, { mode: TREE_MODES.symlink, content: 'target' })]).toEqual([]);
  });

  it('comes back as it was', () => {
    fc.assert(
      fc.property(anyName, fc.constantFrom(...Object.values(TREE_MODES)), (name, mode) => {
        const written = needsEscape({ name, mode }) ? escapeName(name) : name;
        expect(unescapeName(written)).toBe(name);
      }),
      { numRuns: 3000 },
    );
  });

  it('that nobody here has escaped stays as it is', () => {
    for (const name of [
      '%savepoint%',
      '%savepoint%x',
      '%savepoint%..',
      '%savepoint%.git%',
      '%savepoint%.git%5C',
    ])
      expect(unescapeName(name)).toBe(name);
  });

  it('says what git takes it for', () => {
    const expected = {
      ...{
        '.git': 'repository',
        'git~1 . :x': 'repository',
        'a\\.gIt': 'repository',
        '.g\u200cit\udcffx': 'repository',
      },
      ...{
        '.gitmodules ': 'modules',
        'x\\gitmod~1': 'modules',
        '~1234567': 'modules',
        '.GITATTRIBUTES': 'attributes',
      },
      ...{
        '.gitignore': 'ignore',
        'maba30~1': 'mailmap',
        '.gitx': undefined,
        git: undefined,
        'x\\.gitignore': undefined,
      },
    };
    for (const [name, meaning] of Object.entries(expected))
      expect([name, findGitName(name)]).toEqual([name, meaning]);
  });
});
