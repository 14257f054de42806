// What a directory holds: files, their lengths, and the disk they take (allocated blocks, as `du` counts).
import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const BLOCK_BYTES = 512;

/**
 * @param {string} root a file or directory; a missing one counts as nothing
 * @param {string[]} [left] paths below it that aren't counted
 * @returns {{ files: number, bytes: number, diskBytes: number }} the length sum counts regular files only
 */
export function measureSize(root, left = []) {
  const found = lstatSync(root, { throwIfNoEntry: false });
  const size = { files: 0, bytes: 0, diskBytes: 0 };
  if (found === undefined) return size;
  const pending = [root];
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    const stat = lstatSync(path);
    size.diskBytes += stat.blocks * BLOCK_BYTES;
    if (stat.isDirectory()) {
      for (const name of readdirSync(path)) {
        const inner = join(path, name);
        if (!left.includes(inner)) pending.push(inner);
      }
    } else {
      size.files += 1;
      if (stat.isFile()) size.bytes += stat.size;
    }
  }
  return size;
}
