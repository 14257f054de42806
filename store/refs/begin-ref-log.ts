// Begins a ref log: one empty snapshot, so that a log without any file is known to be one that was lost.
import type { RefSource } from './read-ref-state.js';
import { SNAPSHOT_INTERVAL, snapshotFile } from './ref-files.js';
import { encodeSnapshot } from './ref-record.js';

/** Does no harm to a log that has begun, and gone on, already: there the snapshot is superseded. */
export async function beginRefLog(source: RefSource): Promise<void> {
  const snapshot = { sequence: SNAPSHOT_INTERVAL, refs: new Map() };
  await source.backend.createExclusive(snapshotFile(SNAPSHOT_INTERVAL), encodeSnapshot(source, snapshot));
}
