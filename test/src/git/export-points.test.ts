// Points in a bare repository, as real git has them there.
import { chmodSync, existsSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { exportPoints } from '#src/git/export-points.js';
import { readPoint } from '#src/points.js';
import type { ObjectFormat } from '#store/object-id.js';
import { bareGit } from '../../fixtures/bare-git.js';
import { makePlainTree } from '../../fixtures/make-plain-tree.js';
import { runTool } from '../../fixtures/run-tool.js';
import { createSavedTree, type SavedTree } from '../../fixtures/saved-tree.js';
import { createRandom } from '../../fixtures/seeded-random.js';

const CASES: readonly { readonly store: ObjectFormat; readonly repository: ObjectFormat }[] = [
  { store: 'sha256', repository: 'sha256' },
  { store: 'sha1', repository: 'sha1' },
  { store: 'sha256', repository: 'sha1' },
  { store: 'sha1', repository: 'sha256' },
];

/** Three points: plain files, a large one among them; then some changes; then names that git refuses. */
async function savePoints(format: ObjectFormat): Promise<SavedTree> {
  const tree = await createSavedTree(format);
  makePlainTree(join(tree.root, 'plain'), { seed: 7, files: 60 });
  tree.write('large', createRandom(3).bytes(3_500_000));
  tree.write('zeros', new Uint8Array(2_500_000));
  tree.write('run', '#!/bin/sh\n');
  chmodSync(join(tree.root, 'run'), 0o755);
  symlinkSync('run', join(tree.root, 'link'));
  await tree.save('first');
  tree.write('run', '#!/bin/sh\ntrue\n');
  tree.write('new/deep/file', 'new\n');
  await tree.save('second');
  tree.write('new/deep/.git/config', '[core]\n');
  tree.write('new/.gitmodules', '[submodule "../x"]\n\tpath = -x\n');
  await tree.save('third');
  return tree;
}

function packsOf(directory: string): string[] {
  return readdirSync(join(directory, 'objects/pack')).filter((name) => name.endsWith('.pack'));
}

describe.each(CASES)('points of a $store store in a $repository repository', ({ store, repository }) => {
  it('are what git has by itself', async () => {
    const tree = await savePoints(store);
    const directory = join(tree.directory, 'export.git');
    const result = await exportPoints(tree.session, directory, { objectFormat: repository });
    const git = bareGit(directory);
    expect(git.complaints()).toBe('');
    expect(git.run('rev-parse', '--show-object-format')).toBe(repository);
    expect(git.run('log', '--format=%H', 'points').split('\n')).toEqual(
      result.points.map(({ commit }) => commit).reverse(),
    );
    expect(git.run('tag').split('\n')).toEqual(['first', 'second', 'third']);
    expect(git.run('symbolic-ref', 'HEAD')).toBe('refs/heads/points');
    const files = git.list('third:tree/files');
    const names = ['large', 'zeros', 'run', 'new/deep/file'];
    const ids = runTool(
      'git',
      ['hash-object', '--no-filters', ...names.map((name) => join(tree.root, name))],
      {
        cwd: directory,
      },
    );
    expect(names.map((name) => files.get(name))).toEqual(ids.toString().trim().split('\n'));
    expect([...files.keys()]).toEqual(
      expect.arrayContaining(['new/deep/%savepoint%.git/config', 'new/%savepoint%.gitmodules']),
    );
    expect(
      git.read('blob', files.get('large') as string).equals(readFileSync(join(tree.root, 'large'))),
    ).toBe(true);
  });

  it('are added to those that are there, by one pack of what is new', async () => {
    const tree = await savePoints(store);
    const directory = join(tree.directory, 'export.git');
    const options = { objectFormat: repository };
    await exportPoints(tree.session, directory, { ...options, points: ['first'] });
    const rest = await exportPoints(tree.session, directory, options);
    expect(rest.points.map(({ outcome }) => outcome)).toEqual(['present', 'added', 'added']);
    expect(packsOf(directory)).toHaveLength(2);
    const git = bareGit(directory);
    expect(git.complaints()).toBe('');
    // Each object stands in one pack only, so that none was written again.
    const count = Number(/^in-pack: (\d+)$/m.exec(git.run('count-objects', '-v'))?.[1]);
    expect(count).toBe(git.run('rev-list', '--objects', '--all').split('\n').length);

    const nothing = await exportPoints(tree.session, directory);
    expect(nothing).toMatchObject({ created: false, objects: 0, bytes: 0, head: rest.head });
    expect(packsOf(directory)).toHaveLength(2);
    const whole = await exportPoints(tree.session, join(tree.directory, 'whole.git'), options);
    expect(whole.points.map(({ tagId }) => tagId)).toEqual(rest.points.map(({ tagId }) => tagId));
  });
});

describe.each<ObjectFormat>(['sha256', 'sha1'])('points of a %s store in a repository like it', (format) => {
  it('keep the ids of all that git takes as it is', async () => {
    const tree = await savePoints(format);
    const directory = join(tree.directory, 'export.git');
    const { points } = await exportPoints(tree.session, directory);
    const [first, second, third] = points;
    expect([first.tagId, second.tagId]).toEqual([first.id, second.id]);
    expect(third.tagId).not.toBe(third.id);
    const git = bareGit(directory);
    const reader = await tree.session.store.openReader();
    for (const { id, name, commit } of [first, second]) {
      const point = await readPoint(tree.session, reader, { id, name });
      expect(point.commit).toBe(commit);
      expect(git.run('rev-parse', `${name}^{tree}`)).toBe(point.tree);
      expect(git.read('tag', id).equals((await reader.read(id)).content)).toBe(true);
    }
  });

  it('can be cloned, compared and verified by git', async () => {
    const tree = await savePoints(format);
    const directory = join(tree.directory, 'export.git');
    await exportPoints(tree.session, directory);
    const clone = join(tree.directory, 'clone');
    runTool('git', ['clone', '--quiet', '--no-local', directory, clone], {});
    expect(readFileSync(join(clone, 'tree/files/new/deep/file'), 'utf8')).toBe('new\n');
    expect(existsSync(join(clone, 'tree/files/new/deep/%savepoint%.git/config'))).toBe(true);
    const git = bareGit(directory);
    const changed = git.run('diff', '--name-status', 'first', 'second', '--', 'tree/files');
    expect(changed.split('\n')).toEqual(['A\ttree/files/new/deep/file', 'M\ttree/files/run']);
    expect(() => git.run('verify-tag', 'first')).toThrow('no signature found');
  });
});
