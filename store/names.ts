// Names are bytes on disk and strings in memory. A byte that is not valid UTF-8 becomes the lone surrogate
// U+DC80 + (byte - 0x80), and goes back to the same byte (PEP 383, "surrogateescape"); so every name survives.

const encoder = new TextEncoder();
const strictDecoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The bytes of `name`. */
export function encodeName(name: string): Uint8Array {
  return isWellFormed(name) ? encoder.encode(name) : encodeEscaped(name);
}

/** The name that `bytes` spell; `encodeName` gives the same bytes back. */
export function decodeName(bytes: Uint8Array): string {
  try {
    return strictDecoder.decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return decodeEscaped(bytes);
    throw error;
  }
}

/** Whether `name` is plain UTF-8, and so can go to any interface that takes a string. */
export function isWellFormed(name: string): boolean {
  return (name as string & { isWellFormed(): boolean }).isWellFormed();
}

/** Orders names as git does: by their bytes. */
export function compareNames(left: string, right: string): number {
  if (left === right) return 0;
  if (SIMPLE.test(left) && SIMPLE.test(right)) return left < right ? -1 : 1;
  return compareBytes(encodeName(left), encodeName(right));
}

/** Whether two byte strings are the same; long ones are compared by words. */
export function equalBytes(left: Uint8Array, right: Uint8Array): boolean {
  if (left.length !== right.length) return false;
  let at = 0;
  if (left.byteOffset % 4 === 0 && right.byteOffset % 4 === 0) {
    const words = left.length >> 2;
    const leftWords = new Uint32Array(left.buffer, left.byteOffset, words);
    const rightWords = new Uint32Array(right.buffer, right.byteOffset, words);
    while (at < words && leftWords[at] === rightWords[at]) at++;
    if (at < words) return false;
    at *= 4;
  }
  while (at < left.length && left[at] === right[at]) at++;
  return at === left.length;
}

/** Orders byte strings; a prefix comes first. */
export function compareBytes(left: Uint8Array, right: Uint8Array): number {
  const length = Math.min(left.length, right.length);
  for (let i = 0; i < length; i++) {
    if (left[i] !== right[i]) return left[i] - right[i];
  }
  return left.length - right.length;
}

// Below the surrogates, the order of UTF-16 units is the order of UTF-8 bytes.
const SIMPLE = /^[\u0000-\ud7ff]*$/;

function encodeEscaped(name: string): Uint8Array {
  const parts: number[] = [];
  for (const character of name) {
    const code = character.codePointAt(0) as number;
    if (code >= 0xdc80 && code <= 0xdcff) parts.push(code - 0xdc00);
    else parts.push(...encoder.encode(character));
  }
  return Uint8Array.from(parts);
}

function decodeEscaped(bytes: Uint8Array): string {
  let text = '';
  let offset = 0;
  while (offset < bytes.length) {
    const length = sequenceLength(bytes, offset);
    if (length === 0) text += String.fromCharCode(0xdc00 + bytes[offset]);
    else text += strictDecoder.decode(bytes.subarray(offset, offset + length));
    offset += Math.max(1, length);
  }
  return text;
}

/** How many bytes the valid UTF-8 sequence at `offset` has; 0 where there is none. */
function sequenceLength(bytes: Uint8Array, offset: number): number {
  const lead = bytes[offset];
  const length = lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
  if (length === 0 || offset + length > bytes.length) return 0;
  try {
    strictDecoder.decode(bytes.subarray(offset, offset + length));
    return length;
  } catch (error) {
    if (error instanceof TypeError) return 0;
    throw error;
  }
}
