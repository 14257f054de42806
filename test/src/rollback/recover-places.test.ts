// A recovery whose component is out of reach waits for it: nothing is taken for the component that is not.
import { mkdirSync, readdirSync, renameSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { recover } from '#src/rollback/recover.js';
import { rollback } from '#src/rollback/rollback.js';
import { describeTree } from '../../fixtures/describe-tree.js';
import { killRollback } from '../../fixtures/rollback-process.js';
import { createSavedTree, type SavedTree } from '../../fixtures/saved-tree.js';

let tree: SavedTree;
beforeEach(async () => {
  tree = await createSavedTree();
  tree.write('file', 'as it was');
  tree.write('folder/inside', 'inside');
  await tree.save('point');
});

const away = () => `${tree.root}-away`;

describe('an interrupted rollback', () => {
  it('is held while its file system is not mounted, and finished once it is', async () => {
    const before = describeTree(tree.root);
    tree.write('file', 'changed');
    tree.remove('folder');
    killRollback(tree.session.location, { point: 'point', phase: 'applying' });
    // As the mount point of a file system that is not there.
    renameSync(tree.root, away());
    mkdirSync(tree.root);
    for (let round = 0; round < 2; round++) {
      await expect(recover(tree.session)).rejects.toMatchObject({
        code: 'RECOVERY_NEEDED',
        message: expect.stringContaining('are all file systems mounted?'),
        fields: { components: ['tree'] },
      });
    }
    await expect(rollback(tree.session, 'point')).rejects.toMatchObject({ code: 'RECOVERY_NEEDED' });
    expect(readdirSync(tree.root)).toEqual([]);
    rmdirSync(tree.root);
    renameSync(away(), tree.root);
    expect(await recover(tree.session)).toMatchObject({ did: 'finished', carried: { outcome: 'done' } });
    expect(describeTree(tree.root)).toEqual(before);
  });

  it('whose staging is lost for good is ended by force, and says what could not be done', async () => {
    tree.write('file', 'changed');
    killRollback(tree.session.location, { point: 'point', phase: 'applying' });
    for (const name of readdirSync(tree.root).filter((each) => each.startsWith('.savepoint-')))
      rmSync(join(tree.root, name), { recursive: true });
    await expect(recover(tree.session)).rejects.toMatchObject({ code: 'RECOVERY_NEEDED' });
    const { carried } = await recover(tree.session, { force: true });
    // It can't reach the point any more, and so goes back to the state before, which it has not left.
    expect(carried).toMatchObject({ outcome: 'reverted' });
    expect(await recover(tree.session)).toEqual({ did: 'nothing' });
  });

  it('that was not decided is dropped, wherever its components are', async () => {
    tree.write('file', 'changed');
    killRollback(tree.session.location, { point: 'point', phase: 'staging' });
    renameSync(tree.root, away());
    expect(await recover(tree.session)).toMatchObject({ did: 'dropped' });
  });
});
