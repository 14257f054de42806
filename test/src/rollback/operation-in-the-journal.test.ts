// What an operation in the journal keeps others from, while its process lives, and when that is gone.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { componentsOfPaths } from '#src/components.js';
import { journal } from '#src/journal/journal.js';
import { recover } from '#src/rollback/recover.js';
import { rollback } from '#src/rollback/rollback.js';
import { watchOperations } from '#src/rollback/watch-operations.js';
import { save } from '#src/save.js';
import { openSavepoint } from '#src/savepoint.js';
import type { OperationId } from '#store/operations/operation-entry.js';
import { createSavedTree, type SavedTree } from '../../fixtures/saved-tree.js';

let tree: SavedTree;
beforeEach(async () => {
  tree = await createSavedTree();
  tree.write('file', 'as it was');
  await tree.save('point');
});

describe('an operation in the journal', () => {
  const begin = (process: string) =>
    journal.begin(tree.session.store, {
      ...{
        id: 'ab'.repeat(16) as OperationId,
        kind: 'rollback',
        process,
        startedAt: new Date().toISOString(),
      },
      ...{ user: 'root', host: 'host', command: [], components: [], target: { name: 'point', id: 'ab' } },
    });
  /** Of a process of an earlier boot of this host; see temporary-name.ts. */
  async function deadProcess(): Promise<string> {
    const { createTemporaryName } = await import('#adapters/backends/temporary-name.js');
    const [, ...rest] = createTemporaryName().split('.');
    return ['0'.repeat(32), ...rest].join('.');
  }
  const writers = () => openSavepoint({ store: tree.session.location });

  it('of a living process keeps others from beginning one, and from saving', async () => {
    const { createTemporaryName } = await import('#adapters/backends/temporary-name.js');
    await begin(createTemporaryName());
    await expect(rollback(tree.session, 'point')).rejects.toMatchObject({ code: 'LOCKED' });
    await expect(recover(tree.session)).rejects.toMatchObject({ code: 'LOCKED' });
    const savepoint = await writers();
    await expect(savepoint.save([tree.root])).rejects.toMatchObject({ code: 'LOCKED' });
    await savepoint.close();
  });

  it('that comes and goes while a point is saved keeps the mixture from becoming a point', async () => {
    tree.write('file', 'changed');
    const undisturbed = await watchOperations(tree.session);
    await undisturbed();
    await tree.save('meanwhile');
    await undisturbed();
    await rollback(tree.session, 'point');
    const definitions = componentsOfPaths([tree.root]);
    const options = { name: 'mixture', beforePublishing: undisturbed };
    await expect(save(tree.session, definitions, options)).rejects.toMatchObject({ code: 'STEP_CONFLICT' });
    const savepoint = await writers();
    expect((await savepoint.list()).map(({ name }) => name)).toEqual(['point', 'meanwhile']);
    await savepoint.save([tree.root], { name: 'repeated' });
    await savepoint.close();
  });

  it('of a process that is gone must be recovered first, and is dropped where it was not decided', async () => {
    await begin(await deadProcess());
    const savepoint = await writers();
    for (const attempt of [
      () => savepoint.save([tree.root]),
      () => savepoint.restore('point'),
      () => savepoint.rollback('point'),
      () => savepoint.verify({ repair: true }),
    ]) {
      await expect(attempt()).rejects.toMatchObject({ code: 'RECOVERY_NEEDED' });
    }
    expect(await savepoint.list()).toHaveLength(1);
    expect(await savepoint.recover()).toMatchObject({ did: 'dropped', kind: 'rollback' });
    expect(await savepoint.recover()).toEqual({ did: 'nothing' });
    await savepoint.save([tree.root]);
    await savepoint.close();
  });

  it('that is damaged is said to be', async () => {
    await begin(await deadProcess());
    const file = join(tree.session.location, 'journal/begin.json');
    writeFileSync(file, readFileSync(file, 'utf8').replace('rollback', 'rollbock'));
    await expect(recover(tree.session)).rejects.toMatchObject({ code: 'JOURNAL_CORRUPT' });
    expect(existsSync(file)).toBe(true);
  });
});
