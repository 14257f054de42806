// Patches of random pairs of trees, as `git apply` and `patch` take them: they lead to the second tree, and git's back to
// the first.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { diffPoints, type FileChange } from '#src/diff-points.js';
import { type PatchOptions, patch } from '#src/patch.js';
import type { RenameOptions } from '#src/renames/detect-renames.js';
import { encodeName } from '#store/names.js';
import {
  changedTree,
  describePlainTree,
  type PlainTree,
  randomTree,
  readTree,
  writeTree,
} from '../fixtures/patch-trees.js';
import { runTool } from '../fixtures/run-tool.js';
import { createSavedTree, type SavedTree } from '../fixtures/saved-tree.js';
import { createRandom } from '../fixtures/seeded-random.js';

/** SAVEPOINT_TEST_ALL takes 1,000. */
const PAIRS = process.env['SAVEPOINT_TEST_ALL'] === undefined ? 150 : 1000;
const GIVEN = process.env['SAVEPOINT_TEST_SEED'];
const FIRST = GIVEN === undefined ? Math.floor(Math.random() * 1e9) : Number(GIVEN);
const COUNT = GIVEN === undefined ? PAIRS : 1;

/** Each seed takes other ways to look for renames. */
const RENAMES: readonly (RenameOptions | undefined)[] = [
  {},
  { copies: 'changed' },
  { copies: 'all', similarity: 30 },
  undefined,
  { similarity: 100 },
];

async function patchOf(
  tree: SavedTree,
  sides: { readonly before: string; readonly after: string },
  options: { readonly renames: RenameOptions | undefined } & PatchOptions,
): Promise<{ text: Buffer; changes: FileChange[] }> {
  const { renames, ...patchOptions } = options;
  const parts: Uint8Array[] = [];
  const changes: FileChange[] = [];
  for await (const change of diffPoints(tree.session, { ...sides, ...(renames && { renames }) })) {
    changes.push(change);
    parts.push(encodeName((await patch(tree.session, change, patchOptions)) ?? ''));
  }
  return { text: Buffer.concat(parts), changes };
}

/** GNU patch knows of text alone, renames no links, and has nothing become another kind of file. */
function isForGnuPatch(text: Buffer, changes: readonly FileChange[]): boolean {
  if (text.length === 0 || text.includes('\nGIT binary patch\n')) return false;
  return !changes.some(
    ({ kind, oldPath, after }) => kind === 'type' || (oldPath !== undefined && after?.type === 'symlink'),
  );
}

function expectTree(directory: string, expected: PlainTree, label: string): void {
  expect(describePlainTree(readTree(directory)), label).toEqual(describePlainTree(expected));
}

test(`git apply and patch take the patches of ${COUNT} random pairs of trees from seed ${FIRST} on`, async () => {
  const tree = await createSavedTree();
  const copy = join(tree.directory, 'copy');
  const strip = `-p${tree.root.split('/').length}`;
  const seen = new Set<string>();
  let takenByPatch = 0;
  for (let seed = FIRST; seed < FIRST + COUNT; seed++) {
    const random = createRandom(`pair ${seed}`);
    const before = randomTree(random);
    const after = changedTree(random, before);
    writeTree(tree.root, before);
    writeTree(copy, before);
    await tree.save(`before-${seed}`);
    writeTree(tree.root, after);
    const isLive = seed % 3 === 0;
    if (!isLive) await tree.save(`after-${seed}`);
    const sides = { before: `before-${seed}`, after: isLive ? 'live' : `after-${seed}` };
    const renames = RENAMES[seed % RENAMES.length];
    const { text, changes } = await patchOf(tree, sides, { renames, binary: 'whole' });
    for (const { kind } of changes) seen.add(kind);
    if (isForGnuPatch(text, changes)) {
      takenByPatch++;
      runTool('patch', [strip, '--silent', '--force'], { cwd: copy, input: text });
      expectTree(copy, after, `seed ${seed}, by patch`);
      writeTree(copy, before);
    }
    if (text.length > 0)
      runTool('git', ['apply', strip, '--whitespace=nowarn', '-'], { cwd: copy, input: text });
    expectTree(copy, after, `seed ${seed}`);
    // git does not know how to take a copy back.
    if (text.length > 0 && seed % 4 === 0 && !changes.some(({ kind }) => kind === 'copied')) {
      runTool('git', ['apply', '-R', strip, '--whitespace=nowarn', '-'], { cwd: copy, input: text });
      expectTree(copy, before, `seed ${seed}, back`);
    }
    rmSync(copy, { recursive: true });
  }
  const wanted = ['added', 'removed', 'modified', 'renamed', 'copied', 'type', 'attributes'];
  if (GIVEN !== undefined) return;
  expect([...seen].sort()).toEqual(wanted.sort());
  expect(takenByPatch).toBeGreaterThan(COUNT / 5);
}, 600_000);
