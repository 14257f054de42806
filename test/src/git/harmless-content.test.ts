// Contents that git reads: of what counts as harmless, its fsck has nothing to say.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isHarmlessAttributes, isHarmlessModules } from '#src/git/harmless-content.js';
import { bareGit } from '../../fixtures/bare-git.js';
import { runTool } from '../../fixtures/run-tool.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';

const PLAIN = `# The parts.
[submodule "lib/zlib"]
\tpath = lib/zlib
\turl = https://example.org/zlib.git
\tbranch = main
[submodule "other"]
    path=other
    url = git@example.org:team/other.git
    update = rebase
    ignore = dirty
    shallow = true
`;
const HARMFUL = [
  '[submodule "../x"]\n\tpath = x\n',
  '[submodule "x"]\n\tpath = -x\n',
  '[submodule "x"]\n\turl = -x\n',
  '[submodule "x"]\n\turl = ../../../:evil\n',
  '[submodule "x"]\n\turl = "https://example.org/%0aevil"\n',
  '[submodule "x"]\n\tupdate = !evil\n',
  '[submodule "x"]\n\tupdate = !evil\n\tupdate = none\n',
  '[submodule "x"\n',
  'path = x\n',
  '\0',
];
const PIECES = [
  ...[
    '[submodule "',
    '"]',
    '\n',
    '\n\t',
    'path',
    'url',
    'update',
    ' = ',
    '=',
    'https://',
    'ssh://',
    '../',
    './',
    '-',
    'x',
  ],
  ...['/', '..', ':', '@', '!', '#', ';', '"', '\\', ' ', 'none', 'a.b', '\r', '\ufeff', '[core]', '%0a'],
];

/** The numbers of those of `contents` that fsck says something of, as the files `name`. */
function complaints(name: string, contents: readonly (string | Buffer)[]): number[] {
  const directory = createTemporaryDirectory();
  runTool('git', ['init', '--quiet', '--bare', directory], {});
  const paths = contents.map((content, number) => {
    writeFileSync(join(directory, `content-${number}`), content);
    return `content-${number}\n`;
  });
  const git = (args: string[], input: string) =>
    runTool('git', args, { cwd: directory, input: Buffer.from(input) })
      .toString()
      .trim();
  const ids = git(['hash-object', '-w', '--no-filters', '--stdin-paths'], paths.join('')).split('\n');
  git(['mktree', '--batch'], ids.map((id) => `100644 blob ${id}\t${name}\n`).join('\n'));
  const said = new Set(
    bareGit(directory)
      .complaints()
      .match(/(?<= in blob )[0-9a-f]+/g),
  );
  return ids.flatMap((id, number) => (said.has(id) ? [number] : []));
}

const isHarmless = (text: string) => isHarmlessModules(Buffer.from(text));

describe('a .gitmodules', () => {
  it('of plain sections is harmless, and git has nothing to say of it', () => {
    expect(isHarmless(PLAIN)).toBe(true);
    expect(isHarmless('')).toBe(true);
    expect(complaints('.gitmodules', [PLAIN, ''])).toEqual([]);
  });

  it('that git complains of is not', () => {
    expect(HARMFUL.filter(isHarmless)).toEqual([]);
    expect(complaints('.gitmodules', HARMFUL).length).toBeGreaterThan(6);
  });

  it('of random pieces is harmless only where git has nothing to say of it', () => {
    const random = fc.array(fc.constantFrom(...PIECES), { maxLength: 14 }).map((pieces) => pieces.join(''));
    const setting = fc
      .tuple(fc.constantFrom('path', 'url', 'update', 'branch', 'x'), random)
      .map(([key, value]) => `[submodule "x"]\n\t${key} = ${value.replaceAll('\n', '')}\n`);
    const named = random.map((name) => `[submodule "${name.replaceAll('\n', '')}"]\n\tpath = x\n`);
    const texts = fc.sample(fc.oneof(random, setting, named), { numRuns: 1500 });
    const harmless = texts.map(isHarmless);
    const said = complaints('.gitmodules', texts);
    expect(said.filter((number) => harmless[number]).map((number) => texts[number])).toEqual([]);
    expect(said.length).toBeGreaterThan(100);
    expect(harmless.filter((each) => each).length).toBeGreaterThan(100);
  });
});

it('a .gitattributes is harmless where its lines are short', () => {
  const long = Buffer.alloc(2048, 'x');
  const contents = [
    '* text=auto\n',
    'x\0y\n',
    `${'x'.repeat(2000)}\n*.c diff=cpp`,
    long,
    Buffer.concat([Buffer.from('a\n'), long]),
  ];
  const harmless = contents.map((content) => isHarmlessAttributes(Buffer.from(content)));
  expect(harmless).toEqual([true, true, true, false, false]);
  expect(complaints('.gitattributes', contents)).toEqual([3, 4]);
});
