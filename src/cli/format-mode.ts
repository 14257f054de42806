// A file's type and permissions as `ls -l` shows them, and its owner.
import type { FileState } from '../index.js';
import { escapeName } from './escape-name.js';

const TYPE_LETTERS: Readonly<Record<FileState['type'], string>> = {
  file: '-',
  directory: 'd',
  symlink: 'l',
  fifo: 'p',
  'character-device': 'c',
  'block-device': 'b',
};

/** `-rwsr-xr-x`. */
export function formatMode(type: FileState['type'], mode: number): string {
  const groups = [
    { bits: mode >> 6, special: mode & 0o4000, letters: 'sS' },
    { bits: mode >> 3, special: mode & 0o2000, letters: 'sS' },
    { bits: mode, special: mode & 0o1000, letters: 'tT' },
  ];
  const text = groups.map(({ bits, special, letters }) => {
    const executable = (bits & 1) !== 0;
    const last = special === 0 ? (executable ? 'x' : '-') : letters[executable ? 0 : 1];
    return `${(bits & 4) === 0 ? '-' : 'r'}${(bits & 2) === 0 ? '-' : 'w'}${last}`;
  });
  return TYPE_LETTERS[type] + text.join('');
}

/** `0644`. */
export function formatOctalMode(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}

/** `root:shadow`; numbers where there are no names. */
export function formatOwner({ user, userId, group, groupId }: FileState): string {
  return `${escapeName(user ?? String(userId))}:${escapeName(group ?? String(groupId))}`;
}
