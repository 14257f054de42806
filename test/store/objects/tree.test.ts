// Our trees against git's own: same bytes, same ids, same order; and what is no tree is refused.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createNodePlatform } from '#adapters/node/node-platform.js';
import { encodeName } from '#store/names.js';
import { ID_LENGTH_BYTES, type ObjectFormat, type ObjectId } from '#store/object-id.js';
import { hashObject } from '#store/objects/object-header.js';
import { encodeTree, parseTree, sortTreeEntries, TREE_MODES, type TreeEntry } from '#store/objects/tree.js';
import { GitRepository } from './git-repository.js';

const platform = await createNodePlatform();
const FORMATS: ObjectFormat[] = ['sha1', 'sha256'];

const treeId = (entries: readonly TreeEntry[], format: ObjectFormat) =>
  hashObject(platform, format, { kind: 'tree', content: encodeTree(entries, format) });
const idFor = (format: ObjectFormat, digit: string) => digit.repeat(ID_LENGTH_BYTES[format] * 2) as ObjectId;

/** Pieces that make names share prefixes and fall on both sides of '/' and of each other's encoding. */
const PIECES = [
  'a',
  'b',
  'A',
  '-',
  '.',
  '0',
  '~',
  ' ',
  '\n',
  'é',
  '\ud7ff',
  '\ue000',
  '\uffff',
  '😀',
  '\udc80',
  '\udcff',
];
const name = fc
  .array(fc.constantFrom(...PIECES), { minLength: 1, maxLength: 4 })
  .map((pieces) => pieces.join(''))
  .filter((text) => text !== '.' && text !== '..');
const entriesOf = (format: ObjectFormat): fc.Arbitrary<TreeEntry[]> =>
  fc.uniqueArray(
    fc.record({
      mode: fc.constantFrom(...Object.values(TREE_MODES)),
      name,
      id: fc.constantFrom(idFor(format, '1'), idFor(format, 'e')),
    }),
    { selector: (entry) => encodeName(entry.name).join(), maxLength: 12 },
  );

function lineForGit({ mode, name, id }: TreeEntry): Buffer {
  const kind = mode === TREE_MODES.directory ? 'tree' : 'blob';
  return Buffer.concat([
    Buffer.from(`${mode.toString(8).padStart(6, '0')} ${kind} ${id}\t`),
    encodeName(name),
  ]);
}

describe.each(FORMATS)('a tree of a %s store', (format) => {
  it('has the id that git mktree gives to the same entries, in whatever order they come', () => {
    const trees = fc.sample(entriesOf(format), { numRuns: 300, seed: 1 });
    const expected = new GitRepository(format).makeTrees(trees.map((entries) => entries.map(lineForGit)));
    expect(trees.map((entries) => treeId(entries, format))).toEqual(expected);
    expect(trees.map((entries) => treeId([...entries].reverse(), format))).toEqual(expected);
  });

  it('passes git’s strict check, and is written by git under our id', () => {
    const git = new GitRepository(format);
    const blob = git.write('blob', new Uint8Array([1])) as ObjectId;
    const empty = git.write('tree', encodeTree([], format)) as ObjectId;
    expect(empty).toBe(treeId([], format));
    for (const entries of fc.sample(entriesOf(format), { numRuns: 15, seed: 2 })) {
      const there = entries.map((entry) => ({
        ...entry,
        id: entry.mode === TREE_MODES.directory ? empty : blob,
      }));
      expect(git.write('tree', encodeTree(there, format))).toBe(treeId(there, format));
    }
    git.check();
  });

  it('gives its entries back, in git’s order', () => {
    fc.assert(
      fc.property(entriesOf(format), (entries) => {
        const content = encodeTree(entries, format);
        const parsed = parseTree(content, format);
        expect(parsed).toEqual(sortTreeEntries(entries));
        expect(encodeTree(parsed, format)).toEqual(content);
      }),
    );
  });

  it('is refused at each length at which it is cut, but between two entries', () => {
    const entries = ['a', 'dir', 'é', '\udc80\udcff'].map(
      (name, index): TreeEntry => ({ mode: Object.values(TREE_MODES)[index], name, id: idFor(format, '3') }),
    );
    const content = encodeTree(entries, format);
    const borders = sortTreeEntries(entries).map(
      (_, count) => encodeTree(sortTreeEntries(entries).slice(0, count), format).length,
    );
    for (let length = 0; length < content.length; length++) {
      const cut = () => parseTree(content.subarray(0, length), format);
      if (borders.includes(length)) expect(cut()).toHaveLength(borders.indexOf(length));
      else expect(cut, `cut to ${length} bytes`).toThrow(expect.objectContaining({ code: 'OBJECT_CORRUPT' }));
    }
  });

  it.each([
    ['a mode that git does not know', '100666 a\0'],
    ['a mode that is no octal number', '10064x a\0'],
    ['a submodule', '160000 a\0'],
    ['no mode', ' a\0'],
    ['a minus sign', '-40000 a\0'],
    ['an empty name', '100644 \0'],
    ['no blank behind the mode', '100644a\0'],
    ['a mode of very many digits', `${'7'.repeat(400)} a\0`],
  ])('with %s is refused', (_, start) => {
    const content = Buffer.concat([
      Buffer.from(start, 'latin1'),
      Buffer.alloc(ID_LENGTH_BYTES[format], 0x61),
    ]);
    expect(() => parseTree(content, format)).toThrow(expect.objectContaining({ code: 'OBJECT_CORRUPT' }));
  });
});

describe('the order of tree entries', () => {
  const orderOf = (...entries: (readonly [keyof typeof TREE_MODES, string])[]) =>
    sortTreeEntries(
      entries.map(([mode, name]) => ({ mode: TREE_MODES[mode], name, id: idFor('sha1', '0') })),
    ).map(({ name }) => name);

  it('takes a directory as if its name ended in a slash', () => {
    expect(orderOf(['directory', 'foo'], ['file', 'foo.txt'], ['file', 'foo0'], ['file', 'foo-bar'])).toEqual(
      ['foo-bar', 'foo.txt', 'foo', 'foo0'],
    );
    expect(orderOf(['file', 'foo'], ['file', 'foo.txt'])).toEqual(['foo', 'foo.txt']);
    expect(orderOf(['directory', 'a'], ['directory', 'a.b'], ['directory', 'a0'])).toEqual([
      'a.b',
      'a',
      'a0',
    ]);
  });

  it('is that of bytes, not of UTF-16: what is beyond the basic plane comes last but for raw bytes', () => {
    expect(orderOf(['file', '😀'], ['file', '\uffff'], ['file', '\udcff'], ['file', '\udc80'])).toEqual([
      '\udc80',
      '\uffff',
      '😀',
      '\udcff',
    ]);
  });
});
