// Which processes keep a mount from being unmounted: those that run, stand, or have a file open below it.
import { readlinkSync } from 'node:fs';
import { tolerate } from '../backends/storage-error.js';
import { isInside } from '../files/node-path.js';
import { listEntries } from './list-files-below.js';
import { readValue } from './value-file.js';

export interface MountUser {
  readonly pid: number;
  readonly name: string;
}

export function findMountUsers(point: string): MountUser[] {
  const processes = listEntries('/proc').filter(({ name }) => /^\d+$/.test(name));
  return processes
    .filter(({ name }) => linksOf(`/proc/${name}`).some((target) => isInside(target, point)))
    .map(({ name }) => ({ pid: Number(name), name: readValue(`/proc/${name}/comm`) ?? '' }));
}

function linksOf(directory: string): string[] {
  const open = tolerate(HIDDEN, () => listEntries(`${directory}/fd`)) ?? [];
  const links = ['cwd', 'root', 'exe', ...open.map(({ name }) => `fd/${name}`)];
  return links.flatMap((name) => tolerate(HIDDEN, () => readlinkSync(`${directory}/${name}`)) ?? []);
}

/** Of a process that has ended, that is the kernel's own, or that is not ours to look at. */
const HIDDEN = ['ENOENT', 'ESRCH', 'EACCES', 'EPERM'];
