// Content that is damaged in the store: whoever would put it back is told which files that hurts, and changes nothing.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { restore } from '#src/restore.js';
import { rollback } from '#src/rollback/rollback.js';
import { createSavedTree, type SavedTree } from '../fixtures/saved-tree.js';
import { createRandom } from '../fixtures/seeded-random.js';

const NAMES = ['a', 'b', 'c', 'd', 'e'];

let tree: SavedTree;
beforeEach(async () => {
  tree = await createSavedTree();
  const random = createRandom(11);
  for (const name of NAMES) tree.write(name, random.bytes(3000));
  tree.write('large', random.bytes(3 << 20));
  await tree.save('point');
  for (const name of [...NAMES, 'large']) tree.write(name, 'changed');
});

function damagePack(): void {
  const pack = tree.stored('packs').find((file) => readFileSync(file)[11] === 1) as string;
  const bytes = readFileSync(pack);
  for (let at = 1000; at < bytes.length; at += 1000) bytes[at] ^= 1;
  writeFileSync(pack, bytes);
}

test.each([
  ['rollback', rollback],
  ['restore', restore],
] as const)('a %s says which files it can not read', async (_, operation) => {
  damagePack();
  await expect(operation(tree.session, 'point')).rejects.toMatchObject({
    code: expect.stringMatching(/CORRUPT/),
    message: expect.stringMatching(/can't be read\. packs\/.* Run 'savepoint verify --data'/),
    fields: { paths: expect.arrayContaining([expect.stringMatching(/^([a-e]|large)$/)]) },
  });
  for (const name of [...NAMES, 'large']) expect(readFileSync(join(tree.root, name), 'utf8')).toBe('changed');
});
