// A mounted volume beside the files that it was mounted from: the same calls on both, with the same results and errors.
import * as fs from 'node:fs';
import { join } from 'node:path';
import { createFsFromVolume } from 'memfs';
import { expect, test } from 'vitest';
import { mountPoint } from '#src/view/mount-point.js';
import { COPIES_KEEP_OWNER, sayAlike } from '../../../fixtures/node-differences.js';
import { pathsBelow } from '../../../fixtures/paths-below.js';
import { randomOperation } from '../../../fixtures/random-operations.js';
import {
  hostPlace,
  type Operation,
  type Place,
  runOperation,
  volumePlace,
  type Way,
} from '../../../fixtures/run-operation.js';
import { createSavedTree, type SavedTree } from '../../../fixtures/saved-tree.js';
import { createRandom } from '../../../fixtures/seeded-random.js';

/** SAVEPOINT_TEST_ALL takes as many as it says. */
const RUNS = Number(process.env['SAVEPOINT_TEST_ALL'] ?? 25) || 500;
const CALLS = 60;
const GIVEN = process.env['SAVEPOINT_TEST_SEED'];
const FIRST = GIVEN === undefined ? Math.floor(Math.random() * 1e9) : Number(GIVEN);
const COUNT = GIVEN === undefined ? RUNS : 1;
/** So deep that no `..` leads out of what was saved. */
const START = 'x/y/z';

function makeFiles(tree: SavedTree, seed: number): string {
  const random = createRandom(`${seed} files`);
  for (const path of ['a', 'b', 'd/a', 'd/b', 'd/e/a', 'd/e/f/g', 'z/x'])
    tree.write(`${START}/${path}`, random.bytes(random.integer(3000)));
  const at = (path: string) => join(tree.root, START, path);
  for (const path of ['d/linked', 'z/linked']) fs.linkSync(at('a'), at(path));
  const targets = { 'd/up': '../a', 'to-d': 'd', dangling: 'nowhere', loop: 'loop' };
  for (const [path, target] of Object.entries(targets)) fs.symlinkSync(target, at(path));
  fs.mkdirSync(at('empty'));
  fs.mkdirSync(at('shared'));
  fs.chownSync(at('shared'), 0, 7);
  fs.chmodSync(at('shared'), 0o2775);
  return join(tree.root, START);
}

async function tell(place: Place, operation: Operation, way: Way): Promise<string> {
  return sayAlike(operation, await runOperation(place, operation, way));
}

for (let seed = FIRST; seed < FIRST + COUNT; seed++) {
  test(`answers as the disk does (SAVEPOINT_TEST_SEED=${seed})`, async () => {
    const random = createRandom(seed);
    const tree = await createSavedTree();
    const start = makeFiles(tree, seed);
    await tree.save('one');
    const volume = await mountPoint(tree.session, 'one', { component: 'tree' });
    const host = hostPlace(fs, start, tree.root);
    const mounted = volumePlace(createFsFromVolume(volume), { directory: `/${START}` });
    const told: string[] = [];
    for (let step = 0; step < CALLS; step++) {
      const operation = randomOperation(random, pathsBelow(start));
      if (operation.call === 'copyFile' && COPIES_KEEP_OWNER) continue;
      const way: Way = random.pick(['sync', 'promise', 'callback']);
      const wanted = await tell(host, operation, way);
      told.push(`${way} ${JSON.stringify(operation).slice(0, 300)} -> ${wanted}`);
      expect(await tell(mounted, operation, way), told.slice(-6).join('\n')).toBe(wanted);
    }
    for (const path of ['', ...pathsBelow(start).known]) {
      for (const call of ['lstat', 'readdir', 'readFile', 'readlink']) {
        const operation = { call, args: [{ path }] };
        const wanted = await runOperation(host, operation, 'sync');
        const found = await runOperation(mounted, operation, 'sync');
        expect(found, [`${call} ${path}`, ...told].join('\n')).toBe(wanted);
      }
    }
    volume.unmount();
  });
}
