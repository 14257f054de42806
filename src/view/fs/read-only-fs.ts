// A tree of entries as a read-only file system in the shape of node:fs, for programs that take one: with callbacks,
// synchronous, and with promises.
import nodeFs, { constants, type PathLike, type ReadStream } from 'node:fs';
import type { LazyEntry } from '../lazy-entry.js';
import { callbackForm, inForm, promiseForm } from './call-forms.js';
import { descriptorCalls } from './descriptor-calls.js';
import { FileHandle } from './file-handle.js';
import { PathLookup } from './path-lookup.js';
import { callbackRead, readArguments } from './read-arguments.js';
import { readingCalls } from './reading-calls.js';
import { openRefusals, type RefusedName, refusedCalls } from './refused-calls.js';

type ReadingName = 'access' | 'lstat' | 'readFile' | 'readdir' | 'readlink' | 'realpath' | 'stat' | 'open';
type PathName = ReadingName | RefusedName;
type DescriptorName = 'close' | 'fstat' | 'read';
type Name = PathName | DescriptorName | 'exists';

/**
 * What node:fs calls by these names, with its arguments, answers and errors. Paths are absolute, or taken from the root;
 * symbolic links lead to places in the tree alone. Names that are not UTF-8 come as lone surrogates (U+DC80 to U+DCFF),
 * which are understood in paths, or as bytes with `encoding: 'buffer'`. Calls that would change anything end in EROFS;
 * what the store can't give ends in EIO, whose cause says why.
 */
export type ReadOnlyFs = Pick<typeof nodeFs, Name | `${Name}Sync` | 'createReadStream' | 'constants'> & {
  readonly promises: Pick<typeof nodeFs.promises, PathName | 'constants'>;
};

export function readOnlyFs(root: LazyEntry): ReadOnlyFs {
  const lookup = new PathLookup(root);
  const refusals = openRefusals(lookup);
  const { exists, ...reading } = readingCalls(lookup);
  const descriptors = descriptorCalls(lookup, refusals);
  const { close, fstat, open, read, readFile } = descriptors;
  const byPath = { ...reading, ...refusedCalls(lookup, refusals), open, readFile };
  const all = { ...byPath, close, fstat };
  const calls = {
    ...inForm(all, callbackForm),
    ...synchronous(all),
    realpath: Object.assign(callbackForm(reading.realpath), { native: callbackForm(reading.realpath) }),
    realpathSync: Object.assign(reading.realpath.bind(undefined), { native: reading.realpath }),
    exists: (path: unknown, callback: (isThere: boolean) => void) =>
      void setImmediate(() => callback(exists(path))),
    existsSync: exists,
    read: callbackRead(read),
    readSync: (descriptor: number, ...given: unknown[]) => read(descriptor, ...readArguments(given)),
    constants,
  };
  const createReadStream = (path: PathLike, options?: BufferEncoding | object): ReadStream => {
    const given = typeof options === 'string' ? { encoding: options } : options;
    return nodeFs.createReadStream(path, { ...given, fs: calls } as object);
  };
  const promises = {
    ...inForm(byPath, promiseForm),
    open: async (path: unknown, flags?: string | number) =>
      new FileHandle(open(path, flags), descriptors, createReadStream),
    constants,
  };
  return { ...calls, createReadStream, promises } as unknown as ReadOnlyFs;
}

function synchronous(calls: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(calls).map(([name, call]) => [`${name}Sync`, call]));
}
