// Trees that change while they are saved or restored, and trees made to lead a restore astray: nothing crashes, what was
// not read whole is named, and nothing outside of the restored directory is ever written to.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { restore } from '#src/restore.js';
import { verify } from '#src/verify.js';
import { isSavepointError } from '#store/errors.js';
import { expectSameTree } from '../fixtures/compare-trees.js';
import { describeTree } from '../fixtures/describe-tree.js';
import { runTool } from '../fixtures/run-tool.js';
import { createSavedTree, type SavedTree } from '../fixtures/saved-tree.js';

const DISTURB = fileURLToPath(new URL('./disturb.mjs', import.meta.url));
const RESTLESS_SAVES = 12;
const RACES = 25;

let tree: SavedTree;
let outside: string;
beforeEach(async () => {
  tree = await createSavedTree();
  outside = join(tree.directory, 'outside');
  mkdirSync(outside);
});

async function disturb(kind: 'files' | 'links', ...args: string[]): Promise<ChildProcess> {
  const child = fork(DISTURB, [kind, ...args], { execArgv: [] });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child, 'message');
  return child;
}

describe('a save', () => {
  it('of files that grow, shrink, vanish and are replaced names them, and its points are sound', async () => {
    tree.write('steady', 'always the same');
    mkdirSync(join(tree.root, 'restless'));
    const child = await disturb('files', join(tree.root, 'restless'));
    const problems = new Set<string>();
    for (let number = 0; number < RESTLESS_SAVES; number++) {
      const { point, problems: found } = await tree.save(`point-${number}`);
      expect(point.complete).toBe(found.length === 0);
      for (const { code, path } of found) {
        expect(path.startsWith(join(tree.root, 'restless'))).toBe(true);
        problems.add(code);
      }
    }
    expect(child.exitCode).toBeNull();
    child.kill('SIGKILL');
    expect(problems.size).toBeGreaterThan(0);
    expect(
      [...problems].filter((code) => !['ENOENT', 'ENOTDIR', 'EISDIR', 'ECHANGED', 'ELOOP'].includes(code)),
    ).toEqual([]);
    expect((await verify(tree.session, { data: true })).problems).toEqual([]);
    for (let number = 0; number < RESTLESS_SAVES; number++) {
      const to = join(tree.directory, `restored-${number}`);
      const { components } = await restore(tree.session, `point-${number}`, { to });
      expect(components[0].problems).toEqual([]);
      expect(readFileSync(join(to, 'steady'), 'utf8')).toBe('always the same');
      for (const name of readdirSync(join(to, 'restless'))) expectWhole(join(to, 'restless', name));
    }
  });
});

/** A file that was replaced whole is a whole version; one that only grew is what it was at some time. */
function expectWhole(path: string): void {
  if (path.includes('replaced-')) {
    const lines = readFileSync(path, 'utf8').split('\n');
    const [, count] = /^version \d+ of (\d+) lines$/.exec(lines[0]) ?? [];
    expect(lines.pop()).toBe('');
    expect(new Set(lines).size).toBe(1);
    expect(lines).toHaveLength(Number(count));
  }
  if (path.includes('growing-')) {
    const numbers = [...readFileSync(path, 'utf8').matchAll(/^line (\d+)$/gm)].map(([, number]) =>
      Number(number),
    );
    expect(numbers).toEqual(numbers.map((_, index) => numbers[0] + index * 5));
  }
}

describe('a restore in place', () => {
  beforeEach(async () => {
    tree.write('folder/inside', 'inside');
    tree.write('folder/deep/deeper', 'deeper');
    tree.write('file', 'a file');
    symlinkSync('file', join(tree.root, 'link'));
    await tree.save('point');
  });

  const copy = () => {
    const to = join(tree.directory, 'copy');
    runTool('cp', ['-a', tree.root, to]);
    return to;
  };

  it('makes a file of what became a directory only when it may delete what is in that', async () => {
    const expected = copy();
    rmSync(join(tree.root, 'file'));
    tree.write('file/new', 'would be lost');
    rmSync(join(tree.root, 'link'));
    mkdirSync(join(tree.root, 'link'));
    const before = describeTree(tree.root);
    await expect(restore(tree.session, 'point')).rejects.toMatchObject({
      code: 'TARGET_CONFLICT',
      fields: { path: join(tree.root, 'file') },
    });
    expect(describeTree(tree.root)).toEqual(before);
    await restore(tree.session, 'point', { delete: true });
    expectSameTree(expected, tree.root);
  });

  it('makes a directory of what became a file, a link or anything else', async () => {
    const expected = copy();
    for (const make of [
      () => writeFileSync(join(tree.root, 'folder'), 'a file now'),
      () => symlinkSync('nowhere', join(tree.root, 'folder')),
      () => runTool('mkfifo', [join(tree.root, 'folder')]),
    ]) {
      rmSync(join(tree.root, 'folder'), { recursive: true });
      make();
      await restore(tree.session, 'point');
      expectSameTree(expected, tree.root);
    }
  });

  it.each([false, true])(
    'puts a directory where a link was planted, and nothing behind it (delete: %s)',
    async (isDeleting) => {
      const expected = copy();
      writeFileSync(join(outside, 'inside'), 'not ours');
      mkdirSync(join(outside, 'deep'));
      writeFileSync(join(outside, 'deep/deeper'), 'not ours either');
      const before = describeTree(outside);
      for (const planted of ['folder', 'folder/deep']) {
        rmSync(join(tree.root, planted), { recursive: true });
        symlinkSync(outside, join(tree.root, planted));
        await restore(tree.session, 'point', { delete: isDeleting });
        expect(lstatSync(join(tree.root, planted)).isDirectory()).toBe(true);
        expectSameTree(expected, tree.root);
        expect(describeTree(outside)).toEqual(before);
      }
      rmSync(join(tree.root, 'folder'), { recursive: true });
      symlinkSync(outside, join(tree.root, 'folder'));
      const paths = [join(tree.root, 'folder/deep/deeper')];
      await expect(restore(tree.session, 'point', { paths, delete: isDeleting })).rejects.toMatchObject({
        code: 'TARGET_CONFLICT',
      });
      expect(describeTree(outside)).toEqual(before);
    },
  );
});

describe('a restore while somebody swaps a directory and a link', () => {
  it.each(['in place', 'elsewhere'])(
    '%s writes nothing behind the link, and never crashes',
    async (where) => {
      for (let i = 0; i < 40; i++) tree.write(`folder/file-${i}`, `content ${i}`);
      tree.write('folder/below/file', 'below');
      await tree.save('point');
      const to = where === 'in place' ? tree.root : join(tree.directory, 'elsewhere');
      mkdirSync(join(to, 'folder/below'), { recursive: true });
      writeFileSync(join(outside, 'file-1'), 'not ours');
      mkdirSync(join(outside, 'below'));
      const before = describeTree(outside);
      const child = await disturb('links', join(to, 'folder'), outside);
      let met = 0;
      for (let race = 0; race < RACES; race++) {
        await whilePaused(child, () => changeSome(to, race));
        try {
          const { components } = await restore(tree.session, 'point', {
            ...(where === 'in place' ? {} : { to }),
            delete: race % 2 === 0,
          });
          met += components[0].problems.length;
        } catch (error) {
          if (!isSavepointError(error)) throw error;
          met++;
        }
        expect(describeTree(outside)).toEqual(before);
      }
      expect(met).toBeGreaterThan(0);
      expect(child.exitCode).toBeNull();
      child.kill('SIGKILL');
      await once(child, 'exit');
      rmSync(join(to, 'folder-aside'), { recursive: true, force: true });
      await restore(tree.session, 'point', { to, delete: true });
      expect(readFileSync(join(to, 'folder/file-7'), 'utf8')).toBe('content 7');
      expect(describeTree(outside)).toEqual(before);
      expect(readdirSync(to)).toEqual(['folder']);
    },
  );
});

/** Gives the restore something to do, unless the link is there just now. */
function changeSome(root: string, race: number): void {
  const folder = join(root, 'folder');
  if (!lstatSync(folder, { throwIfNoEntry: false })?.isDirectory()) return;
  writeFileSync(join(folder, `file-${race}`), `changed ${race}`);
  rmSync(join(folder, `file-${race + 1}`), { force: true });
  if (existsSync(join(folder, 'below'))) writeFileSync(join(folder, 'below/file'), `changed ${race}`);
}

async function whilePaused(child: ChildProcess, action: () => void): Promise<void> {
  child.kill('SIGSTOP');
  while (!/\) T /.test(readFileSync(`/proc/${child.pid}/stat`, 'latin1'))) await nextTurn();
  action();
  child.kill('SIGCONT');
}
