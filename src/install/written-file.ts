// A file that `savepoint install` writes: it says so in its first line, and carries a checksum, so that it can be told from
// one that was there before and from one that an operator has changed since.
import { createHash } from 'node:crypto';

const MARK = "# Written by 'savepoint install'; 'savepoint uninstall' takes it away.";
const CHECKSUM = /^# sha256 of the lines below: ([0-9a-f]{64})$/;
const DIRECTORIES = '# Directories that were made for it: ';

/** Whose the content of a file is: `edited` was ours, and has been changed. */
export type Ownership = 'ours' | 'edited' | 'foreign';

/** `body` as it is written; `directories`, deepest first, were made for it, and go with it. */
export function sealFile(body: string, directories: readonly string[]): string {
  const made = directories.length === 0 ? '' : `${DIRECTORIES}${directories.join(' ')}\n`;
  const rest = made + body;
  return `${MARK}\n# sha256 of the lines below: ${checksum(rest)}\n${rest}`;
}

export function ownershipOf(content: string): Ownership {
  const { mark, stated, rest } = takeApart(content);
  if (mark !== MARK) return 'foreign';
  return CHECKSUM.exec(stated)?.[1] === checksum(rest) ? 'ours' : 'edited';
}

/** The directories that were made for a file of ours, deepest first. */
export function directoriesOf(content: string): string[] {
  const { mark, rest } = takeApart(content);
  if (mark !== MARK || !rest.startsWith(DIRECTORIES)) return [];
  return rest.slice(DIRECTORIES.length, rest.indexOf('\n')).split(' ');
}

/** Orders directories so that what is in one comes before it. */
export function deepestFirst(left: string, right: string): number {
  return right.length - left.length || (left < right ? -1 : 1);
}

function takeApart(content: string): { mark: string; stated: string; rest: string } {
  const [mark, stated = '', ...lines] = content.split('\n');
  return { mark, stated, rest: lines.join('\n') };
}

function checksum(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
