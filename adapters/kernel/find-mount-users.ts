// Which processes keep a mount from being unmounted: those that run, stand, or have a file open below it.
import { readlinkSync } from 'node:fs';
import { listEntries } from './list-files-below.js';
import { isAtOrBelow } from './mount-state.js';
import { readValue } from './value-file.js';

export interface MountUser {
  readonly pid: number;
  readonly name: string;
}

export function findMountUsers(point: string): MountUser[] {
  const processes = listEntries('/proc').filter(({ name }) => /^\d+$/.test(name));
  return processes
    .filter(({ name }) => linksOf(`/proc/${name}`).some((target) => isAtOrBelow(target, point)))
    .map(({ name }) => ({ pid: Number(name), name: readValue(`/proc/${name}/comm`) ?? '' }));
}

function linksOf(directory: string): string[] {
  const open = listOpen(directory).map((name) => `fd/${name}`);
  return ['cwd', 'root', 'exe', ...open].flatMap((name) => readTarget(`${directory}/${name}`) ?? []);
}

function listOpen(directory: string): string[] {
  try {
    return listEntries(`${directory}/fd`).map(({ name }) => name);
  } catch (error) {
    if (isHidden(error)) return [];
    throw error;
  }
}

function readTarget(link: string): string | undefined {
  try {
    return readlinkSync(link);
  } catch (error) {
    if (isHidden(error)) return undefined;
    throw error;
  }
}

/** Of a process that has ended, that is the kernel's own, or that is not ours to look at. */
function isHidden(error: unknown): boolean {
  return ['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '');
}
