// The looking side of the public API, as a program uses it.
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { doctor, type FileChange, openSavepoint } from '#src/index.js';
import { collect } from '../fixtures/saved-tree.js';
import { createTemporaryDirectory } from '../fixtures/temporary-directory.js';

test('points can be listed, shown, searched, compared and read', async () => {
  const directory = createTemporaryDirectory();
  const [store, root] = [join(directory, 'store'), join(directory, 'etc')];
  mkdirSync(root);
  writeFileSync(join(root, 'motd'), 'hello\n');
  const savepoint = await openSavepoint({ store, create: true });
  const first = await savepoint.save([root], { name: 'first' });
  writeFileSync(join(root, 'motd'), 'hello\nworld\n');
  chmodSync(join(root, 'motd'), 0o755);

  expect(await savepoint.list()).toEqual([first.point]);
  expect((await savepoint.show('first')).components[0]).toMatchObject({
    name: 'etc',
    tree: first.components[0].tree,
  });
  expect((await savepoint.showPath('first', 'etc:')).children?.map(({ name }) => name)).toEqual(['motd']);
  expect(Buffer.concat(await collect(savepoint.cat('latest', join(root, 'motd')))).toString()).toBe(
    'hello\n',
  );
  expect((await collect(savepoint.find('mot*'))).map(({ points }) => points)).toEqual([['first']]);

  const changes = await collect(savepoint.diff({ before: 'latest', after: 'live' }));
  const change = changes.find(({ path }) => path === 'motd') as FileChange;
  expect(change).toMatchObject({
    kind: 'modified',
    before: { mode: 0o644, sizeBytes: 6 },
    after: { mode: 0o755, sizeBytes: 12 },
  });
  expect(await savepoint.patch(change)).toContain('old mode 100644\nnew mode 100755\n');
  expect(await savepoint.patch(change)).toContain('\n+world\n');
  expect(await savepoint.countLines(change)).toEqual({ added: 1, removed: 0 });

  expect(await savepoint.stats()).toMatchObject({
    points: { count: 1, files: 1, bytes: 6 },
    components: ['etc'],
  });
  expect((await doctor({ store })).checks.find(({ name }) => name === 'store')?.ok).toBe('yes');
  await savepoint.close();
});
