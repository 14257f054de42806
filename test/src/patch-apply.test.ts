// Patches as real git takes them: what it makes of a copy is the tree that they lead to.
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { FileChange } from '#src/diff-points.js';
import { countLines } from '#src/patch.js';
import { encodeName } from '#store/names.js';
import { changesOf, PAIRS, patchesOf, put } from '../fixtures/patch-pairs.js';
import { runTool } from '../fixtures/run-tool.js';
import { createSavedTree, type SavedTree } from '../fixtures/saved-tree.js';
import { createRandom, type SeededRandom } from '../fixtures/seeded-random.js';
import { chooseSeeds } from '../simulation/choose-seeds.js';

/** Applies the patches to a copy of what was saved, and expects git to see no difference to the live tree. */
async function expectApplies(tree: SavedTree, changes: readonly FileChange[]): Promise<void> {
  const input = Buffer.concat((await patchesOf(tree, changes)).map((text) => encodeName(text)));
  const copy = join(tree.directory, 'copy');
  const strip = tree.root.split('/').length;
  runTool('git', ['apply', `-p${strip}`, '--whitespace=nowarn', '-'], { cwd: copy, input });
  runTool('git', ['diff', '--no-index', '--exit-code', copy, tree.root]);
}

/** `git diff --numstat` of the copy and the live tree: added and removed lines by name. */
function gitCounts(tree: SavedTree): Map<string, string> {
  const args = ['diff', '--no-index', '--no-renames', '--minimal', '--numstat', '-z', 'copy', 'tree'];
  let output = '';
  try {
    runTool('git', args, { cwd: tree.directory });
  } catch (error) {
    output = (error as { stdout: Buffer }).stdout.toString();
  }
  const words = output.split('\0');
  const counts = new Map<string, string>();
  for (let at = 0; at + 2 < words.length; at += 3) {
    const [added, removed] = words[at].split('\t');
    const name = words[at + 2] === '/dev/null' ? words[at + 1] : words[at + 2];
    counts.set(name.replace(/^(copy|tree)\//, ''), `+${added} -${removed}`);
  }
  return counts;
}

const ODD_NAMES: readonly (string | Buffer)[] = [
  ...[
    'with space',
    'tab\there',
    'new\nline',
    'quote"',
    'back\\slash',
    'é世界',
    ' leading',
    'trailing ',
    '\u007f\u0001',
  ],
  Buffer.from([0x61, 0xff, 0x62]),
];

describe('git applies the patch of', () => {
  test.each(Object.entries(PAIRS))('%s', async (name, pair) => {
    const tree = await createSavedTree();
    const changes = await changesOf(tree, (side) => put(tree.root, name, pair[side]));
    await expectApplies(tree, changes);
  });

  test('all of them at once, with the lines that git counts', async () => {
    const tree = await createSavedTree();
    const changes = await changesOf(tree, (side) => {
      for (const [name, pair] of Object.entries(PAIRS)) put(tree.root, name, pair[side]);
    });
    const counts = gitCounts(tree);
    for (const change of changes) {
      const lines = await countLines(tree.session, change);
      const isOther = change.kind === 'type';
      if (!isOther && change.path !== '') {
        expect([change.path, `+${lines?.added} -${lines?.removed}`]).toEqual([
          change.path,
          counts.get(change.path),
        ]);
      }
    }
    expect(counts.size).toBeGreaterThan(Object.keys(PAIRS).length - 4);
    await expectApplies(tree, changes);
  });

  test('files with names that need quotes', async () => {
    const tree = await createSavedTree();
    const changes = await changesOf(tree, (side) => {
      for (const [number, name] of ODD_NAMES.entries()) {
        const isThere = number % 3 === 0 || (number % 3 === 1) === (side === 'after');
        put(tree.root, name, isThere ? `${side}\n` : undefined);
      }
    });
    await expectApplies(tree, changes);
  });

  test('changed modes, with and without changed contents', async () => {
    const tree = await createSavedTree();
    const changes = await changesOf(tree, (side) => {
      const [left, right] = side === 'before' ? [0o644, 0o755] : [0o755, 0o644];
      put(tree.root, 'made executable', 'a\n', left);
      put(tree.root, 'made plain', 'a\n', right);
      put(tree.root, 'changed too', `${side}\n`, left);
      put(tree.root, 'stays executable', `${side}\n`, 0o755);
      put(tree.root, 'new and executable', side === 'after' ? 'a\n' : undefined, 0o755);
    });
    await expectApplies(tree, changes);
  });

  test('files and whole directories that come and go', async () => {
    const tree = await createSavedTree();
    const changes = await changesOf(tree, (side) => {
      rmSync(join(tree.root, 'a'), { recursive: true, force: true });
      mkdirSync(join(tree.root, 'a', side), { recursive: true });
      for (const name of ['one', 'two']) tree.write(`a/${side}/${name}`, `${name}\n`);
    });
    await expectApplies(tree, changes);
  });
});

function randomLines(random: SeededRandom): string[] {
  return Array.from(
    { length: random.integer(30) },
    () => `${random.pick(['a', 'b', 'c', '', 'words and more'])}\n`,
  );
}

function randomEdit(random: SeededRandom, lines: readonly string[]): string[] {
  const next = [...lines];
  for (let edits = random.integer(4); edits >= 0; edits--) {
    next.splice(
      random.integer(next.length + 1),
      random.integer(4),
      ...randomLines(random).slice(0, random.integer(4)),
    );
  }
  return next;
}

describe.each(chooseSeeds(3))('seed %i', (seed) => {
  test('git applies the patches of random texts, and counts as many lines', async () => {
    const tree = await createSavedTree();
    const random = createRandom(seed);
    const texts = Array.from({ length: 60 }, () => {
      const lines = randomLines(random);
      const end = () => (random.integer(4) === 0 ? 'no newline' : '');
      return { before: lines.join('') + end(), after: randomEdit(random, lines).join('') + end() };
    });
    const changes = await changesOf(tree, (side) => {
      for (const [number, pair] of texts.entries()) tree.write(`${number}.txt`, pair[side]);
    });
    const counts = gitCounts(tree);
    for (const change of changes.filter(({ kind }) => kind === 'modified')) {
      const lines = await countLines(tree.session, change);
      expect([change.path, `+${lines?.added} -${lines?.removed}`]).toEqual([
        change.path,
        counts.get(change.path),
      ]);
    }
    await expectApplies(tree, changes);
  });
});
