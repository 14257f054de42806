// Captures the rows of a table inside one thread, as a program writes them: read, cut, hash, look up, compress.
import type { ObjectId } from '../../store/object-id.js';
import { type ReadBytes, type RowSource, readRows } from '../state/read-rows.js';
import type { SegmentEntry } from '../state/row-cutter.js';
import type { FileCapturer } from './capture-file.js';

export interface CapturedSegment extends SegmentEntry {
  readonly id: ObjectId;
}

export interface CapturedRows {
  /** In order. */
  readonly segments: readonly CapturedSegment[];
  /** What the program said of them. */
  readonly said: string;
}

/** Throws STATE_UNREADABLE where the program ends before the rows do. */
export async function captureRows(
  capturer: FileCapturer,
  source: RowSource,
  readBytes: ReadBytes,
): Promise<CapturedRows> {
  const segments: CapturedSegment[] = [];
  const said = await readRows(source, readBytes, async ({ content, ...entry }) => {
    segments.push({ ...entry, id: await capturer.captureContent(content) });
  });
  return { segments, said };
}
