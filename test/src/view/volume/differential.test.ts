// A mounted volume beside the files that it was mounted from: the same calls on both, with the same results and errors.
import * as fs from 'node:fs';
import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { mountPoint } from '#src/view/mount-point.js';
import { makeTree } from '../../../fixtures/made-tree.js';
import { type Paths, randomOperation } from '../../../fixtures/random-operations.js';
import { hostPlace, runOperation, volumePlace, type Way } from '../../../fixtures/run-operation.js';
import { createSavedTree } from '../../../fixtures/saved-tree.js';
import { createRandom } from '../../../fixtures/seeded-random.js';

const GIVEN = process.env['SAVEPOINT_TEST_SEED'];
const FIRST = GIVEN === undefined ? Math.floor(Math.random() * 1e9) : Number(GIVEN);
const ROUNDS = Number(process.env['ROUNDS'] ?? 5);

function pathsBelow(root: string): Paths {
  const known: string[] = [];
  const directories: string[] = [''];
  const open = [''];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    for (const name of readdirSync(join(root, path))) {
      const below = path === '' ? name : `${path}/${name}`;
      if (Buffer.byteLength(below) > 3000) continue;
      known.push(below);
      if (lstatSync(join(root, below)).isDirectory()) {
        directories.push(below);
        open.push(below);
      }
    }
  }
  return { known, directories };
}

for (let seed = FIRST; seed < FIRST + ROUNDS; seed++) {
  test(`seed ${seed}`, async () => {
    const random = createRandom(seed);
    const tree = await createSavedTree();
    for (const path of ['a', 'b', 'd/a', 'd/b', 'd/e/a', 'd/e/f/g', 'z/x'])
      tree.write(path, random.bytes(random.integer(3000)));
    fs.linkSync(join(tree.root, 'a'), join(tree.root, 'd/linked'));
    fs.linkSync(join(tree.root, 'a'), join(tree.root, 'z/linked'));
    fs.symlinkSync('../a', join(tree.root, 'd/up'));
    fs.symlinkSync('d', join(tree.root, 'to-d'));
    fs.symlinkSync('nowhere', join(tree.root, 'dangling'));
    fs.symlinkSync('loop', join(tree.root, 'loop'));
    fs.mkdirSync(join(tree.root, 'empty'));
    await tree.save('one');
    const volume = await mountPoint(tree.session, 'one', { component: 'tree' });
    const host = hostPlace(fs, tree.root);
    const mounted = volumePlace(volume);
    const told: string[] = [];
    for (let step = 0; step < 80; step++) {
      const operation = randomOperation(random, pathsBelow(tree.root));
      const way: Way = random.pick(['sync', 'promise', 'callback']);
      const wanted = await runOperation(host, operation, way);
      const found = await runOperation(mounted, operation, way);
      told.push(`${way} ${JSON.stringify(operation).slice(0, 300)} -> ${wanted}`);
      if (found !== wanted) {
        if (process.env['COLLECT']) {
          fs.appendFileSync(
            '/tmp/diffs.txt',
            `${operation.call}\t${way}\t${JSON.stringify(operation)
              .replace(/\[\d+(,\d+){4,}\]/g, 'BYTES')
              .slice(0, 300)}\n\twant ${wanted.slice(0, 300)}\n\tgot  ${found.slice(0, 300)}\n`,
          );
          return;
        }
      }
      expect(found, told.slice(-4).join('\n')).toBe(wanted);
    }
    volume.unmount();
  });
}
void makeTree;
