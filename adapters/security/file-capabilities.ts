// Capabilities of files, see capabilities(7): found below the configured paths, shown in words as setcap(8) takes them, and
// kept as the kernel has them, so that they come back byte for byte.
import { lstatSync, readdirSync, realpathSync } from 'node:fs';
import { checkAborted, isSavepointError } from '../../store/errors.js';
import { decodeName } from '../../store/names.js';
import { systemCode, tolerate } from '../backends/storage-error.js';
import { isPosixError } from '../node/posix-error.js';
import { pathForNode } from '../node/posix-place.js';
import { findXattr } from '../node/posix-xattr.js';
import type { StateProblem } from '../state/state-adapter.js';
import { describeCapability } from './describe-capability.js';

export const CAPABILITY_ATTRIBUTE = 'security.capability';

const WRITABLE_BY_OTHERS = 0o022;

export interface FileCapability {
  /** For people: `cap_net_raw=ep`. */
  readonly text: string;
  /** The attribute's value, in hexadecimal. */
  readonly value: string;
}

export interface CapabilitySearch {
  readonly paths: readonly string[];
  readonly report: (problem: StateProblem) => void;
  readonly signal?: AbortSignal;
}

export interface FoundCapabilities {
  /** The paths that were searched, without symbolic links. */
  readonly searched: readonly string[];
  /** By path, in order: of files that nobody but root can have changed. */
  readonly files: { readonly [path: string]: FileCapability };
  /** Of those that others can write. They are not put back, as the file may be another by then. */
  readonly ofOthers: { readonly [path: string]: FileCapability };
}

/** Those of all regular files at and below the paths; each path is searched within its own file system. */
export function findCapabilities(search: CapabilitySearch): FoundCapabilities {
  const found = new Map<string, FileCapability>();
  const seen = new Set<string>();
  const searched = search.paths.map((path) => whereThere(() => realpathSync(path)) ?? path);
  for (const path of searched) visit(path, { search, found, seen });
  const sorted = [...found].sort(([left], [right]) => (left < right ? -1 : 1));
  const [roots, others] = [true, false].map((own) => sorted.filter(([path]) => isRootsAlone(path) === own));
  return {
    searched: [...new Set(searched)].sort(),
    files: Object.fromEntries(roots),
    ofOthers: Object.fromEntries(others),
  };
}

/** Whether nobody but root can have made the file what it is. */
export function isRootsAlone(path: string): boolean {
  const status = whereThere(() => lstatSync(pathForNode(path)));
  return status?.uid === 0 && (status.mode & WRITABLE_BY_OTHERS) === 0;
}

/** Whether there is a file of that path, which is no link. */
export function isFileThere(path: string): boolean {
  return whereThere(() => lstatSync(pathForNode(path)))?.isFile() === true;
}

/** The capability of one file, which is no link; `undefined` where it has none. Throws the system's error. */
export function readCapability(path: string): FileCapability | undefined {
  const value = findXattr(path, CAPABILITY_ATTRIBUTE);
  if (value === undefined) return undefined;
  return { text: describeCapability(value), value: Buffer.from(value).toString('hex') };
}

interface Visit {
  readonly search: CapabilitySearch;
  readonly found: Map<string, FileCapability>;
  readonly seen: Set<string>;
}

function visit(path: string, { search, found, seen }: Visit): void {
  const status = whereThere(() => lstatSync(pathForNode(path)));
  if (status === undefined) return;
  if (status.isFile()) addFile(path, { search, found, seen });
  const pending = status.isDirectory() ? [path] : [];
  for (let directory = pending.pop(); directory !== undefined; directory = pending.pop()) {
    if (seen.has(directory)) continue;
    seen.add(directory);
    for (const entry of readDirectory(directory, search)) {
      const child = `${directory === '/' ? '' : directory}/${decodeName(entry.name)}`;
      if (entry.isFile()) addFile(child, { search, found, seen });
      if (entry.isDirectory() && isOnDevice(child, status.dev)) pending.push(child);
    }
  }
}

function addFile(path: string, { search, found }: Visit): void {
  try {
    const capability = readCapability(path);
    if (capability !== undefined) found.set(path, capability);
  } catch (error) {
    if (isPosixError(error, 'ENOENT', 'ENOTDIR')) return;
    if (!isSavepointError(error, 'PERMISSION_DENIED', 'STORAGE_FAILED')) throw error;
    search.report({ object: `capabilities of ${path}`, code: 'STATE_UNREADABLE', message: error.message });
  }
}

function readDirectory(directory: string, { report, signal }: CapabilitySearch) {
  checkAborted(signal);
  try {
    return readdirSync(pathForNode(directory), { withFileTypes: true, encoding: 'buffer' });
  } catch (error) {
    const code = systemCode(error);
    if (code === undefined) throw error;
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    const message = `can't be read (${code}): repeat as root, or take the directory out of the setting capabilities`;
    report({ object: `capabilities in ${directory}`, code: 'STATE_UNREADABLE', message });
    return [];
  }
}

function isOnDevice(path: string, device: number): boolean {
  return whereThere(() => lstatSync(pathForNode(path)))?.dev === device;
}

function whereThere<T>(look: () => T): T | undefined {
  return tolerate(['ENOENT', 'ENOTDIR', 'EACCES', 'ELOOP'], look);
}
