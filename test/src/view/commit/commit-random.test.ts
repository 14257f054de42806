// The same random changes to a tree on disk and to a volume that was mounted from a point of it: a save of the tree and a
// commit of the volume have the same trees, to the last attribute, and the same counts.
import * as fs from 'node:fs';
import { expect, test } from 'vitest';
import { diffPoints } from '#src/diff-points.js';
import { readComponents } from '#src/point-tree.js';
import { findPoint } from '#src/points.js';
import { verify } from '#src/verify.js';
import { commitVolume } from '#src/view/commit/commit-volume.js';
import { diffVolume } from '#src/view/commit/diff-volume.js';
import { mountPoint, type PointVolume } from '#src/view/mount-point.js';
import { decodeName } from '#store/names.js';
import { makeTree } from '../../../fixtures/made-tree.js';
import { COPIES_KEEP_OWNER, sayAlike } from '../../../fixtures/node-differences.js';
import { pathsBelow } from '../../../fixtures/paths-below.js';
import { randomOperation } from '../../../fixtures/random-operations.js';
import { hostPlace, type Place, runOperation, volumePlace } from '../../../fixtures/run-operation.js';
import { runTool } from '../../../fixtures/run-tool.js';
import { collect, createSavedTree, type SavedTree } from '../../../fixtures/saved-tree.js';
import { createRandom } from '../../../fixtures/seeded-random.js';

const IS_ROOT = process.getuid?.() === 0;
/** SAVEPOINT_TEST_ALL takes 300. */
const RUNS =
  process.env['SAVEPOINT_TEST_ALL'] === undefined ? 6 : Number(process.env['SAVEPOINT_TEST_ALL']) || 300;
const GIVEN = process.env['SAVEPOINT_TEST_SEED'];
const FIRST = GIVEN === undefined ? Math.floor(Math.random() * 1e9) : Number(GIVEN);
const COUNT = GIVEN === undefined ? RUNS : 1;

/** Gives both sides the times of neither: whatever changed in this run has been modified at one and the same time. */
async function levelTimes(host: Place, mounted: Place, since: number): Promise<void> {
  const open = [''];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    const before = fs.lstatSync(host.toPath(path));
    const names = before.isDirectory() ? fs.readdirSync(host.toPath(path), { encoding: 'buffer' }) : [];
    for (const name of names) open.push(path === '' ? decodeName(name) : `${path}/${decodeName(name)}`);
    if (before.ctimeMs < since) continue;
    const operation = { call: 'lutimes', args: [{ path }, 1e9, 1e9] };
    await runOperation(host, operation, 'sync');
    expect(await runOperation(mounted, operation, 'sync'), path).toBe('undefined');
  }
}

async function componentOf(tree: SavedTree, name: string) {
  const reader = await tree.session.store.openReader();
  const context = { source: reader, format: tree.session.store.format };
  const components = await readComponents(context, await findPoint(tree.session, reader, name));
  const { ids, record } = components.get('tree') as NonNullable<ReturnType<typeof components.get>>;
  const { files, directories, bytes } = record;
  // Where a file of a disk has holes is no difference, but is told by the attributes.
  return { tree: ids.files, files, directories, bytes };
}

async function differences(tree: SavedTree, before: string, after: string): Promise<string[]> {
  const changes = await collect(diffPoints(tree.session, { before, after }));
  return changes.map((change) => JSON.stringify(change));
}

interface Twins {
  readonly tree: SavedTree;
  readonly volume: PointVolume;
  /** The calls that were made, and what came of them. */
  readonly told: readonly string[];
}

/** A tree and a volume of a point of it, which have seen the same changes. */
async function changeTwins(seed: number): Promise<Twins> {
  const random = createRandom(seed);
  const tree = await createSavedTree(random.pick(['sha256', 'sha1']));
  makeTree(tree.root, { seed, manyFiles: 30, largeFileBytes: (1 << 20) + 5, hugeSparseBytes: 300 * 2 ** 20 });
  // A volume knows of no default access lists, which what is made would inherit.
  runTool('setfacl', ['--recursive', '--physical', '--remove-default', tree.root]);
  await tree.save('one');
  const isAlone = random.integer(2) === 0;
  const volume = await mountPoint(tree.session, 'one', isAlone ? { component: 'tree' } : {});
  const host = hostPlace(fs, tree.root);
  const mounted = volumePlace(volume, isAlone ? {} : { directory: '/tree', prefix: '/tree' });
  const since = Date.now() - 10;
  const told: string[] = [];
  let paths = pathsBelow(tree.root);
  for (let step = random.integer(60); step >= 0; step--) {
    if (step % 5 === 0) paths = pathsBelow(tree.root);
    const operation = randomOperation(random, paths);
    // Node loses names that are not UTF-8 on the way.
    if (operation.call === 'realpath') continue;
    if (operation.call === 'copyFile' && COPIES_KEEP_OWNER) continue;
    const wanted = sayAlike(operation, await runOperation(host, operation, 'sync'));
    const found = sayAlike(operation, await runOperation(mounted, operation, 'sync'));
    told.push(`${JSON.stringify(operation).slice(0, 200)} -> ${wanted}, ${found}`);
    const hasFailed = (outcome: string) => outcome.startsWith('threw') && outcome;
    expect(hasFailed(found), told.join('\n')).toBe(hasFailed(wanted));
  }
  await levelTimes(host, mounted, since);
  return { tree, volume, told };
}

for (let seed = FIRST; seed < FIRST + COUNT; seed++) {
  test.skipIf(!IS_ROOT)(
    `a commit is what a save of the same changes is (SAVEPOINT_TEST_SEED=${seed})`,
    async () => {
      const { tree, volume, told } = await changeTwins(seed);
      const calls = told.join('\n');
      await tree.save('two');
      await commitVolume(tree.session, volume, { name: 'three' });
      expect(await differences(tree, 'two', 'three'), calls).toEqual([]);
      expect(await componentOf(tree, 'three'), calls).toEqual(await componentOf(tree, 'two'));
      const changes = await collect(diffVolume(tree.session, volume));
      expect(changes, calls).toEqual(
        await collect(diffPoints(tree.session, { before: 'one', after: 'three' })),
      );
      expect((await verify(tree.session, { data: true })).problems).toEqual([]);
    },
  );
}
