// Bytes as text, and text as bytes: a byte that is not UTF-8 stands as a lone surrogate (U+DC80..DCFF), as in all names
// that the library gives and takes. Source: PEP 383, "surrogateescape".

import { isUtf8 } from 'node:buffer';

const ESCAPED_RUN = /([\udc80-\udcff]+)/u;
const LONGEST_SEQUENCE = 4;

export function encodeBytes(text: string): Buffer {
  const parts = text.split(ESCAPED_RUN).map((part, index) => {
    if (index % 2 === 0) return Buffer.from(part);
    return Buffer.from(Array.from(part, (character) => character.charCodeAt(0) - 0xdc00));
  });
  return parts.length === 1 ? parts[0] : Buffer.concat(parts);
}

export function decodeBytes(bytes: Uint8Array): string {
  let text = '';
  for (let offset = 0; offset < bytes.length; ) {
    const sequence = findSequence(bytes.subarray(offset, offset + LONGEST_SEQUENCE));
    text += sequence?.text ?? String.fromCharCode(0xdc00 + bytes[offset]);
    offset += sequence?.lengthBytes ?? 1;
  }
  return text;
}

/** The one character that `bytes` start with; `undefined` where they start with none. */
function findSequence(bytes: Uint8Array): { text: string; lengthBytes: number } | undefined {
  for (let lengthBytes = 1; lengthBytes <= bytes.length; lengthBytes++) {
    const start = bytes.subarray(0, lengthBytes);
    if (isUtf8(start)) return { text: Buffer.from(start).toString(), lengthBytes };
  }
  return undefined;
}
