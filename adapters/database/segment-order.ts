// The order in which the segments of a table follow each other: one line a segment, `NAME ROWS BYTES`.
import { SavepointError } from '../../store/errors.js';
import type { SegmentEntry } from '../state/row-cutter.js';

export function encodeOrder(segments: readonly SegmentEntry[]): Uint8Array {
  const lines = segments.map(({ name, rows, bytes }) => `${name} ${rows} ${bytes}\n`);
  return new TextEncoder().encode(lines.join(''));
}

const LINE = /^([0-9a-f]{16}(?:-[0-9]+)?) ([0-9]+) ([0-9]+)$/;

/** Throws OBJECT_CORRUPT. `path` is that of the document. */
export function parseOrder(content: Uint8Array, path: string): SegmentEntry[] {
  const lines = new TextDecoder().decode(content).split('\n');
  if (lines.pop() !== '') throw corrupt(path);
  return lines.map((line) => {
    const [, name, rows, bytes] = LINE.exec(line) ?? [];
    if (name === undefined) throw corrupt(path);
    return { name, rows: Number(rows), bytes: Number(bytes) };
  });
}

function corrupt(path: string): SavepointError {
  return new SavepointError(
    'OBJECT_CORRUPT',
    `The document ${path} of a recovery point is no list of segments; use another point.`,
    { fields: { path } },
  );
}
