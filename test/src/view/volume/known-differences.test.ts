// Where a volume is known to differ from a disk, as its README says: one call each, on both.
import * as fs from 'node:fs';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { createFsFromVolume } from 'memfs';
import { describe, expect, test } from 'vitest';
import { mountPoint } from '#src/view/mount-point.js';
import { runTool } from '../../../fixtures/run-tool.js';
import { createSavedTree } from '../../../fixtures/saved-tree.js';

const IS_ROOT = process.getuid?.() === 0;

type Fs = typeof fs;

interface Difference {
  readonly call: (fs: Fs, at: (path: string) => string) => unknown;
  readonly onDisk: unknown;
  readonly inVolume: unknown;
}

const differences: Readonly<Record<string, Difference>> = {
  'a slash behind the name of a file is passed over, where it is not opened': {
    call: (fs, at) => fs.utimesSync(at('file/'), 1, 1),
    ...{ onDisk: 'ENOTDIR', inVolume: undefined },
  },
  'so is a dot behind it': {
    call: (fs, at) => fs.statSync(`${at('file')}/.`).size,
    ...{ onDisk: 'ENOTDIR', inVolume: 4 },
  },
  'a slash behind a symbolic link does not lead to what it stands for': {
    call: (fs, at) => fs.lstatSync(at('link/')).isSymbolicLink(),
    ...{ onDisk: false, inVolume: true },
  },
  '.. behind a symbolic link is the directory of the link, not of what it leads to': {
    call: (fs, at) => fs.existsSync(`${at('link')}/../sibling`),
    ...{ onDisk: true, inVolume: false },
  },
  'a name that is too long is missing when it is looked for, and refused only when it is made': {
    call: (fs, at) => fs.statSync(at('x'.repeat(256))),
    ...{ onDisk: 'ENAMETOOLONG', inVolume: 'ENOENT' },
  },
  'a path may be longer than 4,095 bytes': {
    call: (fs, at) => fs.mkdirSync(at('y/'.repeat(3000)), { recursive: true }) !== undefined,
    ...{ onDisk: 'ENAMETOOLONG', inVolume: true },
  },
  'nobody is at the other end of a FIFO': {
    // Without O_NONBLOCK a disk waits for somebody.
    call: (fs, at) => fs.openSync(at('fifo'), fs.constants.O_RDONLY | fs.constants.O_NONBLOCK) > 0,
    ...{ onDisk: true, inVolume: 'ENXIO' },
  },
  'recursive mkdir says ENOTDIR where a symbolic link leads nowhere': {
    call: (fs, at) => fs.mkdirSync(at('nowhere/below'), { recursive: true }),
    ...{ onDisk: 'ENOENT', inVolume: 'ENOTDIR' },
  },
  'relative paths start at its root': {
    call: (fs) => fs.existsSync('directory'),
    ...{ onDisk: false, inVolume: true },
  },
  'what is made in a directory does not inherit its default access list': {
    call: (fs, at) => {
      fs.mkdirSync(at('listed/below'));
      return fs.statSync(at('listed/below')).mode.toString(8);
    },
    ...{ onDisk: '40770', inVolume: '40755' },
  },
};

describe.skipIf(!IS_ROOT)('in a volume', () => {
  for (const [name, { call, onDisk, inVolume }] of Object.entries(differences)) {
    test(name, async () => {
      const tree = await createSavedTree();
      tree.write('file', 'text');
      for (const path of ['directory', 'far/away', 'listed'])
        mkdirSync(join(tree.root, path), { recursive: true });
      tree.write('far/sibling', '');
      symlinkSync('far/away', join(tree.root, 'link'));
      symlinkSync('missing', join(tree.root, 'nowhere'));
      runTool('mkfifo', [join(tree.root, 'fifo')]);
      runTool('setfacl', ['-d', '-m', 'u::rwx,g::rwx,o::-', join(tree.root, 'listed')]);
      await tree.save('one');
      const volume = await mountPoint(tree.session, 'one', { component: 'tree' });
      const outcome = (fs: Fs, start: string) => {
        try {
          return call(fs, (path) => `${start}/${path}`);
        } catch (error) {
          return (error as NodeJS.ErrnoException).code;
        }
      };
      expect(outcome(fs, tree.root)).toEqual(onDisk);
      expect(outcome(createFsFromVolume(volume) as unknown as Fs, '')).toEqual(inVolume);
    });
  }

  test('what was not read before it was unmounted is lost, and what was written stays', async () => {
    const tree = await createSavedTree();
    for (const name of ['read', 'unread']) tree.write(name, name);
    await tree.save('one');
    const volume = await mountPoint(tree.session, 'one', { component: 'tree' });
    volume.writeFileSync('/read', volume.readFileSync('/read'));
    volume.unmount();
    volume.unmount();
    expect(volume.readFileSync('/read', 'utf8')).toBe('read');
    expect(() => volume.readFileSync('/unread')).toThrow(
      expect.objectContaining({ code: 'EIO', cause: expect.objectContaining({ code: 'USAGE' }) }),
    );
  });
});
