// Looks, before anything is written, whether it fits: a disk that fills up meanwhile is everybody's disk.
import { statfsSync } from 'node:fs';
import { SavepointError } from '../../store/errors.js';
import { descriptorPath } from '../node/posix-place.js';
import type { LocatedFiles } from './locate-files.js';

/** btrfs, zfs, bcachefs and f2fs: what is compressed, or shared, may fit though it seems not to. See statfs(2). */
const SQUEEZING: ReadonlySet<number> = new Set([0x9123683e, 0x2fc12fc1, 0xca451a4e, 0xf2f52010]);

/** `mount` is the absolute path of the open directory `root`. Throws STORAGE_FULL. */
export function requireSpace(root: number, mount: string, { dataBytes }: LocatedFiles): void {
  if (dataBytes === 0) return;
  const { type, bsize, blocks, bfree, bavail } = statfsSync(descriptorPath(root));
  // So says a file system without a limit.
  if (blocks === 0) return;
  // Some blocks are for root alone.
  const freeBytes = bsize * (process.geteuid?.() === 0 ? bfree : bavail);
  if (dataBytes <= freeBytes || SQUEEZING.has(type)) return;
  throw new SavepointError(
    'STORAGE_FULL',
    `What is put back in ${mount} takes ${mebibytes(dataBytes)} beside what is there, and its file system has ${mebibytes(freeBytes)} left; nothing was changed. Make room and try again.`,
    { fields: { path: mount, neededBytes: dataBytes, freeBytes } },
  );
}

function mebibytes(bytes: number): string {
  return `${Math.ceil(bytes / (1 << 20))} MiB`;
}
