// Git's object header, '<kind> <size>\0', which stands before the content wherever an object is hashed or stored.
// Source: git's "Git Internals - Git Objects".
import type { ObjectFormat, ObjectId, ObjectKind } from '../object-id.js';
import type { Hasher, Platform } from '../platform.js';

export const OBJECT_KINDS: readonly ObjectKind[] = ['blob', 'tree', 'commit', 'tag'];

/** The longest header there is: 'commit ', 16 digits and the NUL. */
export const LONGEST_HEADER_BYTES = 24;

/** Writes the header of an object into `target` from `offset`; returns the offset behind it. */
export function writeObjectHeader(
  target: Uint8Array,
  offset: number,
  object: { kind: ObjectKind; sizeBytes: number },
): number {
  const text = `${object.kind} ${object.sizeBytes}`;
  for (let i = 0; i < text.length; i++) target[offset + i] = text.charCodeAt(i);
  target[offset + text.length] = 0;
  return offset + text.length + 1;
}

/** How many bytes the header of an object takes. */
export function objectHeaderLength(object: { kind: ObjectKind; sizeBytes: number }): number {
  return object.kind.length + 2 + String(object.sizeBytes).length;
}

/** How long the content of an object is that takes `lengthBytes` with its header. */
export function contentLength(object: { kind: ObjectKind; lengthBytes: number }): number {
  const digitsAndContent = object.lengthBytes - object.kind.length - 2;
  let digits = 1;
  while (String(digitsAndContent - digits).length > digits) digits++;
  return digitsAndContent - digits;
}

/** The id of an object whose content is in memory. */
export function hashObject(
  platform: Platform,
  format: ObjectFormat,
  object: { kind: ObjectKind; content: Uint8Array },
): ObjectId {
  const { kind, content } = object;
  const whole = new Uint8Array(LONGEST_HEADER_BYTES + content.length);
  const start = writeObjectHeader(whole, 0, { kind, sizeBytes: content.length });
  whole.set(content, start);
  return platform.hash(format, whole.subarray(0, start + content.length)) as ObjectId;
}

/** A hasher that has taken the header already: feed it the content. */
export function createObjectHasher(
  platform: Platform,
  format: ObjectFormat,
  object: { kind: ObjectKind; sizeBytes: number },
): Hasher {
  const header = new Uint8Array(LONGEST_HEADER_BYTES);
  const hasher = platform.createHasher(format);
  hasher.update(header.subarray(0, writeObjectHeader(header, 0, object)));
  return hasher;
}
