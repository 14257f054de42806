// Keeps the ref log short: a snapshot every SNAPSHOT_INTERVAL transactions, after which what nobody needs is removed.
// Whatever number is free because its file was removed has two snapshots at or above it, then and ever after.

import type { RefSource } from './read-ref-state.js';
import { type RefFiles, snapshotFile, transactionFile } from './ref-files.js';
import { encodeSnapshot } from './ref-record.js';
import type { LayeredRefState } from './ref-state.js';

/**
 * Writes the snapshot that `state` passed last, if `files` have no newer one. The snapshot before it stays, and the
 * transactions after that: who listed them a moment ago can still read them, and `verify --repair` can start from
 * there.
 */
export async function compactRefLog(
  source: RefSource,
  files: RefFiles,
  state: LayeredRefState,
): Promise<void> {
  const due = state.checkpoint;
  const [newest = 0] = files.snapshots;
  if (due === undefined || due.sequence <= newest) return;
  const bytes = encodeSnapshot(source, due);
  // Where somebody else was faster, the removal is theirs as well.
  if (!(await source.backend.createExclusive(snapshotFile(due.sequence), bytes))) return;
  await removeSuperseded(source, files, newest);
}

async function removeSuperseded({ backend }: RefSource, files: RefFiles, previous: number): Promise<void> {
  const transactions = [...files.transactions].filter((sequence) => sequence <= previous);
  for (const sequence of transactions.sort((left, right) => left - right)) {
    await backend.remove(transactionFile(sequence));
  }
  for (const sequence of files.snapshots) {
    if (sequence < previous) await backend.remove(snapshotFile(sequence));
  }
}
