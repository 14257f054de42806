// The attribute blob: canonical text, which comes back whatever names, times and attributes are in it.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  attributeTreeName,
  type DirectoryAttributes,
  directoryName,
  encodeAttributes,
  type FileAttributes,
  parseAttributes,
} from '#adapters/files/attributes.js';
import { compareAttributes } from '#adapters/files/compare-attributes.js';
import { compareNames, decodeName } from '#store/names.js';

const name = fc
  .oneof(
    fc.uint8Array({ minLength: 1, maxLength: 8 }),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 6 }).map((text) => Buffer.from(text)),
  )
  .map((bytes) => decodeName(bytes).replaceAll(/[\0/]/g, '_'))
  .filter((text) => text !== '..');
const unsigned = fc.oneof(fc.nat(70_000), fc.constantFrom(0, 2 ** 32 - 2));
const base64 = fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes).toString('base64'));
const xattrName = fc
  .string({ unit: fc.constantFrom('a', '.', '"', 'é', '\\', ' '), maxLength: 6 })
  .map((text) => `user.${text}`);

const file: fc.Arbitrary<FileAttributes> = fc.record(
  {
    name,
    type: fc.constantFrom('file', 'directory', 'symlink', 'fifo', 'character-device', 'block-device'),
    mode: fc.integer({ min: 0, max: 0o7777 }),
    userId: unsigned,
    groupId: unsigned,
    modifiedSeconds: fc.oneof(fc.integer(), fc.constantFrom(-1, 0, -(2 ** 40), 2 ** 40)),
    modifiedNanoseconds: fc.oneof(fc.nat(999_999_999), fc.constantFrom(0, 1, 999_999_999)),
    device: fc.tuple(fc.nat(4095), fc.nat(1_048_575)),
    link: name,
    xattrs: fc.dictionary(xattrName, base64, { minKeys: 1, maxKeys: 3, noNullPrototype: true }),
    data: fc.array(fc.tuple(fc.nat(), fc.maxSafeNat()), { maxLength: 3 }),
  },
  {
    requiredKeys: ['name', 'type', 'mode', 'userId', 'groupId', 'modifiedSeconds', 'modifiedNanoseconds'],
    noNullPrototype: true,
  },
);
const owners = fc.uniqueArray(fc.tuple(unsigned, name), { selector: ([id]) => id, maxLength: 3 });
const directory: fc.Arbitrary<DirectoryAttributes> = fc
  .record({
    users: owners,
    groups: owners,
    files: fc.uniqueArray(file, { selector: (each) => each.name, maxLength: 6 }),
  })
  .map(({ users, groups, files }) => ({ users: new Map(users), groups: new Map(groups), files }));

const SAMPLE: FileAttributes = {
  name: 'a',
  type: 'file',
  mode: 0o644,
  userId: 0,
  groupId: 0,
  modifiedSeconds: 1,
  modifiedNanoseconds: 5,
};
const textOf = (files: readonly FileAttributes[]) =>
  Buffer.from(encodeAttributes({ users: new Map(), groups: new Map(), files })).toString();

describe('attributes', () => {
  it('come back from their text, in the order of names', () => {
    fc.assert(
      fc.property(directory, (made) => {
        const files = [...made.files].sort((left, right) => compareNames(left.name, right.name));
        expect(parseAttributes(encodeAttributes(made))).toEqual({ ...made, files });
      }),
      { numRuns: 500 },
    );
  });

  it('come back with every character in names, links, attributes and owners', () => {
    const odd = '\u2028 \u2029 \u0085 \u0001 \r \n \ud800 \udcff é';
    const made: DirectoryAttributes = {
      users: new Map([[0, odd]]),
      groups: new Map([[0, odd]]),
      files: [{ ...SAMPLE, name: odd, link: odd, xattrs: { [odd]: 'YQ==' } }],
    };
    expect(parseAttributes(encodeAttributes(made))).toEqual(made);
  });

  it('have one text, in whatever order they come', () => {
    fc.assert(
      fc.property(directory, (made) => {
        const reversed = {
          users: new Map([...made.users].reverse()),
          groups: new Map([...made.groups].reverse()),
          files: [...made.files].reverse().map((each) => Object.fromEntries(Object.entries(each).reverse())),
        };
        expect(encodeAttributes(reversed as unknown as DirectoryAttributes)).toEqual(encodeAttributes(made));
      }),
    );
  });

  it('are a line a file, whatever is in a name', () => {
    expect(
      textOf([
        { ...SAMPLE, name: 'new\nline "x" {}' },
        { ...SAMPLE, name: '\udcff', modifiedSeconds: -1 },
      ]),
    ).toBe(
      'savepoint attributes 1\nf0644 0 0 1.000000005 "new\\nline \\"x\\" {}"\nf0644 0 0 -1.000000005 "\\udcff"\n',
    );
  });

  it.each([
    '',
    'savepoint attributes 2\n',
    'savepoint attributes 1',
    'savepoint attributes 1\nx0644 0 0 1.000000005 "a"\n',
    'savepoint attributes 1\nf644 0 0 1.000000005 "a"\n',
    'savepoint attributes 1\nf0648 0 0 1.000000005 "a"\n',
    'savepoint attributes 1\nf0644 -1 0 1.000000005 "a"\n',
    'savepoint attributes 1\nf0644 0 0 1.5 "a"\n',
    'savepoint attributes 1\nf0644 0 0 1.000000005 a\n',
    'savepoint attributes 1\nf0644 0 0 1.000000005 "a\\x"\n',
    'savepoint attributes 1\nf0644 0 0 1.000000005 "a" {"link":}\n',
    'savepoint attributes 1\nf0644 0 0 1.000000005 "a" [1]\n',
    'savepoint attributes 1\nf0644 0 0 1.000000005 ""\n',
    'savepoint attributes 1\np0644 0 0 1.000000005 ".."\n',
    'savepoint attributes 1\np0644 0 0 1.000000005 "../a"\n',
    'savepoint attributes 1\np0644 0 0 1.000000005 "a\\u0000b"\n',
    'savepoint attributes 1\nf0644 0 0 1.000000005 "a" {"name":"../b"}\n',
    'savepoint attributes 1\nf0644 0 0 1.000000005 "a" {"mode":4095}\n',
    'savepoint attributes 1\nf0644 0 0 1.000000005 "a" {"link":5}\n',
    'savepoint attributes 1\nf0644 0 0 1.000000005 "a" {"xattrs":{"user.a":5}}\n',
    'savepoint attributes 1\nf0644 0 0 1.000000005 "a" {"xattrs":{"user\\u0000":"YQ=="}}\n',
    'savepoint attributes 1\nf0644 0 0 1.000000005 "a" {"data":5}\n',
    'savepoint attributes 1\nf0644 0 0 1.000000005 "a" {"data":[[-1,1]]}\n',
    'savepoint attributes 1\nb0644 0 0 1.000000005 "a" {"device":"x"}\n',
    'savepoint attributes 1\nuser x "root"\n',
    'savepoint attributes 1\nuser 0 "ro"ot"\n',
  ])('are refused where the text is %j', (text) => {
    expect(() => parseAttributes(Buffer.from(text))).toThrow(
      expect.objectContaining({ code: 'OBJECT_CORRUPT' }),
    );
  });

  it('are refused at each length at which a line is cut', () => {
    const content = encodeAttributes({
      users: new Map([[0, 'root']]),
      groups: new Map(),
      files: [SAMPLE, { ...SAMPLE, name: 'b', link: 'a', xattrs: { 'user.a': 'YQ==' } }],
    });
    const lines = Buffer.from(content).toString().split('\n');
    const wholeLines = lines.map((_, count) => lines.slice(0, count + 1).join('\n').length);
    for (let length = 0; length < content.length; length++) {
      const parse = () => parseAttributes(content.subarray(0, length));
      const isWhole = wholeLines.slice(1).includes(length) || wholeLines.includes(length - 1);
      // The name is a whole line by itself, too.
      const isBeforeExtras = content[length] === 0x20 && content[length + 1] === 0x7b;
      if (isWhole || isBeforeExtras) expect(parse, `${length} bytes`).not.toThrow();
      else expect(parse, `${length} bytes`).toThrow(expect.objectContaining({ code: 'OBJECT_CORRUPT' }));
    }
  });
});

describe('a subdirectory called like the attributes', () => {
  it('gets a name of its own in the attribute tree, as do those that are called so', () => {
    const names = [
      '.attributes',
      '.attributes~',
      '.attributes~~',
      '.attributes~a',
      'attributes',
      '.attribute',
    ];
    expect(names.map(attributeTreeName)).toEqual([
      '.attributes~',
      '.attributes~~',
      '.attributes~~~',
      '.attributes~a',
      'attributes',
      '.attribute',
    ]);
  });
});

describe('comparing two blobs', () => {
  const directory = fc.record({
    users: fc.constantFrom(new Map([[0, 'root']]), new Map([[0, 'toor']])),
    groups: fc.constant(new Map<number, string>()),
    files: fc.uniqueArray(file, { selector: (each) => each.name, maxLength: 6 }),
  });

  it('gives the files that differ, and those that were asked for, of either', () => {
    fc.assert(
      fc.property(
        directory,
        directory,
        fc.array(name, { maxLength: 2 }),
        fc.nat(),
        (left, right, more, pick) => {
          // Some files stand in both.
          const shared = { ...right, files: mergeFiles(left.files.slice(pick % 4), right.files) };
          const also = new Set([...more, ...left.files.slice(0, pick % 3).map((each) => each.name)]);
          const blobs = [encodeAttributes(left), encodeAttributes(shared)] as const;
          const found = compareAttributes(...blobs, also);
          const [all, others] = blobs.map((blob) => parseAttributes(blob));
          expect(found.left).toEqual({ ...all, files: wanted(all.files, others.files, also) });
          expect(found.right).toEqual({ ...others, files: wanted(others.files, all.files, also) });
        },
      ),
    );
  });

  function mergeFiles(some: readonly FileAttributes[], others: readonly FileAttributes[]): FileAttributes[] {
    return [...new Map([...others, ...some].map((each) => [each.name, each])).values()];
  }

  function wanted(
    files: readonly FileAttributes[],
    others: readonly FileAttributes[],
    also: ReadonlySet<string>,
  ): FileAttributes[] {
    const equal = new Set(others.map((each) => JSON.stringify(each)));
    return files.filter((each) => also.has(each.name) || !equal.has(JSON.stringify(each)));
  }
});

it('the names of subdirectories in attribute trees lead back to what they stand for', () => {
  for (const each of ['plain', '.attributes', '.attributes~', '.attributes~~', '.attributes~x', '~']) {
    expect(directoryName(attributeTreeName(each))).toBe(each);
  }
});
