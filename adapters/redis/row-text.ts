// Keys as rows of text, `KEY TAB TYPE TAB EXPIRES TAB VALUE`, that are equal for equal data and hold any bytes: %XX stands for a byte that
// is a blank, a % or a control character, or is not of UTF-8.
import { isUtf8 } from 'node:buffer';

export interface KeyRow {
  readonly key: Buffer;
  readonly type: string;
  /** Milliseconds since 1970; never where it is missing. */
  readonly expiresAtMs: number | undefined;
  /** Values as rows have them, with a blank between. */
  readonly value: Buffer;
}

export const COLUMNS = ['key', 'type', 'expires', 'value'] as const;

const [TAB, NEWLINE, BLANK, PERCENT] = [9, 10, 32, 37];
const [FIRST_PLAIN, LAST_PLAIN] = [33, 126];
const DIGITS = Buffer.from('0123456789ABCDEF');
const [TABS, NEWLINES, BLANKS] = [TAB, NEWLINE, BLANK].map((byte) => Buffer.from([byte])) as [
  Buffer,
  Buffer,
  Buffer,
];

/** The bytes themselves where all of them are plain. */
export function escapeBytes(bytes: Buffer): Buffer {
  let others = 0;
  let isAscii = true;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] as number;
    if (byte > LAST_PLAIN || byte < FIRST_PLAIN || byte === PERCENT) {
      others++;
      if (byte > 127) isAscii = false;
    }
  }
  if (others === 0) return bytes;
  const keepsHigh = !isAscii && isUtf8(bytes);
  const escaped = Buffer.allocUnsafe(bytes.length + 2 * others);
  let length = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] as number;
    const isPlain = byte >= FIRST_PLAIN && byte <= LAST_PLAIN && byte !== PERCENT;
    if (isPlain || (keepsHigh && byte > 127)) escaped[length++] = byte;
    else {
      escaped[length++] = PERCENT;
      escaped[length++] = DIGITS[byte >> 4] as number;
      escaped[length++] = DIGITS[byte & 15] as number;
    }
  }
  return escaped.subarray(0, length);
}

export function unescapeBytes(text: Buffer): Buffer {
  let at = text.indexOf(PERCENT);
  if (at === -1) return text;
  const bytes = Buffer.allocUnsafe(text.length);
  let length = text.copy(bytes, 0, 0, at);
  for (; at < text.length; at++) {
    const byte = text[at] as number;
    if (byte !== PERCENT) bytes[length++] = byte;
    else {
      bytes[length++] = (digitOf(text[at + 1]) << 4) | digitOf(text[at + 2]);
      at += 2;
    }
  }
  return bytes.subarray(0, length);
}

function digitOf(byte = 0): number {
  return byte <= 57 ? byte - 48 : byte - 55;
}

/** The row of a key, with a newline at its end. */
export function encodeRow(row: {
  readonly key: Buffer;
  readonly type: string;
  readonly expiresAtMs: number | undefined;
  readonly values: readonly Buffer[];
}): Buffer {
  const { key, type, expiresAtMs, values } = row;
  const pieces = [escapeBytes(key), TABS, escapeBytes(Buffer.from(type)), TABS];
  pieces.push(Buffer.from(expiresAtMs === undefined ? '-' : String(expiresAtMs)), TABS);
  values.forEach((value, at) => {
    if (at > 0) pieces.push(BLANKS);
    pieces.push(escapeBytes(value));
  });
  pieces.push(NEWLINES);
  return Buffer.concat(pieces);
}

/** Of a row without its newline. */
export function decodeRow(line: Buffer): KeyRow {
  const key = line.indexOf(TAB);
  const type = line.indexOf(TAB, key + 1);
  const expires = line.indexOf(TAB, type + 1);
  const at = line.toString('latin1', type + 1, expires);
  return {
    key: unescapeBytes(line.subarray(0, key)),
    type: unescapeBytes(line.subarray(key + 1, type)).toString(),
    expiresAtMs: at === '-' ? undefined : Number(at),
    value: line.subarray(expires + 1),
  };
}

/** The values of a row, one after the other: there is always one. */
export function* valuesOf(value: Buffer): Generator<Buffer> {
  let start = 0;
  for (let end = value.indexOf(BLANK); end !== -1; end = value.indexOf(BLANK, start)) {
    yield unescapeBytes(value.subarray(start, end));
    start = end + 1;
  }
  yield unescapeBytes(value.subarray(start));
}

/** The rows in bytes that come in pieces of any length, several at once, without their newlines. */
export async function* splitRows(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer[]> {
  let rest: Buffer[] = [];
  for await (const piece of pieces) {
    const bytes = Buffer.from(piece.buffer, piece.byteOffset, piece.length);
    const rows: Buffer[] = [];
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end !== -1; end = bytes.indexOf(NEWLINE, start)) {
      const part = bytes.subarray(start, end);
      rows.push(rest.length === 0 ? part : Buffer.concat([...rest, part]));
      rest = [];
      start = end + 1;
    }
    if (start < bytes.length) rest.push(bytes.subarray(start));
    if (rows.length > 0) yield rows;
  }
}
