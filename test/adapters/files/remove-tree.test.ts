// Removing a directory with all that is in it, and nothing that it only points to.
import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { removeTree } from '#adapters/files/remove-tree.js';
import { closeDescriptor, openDirectory } from '#adapters/node/posix-directory.js';
import { descriptorPath } from '#adapters/node/posix-place.js';
import { runTool } from '../../fixtures/run-tool.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';

let directory: string;
let root: number;
beforeEach(() => {
  directory = createTemporaryDirectory();
  root = openDirectory(directory);
  onTestFinished(() => closeDescriptor(root));
});
const remove = (name: string) => removeTree({ directory: root, name });

describe('removing a tree', () => {
  it('takes files of every kind, at every depth, whatever they are called', () => {
    mkdirSync(join(directory, 'x/a/b/empty'), { recursive: true });
    for (const name of ['x/f', 'x/a/f', 'x/a/b/f', 'x/.hidden', 'x/new\nline'])
      writeFileSync(join(directory, name), '');
    writeFileSync(Buffer.concat([Buffer.from(`${directory}/x/`), Buffer.from([0xff, 0x80])]), '');
    runTool('mkfifo', [join(directory, 'x/fifo')]);
    symlinkSync('nowhere', join(directory, 'x/dangling'));
    remove('x');
    expect(readdirSync(directory)).toEqual([]);
  });

  it('says nothing where there is nothing, and takes a single file', () => {
    writeFileSync(join(directory, 'file'), '');
    remove('file');
    remove('file');
    expect(readdirSync(directory)).toEqual([]);
  });

  it('leaves alone what links lead to', () => {
    const outside = createTemporaryDirectory();
    writeFileSync(join(outside, 'precious'), 'precious');
    mkdirSync(join(directory, 'x'));
    symlinkSync(outside, join(directory, 'x/link'));
    symlinkSync(join(outside, 'precious'), join(directory, 'x/file-link'));
    linkSync(join(outside, 'precious'), join(outside, 'other'));
    remove('x');
    symlinkSync(outside, join(directory, 'y'));
    remove('y');
    expect(readdirSync(directory)).toEqual([]);
    expect(readFileSync(join(outside, 'precious'), 'utf8')).toBe('precious');
  });

  it('goes deeper than a path may be long', () => {
    let at = root;
    for (let i = 0; i < 40; i++) {
      const name = 'd'.repeat(200);
      mkdirSync(`${descriptorPath(at)}/${name}`);
      const below = openDirectory({ directory: at, name });
      if (at !== root) closeDescriptor(at);
      at = below;
    }
    closeDescriptor(at);
    remove('d'.repeat(200));
    expect(readdirSync(directory)).toEqual([]);
  });

  it('stops at what it may not remove, and says what that is', () => {
    mkdirSync(join(directory, 'x/kept'), { recursive: true });
    runTool('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'savepoint-test', join(directory, 'x/kept')]);
    writeFileSync(join(directory, 'x/kept/file'), '');
    expect(() => remove('x')).toThrow(/EBUSY/);
    expect(existsSync(join(directory, 'x/kept'))).toBe(true);
  });
});
