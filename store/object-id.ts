// Object ids are git's own: the hash of '<kind> <size>\0' and the content, in lower-case hexadecimal.
import { SavepointError } from './errors.js';
import type { HashAlgorithm } from './platform.js';

export type ObjectFormat = HashAlgorithm;
export type ObjectKind = 'blob' | 'tree' | 'commit' | 'tag';
export type ObjectId = string & { readonly brand: 'ObjectId' };

export const ID_LENGTH_BYTES: Readonly<Record<ObjectFormat, number>> = { sha1: 20, sha256: 32 };

/** `text` as an object id of `format`; throws INVALID_NAME where it is not one. */
export function parseObjectId(text: string, format: ObjectFormat): ObjectId {
  if (text.length !== ID_LENGTH_BYTES[format] * 2 || !/^[0-9a-f]+$/.test(text)) {
    throw new SavepointError('INVALID_NAME', `'${text}' is not a ${format} object id.`, {
      fields: { id: text },
    });
  }
  return text as ObjectId;
}

const HEX_DIGITS = new TextEncoder().encode('0123456789abcdef');
const digits: Readonly<Record<ObjectFormat, number[]>> = {
  sha1: new Array(40).fill(0),
  sha256: new Array(64).fill(0),
};

/** The id that stands in `bytes` from `offset`. */
export function readObjectId(bytes: Uint8Array, offset: number, format: ObjectFormat): ObjectId {
  const codes = digits[format];
  for (let i = 0, at = offset; i < codes.length; at++) {
    codes[i++] = HEX_DIGITS[bytes[at] >> 4];
    codes[i++] = HEX_DIGITS[bytes[at] & 15];
  }
  // Adding up pieces would make a rope of a kilobyte for each id.
  return String.fromCharCode.apply(null, codes) as ObjectId;
}

/** The value of each hexadecimal digit, by its character's code. */
const DIGIT_VALUES = new Uint8Array(128);
HEX_DIGITS.forEach((code, value) => {
  DIGIT_VALUES[code] = value;
});

/** Writes `id` as bytes into `target` from `offset`; returns the offset behind it. */
export function writeObjectId(target: Uint8Array, offset: number, id: ObjectId): number {
  let at = offset;
  for (let i = 0; i < id.length; i += 2) {
    target[at++] = (DIGIT_VALUES[id.charCodeAt(i)] << 4) | DIGIT_VALUES[id.charCodeAt(i + 1)];
  }
  return at;
}
