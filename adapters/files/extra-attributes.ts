// Reads what only some files have: extended attributes, and where the data of a sparse file lies.

import { isSavepointError } from '../../store/errors.js';
import type { Target } from '../node/posix-place.js';
import { seekData, seekHole } from '../node/posix-storage.js';
import { findXattr, listXattrs } from '../node/posix-xattr.js';
import type { ExtraAttributes } from './attributes.js';
import { readLongWord, WORD } from './status-words.js';

const BLOCK_BYTES = 512;

/** Of an open regular file, whose status is in `words`; `undefined` where there is nothing special. */
export function readExtraAttributes(descriptor: number, words: Int32Array): ExtraAttributes | undefined {
  const xattrs = readXattrs(descriptor);
  const sizeBytes = readLongWord(words, WORD.size);
  const data =
    readLongWord(words, WORD.blocks) * BLOCK_BYTES < sizeBytes
      ? readDataRanges(descriptor, sizeBytes)
      : undefined;
  if (xattrs === undefined && data === undefined) return undefined;
  return { ...(xattrs === undefined ? {} : { xattrs }), ...(data === undefined ? {} : { data }) };
}

/** Of anything that is not a regular file. */
export function readExtraAttributesOf(target: Target): ExtraAttributes | undefined {
  const xattrs = readXattrs(target);
  return xattrs === undefined ? undefined : { xattrs };
}

function readXattrs(target: Target): Record<string, string> | undefined {
  const names = listNames(target);
  if (names.length === 0) return undefined;
  const xattrs: Record<string, string> = {};
  for (const name of names) {
    const value = findXattr(target, name);
    if (value !== undefined) xattrs[name] = Buffer.from(value).toString('base64');
  }
  return xattrs;
}

/** Where the C library can't be reached there are no attributes to be had, which `doctor` tells. */
function listNames(target: Target): readonly string[] {
  try {
    return listXattrs(target);
  } catch (error) {
    if (isSavepointError(error, 'UNSUPPORTED')) return [];
    throw error;
  }
}

/** The ranges that hold data; `undefined` where the whole file does. */
function readDataRanges(descriptor: number, sizeBytes: number): [number, number][] | undefined {
  const ranges: [number, number][] = [];
  for (let start = seekData(descriptor, 0); start !== undefined && start < sizeBytes; ) {
    const end = Math.min(sizeBytes, seekHole(descriptor, start) ?? sizeBytes);
    ranges.push([start, end - start]);
    start = end < sizeBytes ? seekData(descriptor, end) : undefined;
  }
  const whole = ranges.length === 1 && ranges[0][0] === 0 && ranges[0][1] === sizeBytes;
  return whole ? undefined : ranges;
}
