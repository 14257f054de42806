// A file that was written is told from one that was edited, and from one of somebody else.
import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { directoriesOf, ownershipOf, sealFile } from '#src/install/written-file.js';

test('a file opens with a line that says whose it is, and a checksum of the rest', () => {
  const rest = '# Directories that were made for it: /etc/a/b /etc/a\nbody\n';
  expect(sealFile('body\n', ['/etc/a/b', '/etc/a'])).toBe(
    `# Written by 'savepoint install'; 'savepoint uninstall' takes it away.\n# sha256 of the lines below: ${createHash('sha256').update(rest).digest('hex')}\n${rest}`,
  );
});

test('a file is ours as it was written, and edited with any change below its first line', () => {
  const sealed = sealFile('one\ntwo\n', ['/etc/a']);
  expect(ownershipOf(sealed)).toBe('ours');
  for (const edited of [`${sealed}x`, `${sealed}\n`, sealed.slice(0, -1), sealed.replace('one', 'One')]) {
    expect(ownershipOf(edited)).toBe('edited');
  }
  expect(ownershipOf(sealed.replace(/^(.*\n).*\n/, '$1'))).toBe('edited');
  expect(directoriesOf(sealed.replace('one', 'One'))).toEqual(['/etc/a']);
});

test('a file without the first line is somebody else’s', () => {
  for (const foreign of ['', '\n', 'body\n', ` ${sealFile('body\n', [])}`]) {
    expect(ownershipOf(foreign)).toBe('foreign');
    expect(directoriesOf(foreign)).toEqual([]);
  }
});
