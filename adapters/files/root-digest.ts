// What the stat cache knows of a component's root itself: no other directory tells of that, so a row for the root is worth
// something only while its own attributes are the same.
import type { Platform } from '../../store/platform.js';
import type { ExtraAttributes } from './attributes.js';
import { SELF_BYTES } from './stat-cache.js';
import { readLongWord, WORD } from './status-words.js';

/** A digest of all that the attribute blob says of the root whose status is in `words`. */
export function digestRoot(
  platform: Platform,
  words: Int32Array,
  extras: ExtraAttributes | undefined,
): Uint8Array {
  const attributes = [
    ...[words[WORD.mode], words[WORD.userId], words[WORD.groupId]],
    ...[readLongWord(words, WORD.modifiedSeconds), words[WORD.modifiedNanoseconds]],
    extras ?? {},
  ];
  const digest = platform.hash('sha256', new TextEncoder().encode(JSON.stringify(attributes)));
  return Buffer.from(digest.slice(0, SELF_BYTES * 2), 'hex');
}
