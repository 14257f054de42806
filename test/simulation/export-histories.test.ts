// Random histories of saves, removals and exports: after each export git finds nothing wrong, and an import into an empty store
// brings back the trees of all points, with every name.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { exportPoints } from '#src/git/export-points.js';
import { importRepository } from '#src/git/import-repository.js';
import { listPoints } from '#src/list.js';
import { forgetPoints } from '#src/removed-points.js';
import { createSession, type Session } from '#src/session.js';
import type { ObjectFormat } from '#store/object-id.js';
import { bareGit } from '../fixtures/bare-git.js';
import { createSavedTree, type SavedTree } from '../fixtures/saved-tree.js';
import { createRandom, type SeededRandom } from '../fixtures/seeded-random.js';
import { chooseSeeds } from './choose-seeds.js';

const STEPS = process.env['SAVEPOINT_TEST_ALL'] === undefined ? 8 : 25;
const FORMATS: readonly ObjectFormat[] = ['sha256', 'sha1'];
const FOLDERS = [
  '',
  'a/',
  'a/b/',
  '.git/',
  'a/.GIT/',
  'x/.gitmodules/',
  'a/%savepoint%.git/',
  'x/.gitattributes/y/',
];
const FILES = [
  ...['f', 'g', '.gitmodules', '.gitattributes', '.gitignore', 'git~1', '.git ', '~1234567', '%savepoint%f'],
  ...['a\\.git', '\u200c.git', 'Makefile', '100%'],
];
const CONTENTS = [
  '',
  'x\n',
  '[submodule "x"]\n\tpath = x\n',
  '[submodule "../x"]\n\tpath = -x\n',
  'y'.repeat(3000),
];

/** A file that is written, or a folder that is removed. */
function change(tree: SavedTree, random: SeededRandom): void {
  const path = random.pick(FOLDERS) + random.pick(FILES);
  if (random.integer(8) === 0) rmSync(join(tree.root, path.split('/')[0]), { recursive: true, force: true });
  else if (random.integer(12) === 0) tree.write('large', random.bytes(1_300_000));
  else tree.write(path, random.pick(CONTENTS));
}

async function removeSome(session: Session, random: SeededRandom): Promise<void> {
  const points = await listPoints(session);
  if (points.length < 2) return;
  await forgetPoints(session, [random.pick(points).name]);
}

async function expectTheSame(tree: SavedTree, target: string, name: string): Promise<void> {
  const other = await createSession(join(tree.directory, name), tree.session.store.format);
  try {
    await importRepository(other, target);
    const treesOf = async (session: Session) =>
      new Map((await listPoints(session)).map((point) => [point.name, point.tree]));
    expect(await treesOf(other)).toEqual(await treesOf(tree.session));
  } finally {
    await other.close();
  }
}

it.each(chooseSeeds(2))(
  'a history of %s',
  async (seed) => {
    const random = createRandom(seed);
    const tree = await createSavedTree(random.pick(FORMATS));
    const objectFormat = random.pick(FORMATS);
    const target = join(tree.directory, 'target.git');
    tree.write('first', 'first\n');
    for (let step = 0; step < STEPS; step++) {
      for (let number = random.integer(6); number >= 0; number--) change(tree, random);
      await tree.save(random.pick(['', 'x/', 'x/y/']) + step);
      if (random.integer(3) === 0) await removeSome(tree.session, random);
      if (random.integer(2) === 0 && step < STEPS - 1) continue;
      await exportPoints(tree.session, target, { objectFormat });
      expect(bareGit(target).complaints(), `step ${step}`).toBe('');
      await expectTheSame(tree, target, `imported-${step}`);
    }
  },
  600_000,
);
