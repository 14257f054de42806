// How POSIX calls are told which file they mean. A name in an open directory can't be led astray by a symbolic link
// planted on the way, which a path can: so it must be one plain component.
import { readlinkSync } from 'node:fs';
import { SavepointError } from '../../store/errors.js';
import { decodeName, encodeName, isWellFormed } from '../../store/names.js';

/** A name in an open directory. */
export interface Place {
  /** The descriptor of an open directory. */
  readonly directory: number;
  /** One component: no slash, and neither '.' nor '..'. */
  readonly name: string;
}

/** A file by its path, or by its name in an open directory. Bytes that are not UTF-8 are escaped as in store/names.ts. */
export type Entry = string | Place;

/** A file by any of these, or by its open descriptor. */
export type Target = Entry | number;

/** Stands for the working directory where C takes a directory's descriptor (AT_FDCWD). */
export const WORKING_DIRECTORY = -100;

/** A path or name as koffi takes it: bytes end with a NUL. */
export type NativeName = string | Uint8Array;

export function directoryOf(entry: Entry): number {
  return typeof entry === 'string' ? WORKING_DIRECTORY : entry.directory;
}

/** The path or name for C. Throws INVALID_NAME where C would read another name than was meant. */
export function nativeName(entry: Entry): NativeName {
  if (typeof entry === 'string') return terminated(entry);
  requireComponent(entry.name);
  return terminated(entry.name);
}

/** The file's path for node:fs, through the open directory where it is in one. Throws INVALID_NAME likewise. */
export function pathForNode(entry: Entry): string | Buffer {
  const path = typeof entry === 'string' ? entry : pathThroughDescriptor(entry);
  requireNoNul(path);
  return isWellFormed(path) ? path : Buffer.from(encodeName(path));
}

/** `text` as a C string: koffi ends plain ones itself. Throws INVALID_NAME where a NUL would end it early. */
export function terminated(text: string): NativeName {
  requireNoNul(text);
  return isWellFormed(text) ? text : encodeName(`${text}\0`);
}

/**
 * A path that leads through the open directory itself, for calls that take nothing but paths: what stands at its
 * former path by now plays no part. Good as long as the descriptor is open; needs /proc.
 */
export function pathThroughDescriptor({ directory, name }: Place): string {
  requireComponent(name);
  return `${descriptorPath(directory)}/${name}`;
}

/** A path to what `descriptor` has open, whatever became of its name: for listing a directory with node:fs. */
export function descriptorPath(descriptor: number): string {
  return `/proc/self/fd/${descriptor}`;
}

/** The path that an operator knows the file by, as far as the kernel still tells it. */
export function describeTarget(target: Target): string {
  if (typeof target === 'string') return target;
  if (typeof target === 'number') return describeDescriptor(target);
  return `${describeDescriptor(target.directory)}/${target.name}`;
}

function describeDescriptor(descriptor: number): string {
  try {
    return decodeName(readlinkSync(descriptorPath(descriptor), { encoding: 'buffer' }));
  } catch {
    return `descriptor ${descriptor}`;
  }
}

function requireComponent(name: string): void {
  if (name !== '' && name !== '.' && name !== '..' && !name.includes('/')) return;
  throw new SavepointError('INVALID_NAME', `'${name}' can't be the name of a file in a directory.`, {
    fields: { name },
  });
}

function requireNoNul(text: string): void {
  if (!text.includes('\0')) return;
  throw new SavepointError(
    'INVALID_NAME',
    `${JSON.stringify(text)} holds a NUL: no file can be called that.`,
    {
      fields: { name: text },
    },
  );
}
