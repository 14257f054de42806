// The summaries of points that were listed before, kept in the store so that listing 10,000 points reads one file. It is
// derived: a row that is damaged is worth nothing, and costs only the reading of its point.
// A line says what the file is; then one line a point: the CRC-32 of the rest of the line, a blank, the point as JSON.

import { crc32 } from 'node:zlib';
import type { ObjectId } from '../store/object-id.js';
import { parseJson } from '../store/parse-json.js';
import type { Point } from './points.js';

export const POINT_CACHE_NAME = 'cache/points';
const HEADER = 'savepoint point cache 1\n';
/** Eight digits and the blank. */
const CHECKSUM_LENGTH = 9;

/** All of a point but its name, which only its ref can tell. */
export type CachedPoint = Omit<Point, 'name' | 'damaged'>;

export function encodePointCache(points: Iterable<CachedPoint>): Uint8Array {
  let text = HEADER;
  for (const point of points) {
    const row = toAscii(JSON.stringify(point));
    text += `${checksum(row)} ${row}\n`;
  }
  return Buffer.from(text, 'latin1');
}

/** The rows that are sound, by the id of the point; and whether each byte of the cache is as it was written. */
export function parsePointCache(bytes: Uint8Array): { points: Map<ObjectId, CachedPoint>; isSound: boolean } {
  const points = new Map<ObjectId, CachedPoint>();
  const lines = linesOf(bytes) ?? [];
  let isSound = lines.pop() === '';
  for (const line of lines) {
    if (isSoundLine(line)) {
      const point = parseJson<CachedPoint>(line.slice(CHECKSUM_LENGTH));
      points.set(point.id, point);
    } else isSound = false;
  }
  return { points, isSound };
}

/** As `parsePointCache` says, without the rows. */
export function isSoundPointCache(bytes: Uint8Array): boolean {
  const lines = linesOf(bytes);
  return lines !== undefined && lines.pop() === '' && lines.every(isSoundLine);
}

/** What follows the header, one character a byte: a checksum is over what stands in the file, whatever that is. */
function linesOf(bytes: Uint8Array): string[] | undefined {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  return text.startsWith(HEADER) ? text.slice(HEADER.length).split('\n') : undefined;
}

function isSoundLine(line: string): boolean {
  return line[CHECKSUM_LENGTH - 1] === ' ' && line.startsWith(checksum(line.slice(CHECKSUM_LENGTH)));
}

function checksum(row: string): string {
  return crc32(row)
    .toString(16)
    .padStart(CHECKSUM_LENGTH - 1, '0');
}

/** JSON that means the same, without a character that takes more than one byte. */
function toAscii(json: string): string {
  return json.replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
