// What a store has lost, a point that is imported does not build upon: it is read and stored again.
import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { exportPoints } from '#src/git/export-points.js';
import { importRepository } from '#src/git/import-repository.js';
import type { Session } from '#src/session.js';
import { verify } from '#src/verify.js';
import { makeRepository } from '../../fixtures/made-repository.js';
import { createSavedTree } from '../../fixtures/saved-tree.js';
import { createRandom } from '../../fixtures/seeded-random.js';

const FIRST = '2024-05-01T10:00:00Z';
const SECOND = '2024-06-01T10:00:00Z';
const CONTENT = createRandom(3).bytes(50_000);

/** Takes the largest pack away, in which are the files. */
function losePack({ location }: Session): void {
  const packs = join(location, 'packs');
  const sizes = readdirSync(packs).map((name) => ({ name, bytes: statSync(join(packs, name)).size }));
  rmSync(join(packs, sizes.reduce((one, other) => (one.bytes > other.bytes ? one : other)).name));
}

/** Fails unless the store holds all that its points need. */
async function expectWhole(session: Session): Promise<void> {
  const { problems } = await verify(session, { data: true });
  expect(problems.flatMap(({ hurts }) => hurts)).toEqual([]);
}

test.each(['sha1', 'sha256'] as const)('tags of others, into a store of %s', async (format) => {
  const { session } = await createSavedTree(format);
  const made = makeRepository();
  made.commit({ 'd/kept': CONTENT, changed: 'one\n' }, FIRST);
  made.tag('v1', FIRST);
  await importRepository(session, made.directory);
  losePack(session);
  made.commit({ changed: 'two\n' }, SECOND);
  made.tag('v2', SECOND);
  await importRepository(session, made.directory);
  await expectWhole(session);
});

test.each(['sha1', 'sha256'] as const)('exported points, into a store of %s', async (format) => {
  const tree = await createSavedTree('sha1');
  const repository = join(tree.directory, 'points.git');
  const { session } = await createSavedTree(format);
  tree.write('d/kept', CONTENT);
  for (const name of ['one', 'two']) {
    tree.write('changed', name);
    await tree.save(name);
    await exportPoints(tree.session, repository);
    await importRepository(session, repository);
    if (name === 'one') losePack(session);
  }
  await expectWhole(session);
});
