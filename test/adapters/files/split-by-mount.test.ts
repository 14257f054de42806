// Restoring into a directory in which something else is mounted: a rename stays on one mount, whatever devices say.
import { lstatSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { splitByMount } from '#adapters/files/split-by-mount.js';
import { runTool } from '../../fixtures/run-tool.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';
import { attribute, create, remove, replace } from './steps.js';
import { TreeStore } from './tree-store.js';

const canMount = process.getuid?.() === 0;
const TMPFS_BYTES = 16 << 20;

/** A root with a tmpfs at `other`, a tmpfs in that at `other/inner`, and a bind mount of its own at `own mount\`. */
function makeMounts(): string {
  const root = createTemporaryDirectory({ tmpfsSizeBytes: TMPFS_BYTES });
  const mount = (path: string, ...options: string[]) => {
    mkdirSync(join(root, path), { recursive: true });
    runTool('mount', [...options, join(root, path)]);
  };
  mount('other', '-t', 'tmpfs', '-o', 'size=4m', 'savepoint-test');
  mount('other/inner', '-t', 'tmpfs', '-o', 'size=4m', 'savepoint-test');
  mkdirSync(join(root, 'source'));
  mount('own mount\\', '--bind', join(root, 'source'));
  mkdirSync(join(root, 'plain'));
  return root;
}

describe.runIf(canMount)('steps below mount points', () => {
  it('are carried out with the mount point as their root, all others together', () => {
    const root = makeMounts();
    const steps = [
      attribute('', 'directory'),
      replace('plain/a'),
      attribute('other', 'directory'),
      create('other/a'),
      create('other/new', { type: 'directory' }),
      create('other/new/b'),
      remove('other/inner/c'),
      replace('own mount\\/d'),
      create('source/e'),
      create('not-there/f'),
    ];
    const groups = splitByMount(root, steps);
    expect(groups.map(({ mount, steps: members }) => [mount, members.map(({ path }) => path)])).toEqual([
      ['', ['', 'plain/a', 'other', 'source/e', 'not-there/f']],
      ['other', ['a', 'new', 'new/b']],
      ['other/inner', ['c']],
      ['own mount\\', ['d']],
    ]);
  });

  it('keep links within a mount, and let a file stand alone that would be linked across', () => {
    const root = makeMounts();
    const linked = (path: string, link: string) => create(path, { link });
    const steps = [
      linked('plain/a', 'b'),
      linked('plain/c', 'other/b'),
      linked('other/d', 'other/x/b'),
      linked('other/e', 'plain/b'),
      linked('other/f', 'other/inner/b'),
      linked('other/inner/g', 'other/b'),
    ];
    const linkOf = (path: string) => {
      const found = splitByMount(root, steps).flatMap(({ mount, steps: members }) =>
        members.map((step) => ({ path: join(mount, step.path), step })),
      );
      const step = found.find((member) => member.path === path)?.step;
      return step !== undefined && 'attributes' in step ? step.attributes.link : 'missing';
    };
    expect(linkOf('plain/a')).toBe('b');
    expect(linkOf('other/d')).toBe('x/b');
    for (const path of ['plain/c', 'other/e', 'other/f', 'other/inner/g'])
      expect(linkOf(path), path).toBeUndefined();
  });
});

describe.runIf(canMount)('a restore into a tree with mounts', () => {
  it('brings back files on each of them, and what was linked across them by itself', async () => {
    const root = makeMounts();
    const places = ['plain', 'other', 'other/inner', 'own mount\\', '.'];
    for (const place of places) writeFileSync(join(root, place, 'file'), `as it was in ${place}`);
    const trees = await TreeStore.make();
    const { ids, problems } = await trees.capture(root);
    expect(problems).toEqual([]);
    for (const place of places) {
      writeFileSync(join(root, place, 'file'), 'changed');
      writeFileSync(join(root, place, 'added'), 'added');
    }
    const device = statSync(join(root, 'other')).dev;
    const outcome = await trees.restore(ids, root);
    expect(outcome.problems).toEqual([]);
    for (const place of places) {
      expect(readFileSync(join(root, place, 'file'), 'utf8')).toBe(`as it was in ${place}`);
      expect(lstatSync(join(root, place, 'added'), { throwIfNoEntry: false })).toBeUndefined();
    }
    expect(statSync(join(root, 'other')).dev).toBe(device);
    expect((await trees.capture(root)).ids).toEqual(ids);
  });
});
