// The rows of a table as a point has them: segments in their order, read one after the other, never all at once.

import type { SegmentEntry } from '../state/row-cutter.js';
import type { StateReader } from '../state/state-adapter.js';
import type { SegmentRows } from './compare-rows.js';
import { parseOrder } from './segment-order.js';

/** Where the documents of a table stand. */
export interface RowPaths {
  readonly order: string;
  readonly segment: (name: string) => string;
}

/** Longer ones are read piece by piece. */
const LONGEST_WHOLE_BYTES = 16 << 20;

/** Throws OBJECT_CORRUPT; none where there is no such table. */
export async function readOrder(reader: StateReader, paths: RowPaths): Promise<SegmentEntry[]> {
  const content = await reader.read(paths.order);
  return content === undefined ? [] : parseOrder(content, paths.order);
}

/** Contents of segments, in order. `onSegment` hears of each in whole. */
export async function* readRows(
  reader: StateReader,
  { segments, paths }: { readonly segments: readonly SegmentEntry[]; readonly paths: RowPaths },
): AsyncGenerator<Uint8Array> {
  for (const { name, bytes } of segments) {
    const path = paths.segment(name);
    const whole = bytes > LONGEST_WHOLE_BYTES ? undefined : await reader.read(path);
    if (whole === undefined) yield* reader.stream(path);
    else yield whole;
  }
}

/** Segments with their ids, whose contents are read when they are asked for. */
export async function* storedSegments(
  reader: StateReader,
  { segments, paths }: { readonly segments: readonly SegmentEntry[]; readonly paths: RowPaths },
): AsyncGenerator<SegmentRows> {
  for (const segment of segments) {
    const id = await reader.id(paths.segment(segment.name));
    yield {
      name: segment.name,
      ...(id === undefined ? {} : { id }),
      async content() {
        const pieces: Uint8Array[] = [];
        for await (const piece of readRows(reader, { segments: [segment], paths })) pieces.push(piece);
        return Buffer.concat(pieces);
      },
    };
  }
}

/** Runs of segments of about `bytes` each, to be worked on at once. */
export function partsOf(segments: readonly SegmentEntry[], bytes: number): SegmentEntry[][] {
  const parts: SegmentEntry[][] = [];
  let size = bytes;
  for (const segment of segments) {
    if (size >= bytes) {
      parts.push([]);
      size = 0;
    }
    parts.at(-1)?.push(segment);
    size += segment.bytes;
  }
  return parts;
}
