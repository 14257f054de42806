// Comparing trees by their bytes finds what comparing their entries one by one finds.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSavepointError } from '#store/errors.js';
import type { ObjectId } from '#store/object-id.js';
import { compareTrees } from '#store/objects/compare-trees.js';
import { encodeTree, TREE_MODES, type TreeEntry } from '#store/objects/tree.js';

/** Names that are prefixes of each other, and sort differently as files and as directories. */
const entry: fc.Arbitrary<TreeEntry> = fc.record({
  mode: fc.constantFrom(...Object.values(TREE_MODES)),
  name: fc.constantFrom('a', 'a-', 'a.b', 'a0', 'ab', 'b', '.attributes', 'é', '\udc80', 'x'.repeat(80)),
  id: fc.constantFrom('0', '1', '2').map((digit) => digit.repeat(40) as ObjectId),
});
const tree = fc.uniqueArray(entry, { selector: ({ name }) => name, maxLength: 10 });

const describeEntries = (entries: readonly TreeEntry[]) =>
  entries.map(({ mode, name, id }) => `${mode} ${name} ${id}`).sort();

describe('the difference of two trees', () => {
  it('is what either has and the other has not', () => {
    fc.assert(
      fc.property(tree, tree, (left, right) => {
        const found = compareTrees(encodeTree(left, 'sha1'), encodeTree(right, 'sha1'), 'sha1');
        const without = (some: readonly TreeEntry[], others: readonly TreeEntry[]) =>
          describeEntries(some).filter((each) => !describeEntries(others).includes(each));
        expect(describeEntries(found.left)).toEqual(without(left, right));
        expect(describeEntries(found.right)).toEqual(without(right, left));
      }),
    );
  });

  it('of nothing and a directory of 200,000 files is all of these', () => {
    const id = '1'.repeat(40) as ObjectId;
    const entries = Array.from({ length: 200_000 }, (_, number) => ({
      ...{ mode: TREE_MODES.file, name: String(number), id },
    }));
    const whole = encodeTree(entries, 'sha1');
    const nothing = new Uint8Array();
    expect(compareTrees(nothing, whole, 'sha1').right).toHaveLength(200_000);
    expect(compareTrees(whole, nothing, 'sha1').left).toHaveLength(200_000);
  });

  it('of a tree that is cut short is an error, unless what is there is equal', () => {
    const whole = encodeTree([{ mode: TREE_MODES.file, name: 'a', id: '1'.repeat(40) as ObjectId }], 'sha1');
    for (let length = 1; length < whole.length; length++) {
      const cut = whole.subarray(0, length);
      let failure: unknown;
      try {
        compareTrees(cut, whole, 'sha1');
      } catch (error) {
        failure = error;
      }
      expect(isSavepointError(failure, 'OBJECT_CORRUPT'), `cut to ${length}`).toBe(true);
    }
  });
});
