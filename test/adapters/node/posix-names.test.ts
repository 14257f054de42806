// The names in an open directory, whatever bytes they are made of and however many there are.
import { mkdirSync, mkdtempSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { closeDescriptor, openDirectory } from '#adapters/node/posix-directory.js';
import { readNames } from '#adapters/node/posix-names.js';
import { encodeName } from '#store/names.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';

const open: number[] = [];
afterEach(() => {
  for (const descriptor of open.splice(0)) closeDescriptor(descriptor);
});

function opened(path: string): number {
  const descriptor = openDirectory(path);
  open.push(descriptor);
  return descriptor;
}

describe('the names in a directory', () => {
  it('are none where it is empty', () => {
    expect(readNames(opened(createTemporaryDirectory()))).toEqual([]);
  });

  it('come back whatever bytes they are made of', () => {
    const directory = createTemporaryDirectory();
    const names = ['plain', '.hidden', '..also', 'é', '😀', '\udcff\udc80', 'a\nb', ' ', 'n'.repeat(255)];
    for (const name of names) {
      writeFileSync(Buffer.concat([Buffer.from(`${directory}/`), encodeName(name)]), '');
    }
    expect(readNames(opened(directory)).sort()).toEqual([...names].sort());
  });

  it('are all read where they take more than one call', () => {
    const directory = createTemporaryDirectory();
    const names = Array.from({ length: 3000 }, (_, number) => `${number}-${'x'.repeat(number % 90)}`);
    for (const name of names) writeFileSync(join(directory, name), '');
    expect(readNames(opened(directory)).sort()).toEqual([...names].sort());
  });

  it('are those of the directory that is open, whatever stands at its path by now', () => {
    const directory = mkdtempSync(join(createTemporaryDirectory(), 'of-'));
    writeFileSync(join(directory, 'ours'), '');
    const descriptor = opened(directory);
    renameSync(directory, `${directory}-aside`);
    mkdirSync(directory);
    writeFileSync(join(directory, 'theirs'), '');
    expect(readNames(descriptor)).toEqual(['ours']);
  });

  it('fail with what the system says where it is no directory', () => {
    const directory = createTemporaryDirectory();
    writeFileSync(join(directory, 'file'), '');
    expect(() => openDirectory(join(directory, 'file'))).toThrow(/ENOTDIR/);
  });
});
