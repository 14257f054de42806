// Directories beneath an open one: found name by name, no link followed, never too many open, and all closed at last.
import { mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OpenFolders } from '#adapters/files/open-folders.js';
import { closeDescriptor, openDirectory } from '#adapters/node/posix-directory.js';
import { makeFifo } from '#adapters/node/posix-entry.js';
import { descriptorPath } from '#adapters/node/posix-place.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';

let directory: string;
let root: number;
let folders: OpenFolders;
let openBefore: number;
const countOpen = () => readdirSync('/proc/self/fd').length;

beforeEach(() => {
  directory = createTemporaryDirectory();
  root = openDirectory(directory);
  folders = new OpenFolders(root);
  openBefore = countOpen();
});
afterEach(() => {
  folders.close();
  expect(countOpen()).toBe(openBefore);
  closeDescriptor(root);
});

const namesIn = (descriptor: number) => readdirSync(descriptorPath(descriptor));

describe('open folders', () => {
  it('lead to the directory of a path, and its last name', () => {
    mkdirSync(join(directory, 'a/b'), { recursive: true });
    writeFileSync(join(directory, 'a/b/c'), '');
    expect(folders.placeOf('top')).toEqual({ directory: root, name: 'top' });
    const place = folders.placeOf('a/b/c');
    expect([place.name, namesIn(place.directory)]).toEqual(['c', ['c']]);
    makeFifo(folders.placeOf('a/b/d'), 0o600);
    expect(namesIn(folders.descriptorOf('a/b'))).toEqual(['c', 'd']);
    expect(folders.descriptorOf('')).toBe(root);
  });

  it('open each directory once, and keep at most 16 open', () => {
    const names = Array.from({ length: 40 }, (_, i) => `d${i}`);
    for (const name of names) {
      mkdirSync(join(directory, name, 'e'), { recursive: true });
      writeFileSync(join(directory, name, name), '');
    }
    const first = folders.placeOf('d0/x').directory;
    expect(folders.placeOf('d0/y').directory).toBe(first);
    expect(countOpen()).toBe(openBefore + 1);
    for (const name of names) expect(namesIn(folders.placeOf(`${name}/x`).directory)).toContain(name);
    expect(countOpen()).toBe(openBefore + 16);
    for (const name of names) expect(namesIn(folders.descriptorOf(`${name}/e`))).toEqual([]);
    expect(namesIn(folders.descriptorOf('d0'))).toContain('d0');
  });

  it('keep open what is used most lately', () => {
    for (let i = 0; i < 30; i++) mkdirSync(join(directory, `d${i}`));
    const kept = folders.descriptorOf('d0');
    for (let i = 1; i < 30; i++) {
      folders.descriptorOf(`d${i}`);
      expect(folders.descriptorOf('d0')).toBe(kept);
    }
  });

  it('reach what is deeper than a path may be long', () => {
    const parts = Array.from({ length: 30 }, (_, i) => `${i}-`.padEnd(250, 'x'));
    let at = root;
    const opened: number[] = [];
    for (const part of parts) {
      mkdirSync(`${descriptorPath(at)}/${part}`);
      at = openDirectory({ directory: at, name: part });
      opened.push(at);
    }
    writeFileSync(`${descriptorPath(at)}/deep`, '');
    for (const descriptor of opened) closeDescriptor(descriptor);
    expect(namesIn(folders.descriptorOf(parts.join('/')))).toEqual(['deep']);
  });

  it('follow no symbolic link, at the end or on the way', () => {
    const outside = createTemporaryDirectory();
    mkdirSync(join(outside, 'b'));
    symlinkSync(outside, join(directory, 'a'));
    mkdirSync(join(directory, 'd'));
    symlinkSync('../d', join(directory, 'd/self'));
    for (const path of ['a/x', 'a/b/x', 'd/self/x'])
      expect(() => folders.placeOf(path), path).toThrow(/ENOTDIR|ELOOP/);
  });

  it('refuse names that lead elsewhere', () => {
    mkdirSync(join(directory, 'a'));
    for (const path of ['../x', 'a/../x', 'a/./x', 'a//x']) {
      expect(() => folders.placeOf(path), path).toThrow(expect.objectContaining({ code: 'INVALID_NAME' }));
    }
  });

  it('forget what may have moved, when they are closed', () => {
    mkdirSync(join(directory, 'a'));
    folders.descriptorOf('a');
    renameSync(join(directory, 'a'), join(directory, 'b'));
    mkdirSync(join(directory, 'a'));
    writeFileSync(join(directory, 'a/new'), '');
    expect(namesIn(folders.descriptorOf('a'))).toEqual([]);
    folders.close();
    expect(namesIn(folders.descriptorOf('a'))).toEqual(['new']);
    rmSync(join(directory, 'a'), { recursive: true });
    folders.close();
    expect(() => folders.descriptorOf('a')).toThrow(/ENOENT/);
  });
});
