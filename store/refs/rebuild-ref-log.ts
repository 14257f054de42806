// Starts a damaged ref log anew, with refs that a repair has found, above every number that was ever used.
// Nothing is removed: the damaged files are superseded, and go with the next compaction.
import { assert } from '../errors.js';
import type { RefSource } from './read-ref-state.js';
import {
  listRefFiles,
  type RefFiles,
  SNAPSHOT_INTERVAL,
  snapshotFile,
  transactionFile,
} from './ref-files.js';
import { checkRefName } from './ref-name.js';
import { compareRefs, decodeTransaction, encodeSnapshot, type RefValue } from './ref-record.js';
import { LayeredRefState, type RefState } from './ref-state.js';

export interface RebuildRefLogOptions extends RefSource {
  readonly refs: ReadonlyMap<string, RefValue>;
}

/**
 * Makes `refs` the state of the log, and answers with it. A process that knows the former state may still add
 * transactions while this runs: they are taken over. Throws INVALID_NAME, and what the backend throws.
 */
export async function rebuildRefLog({ refs, ...source }: RebuildRefLogOptions): Promise<RefState> {
  for (const name of refs.keys()) checkRefName(name);
  let files = await listRefFiles(source.backend);
  for (const { sequence } of refs.values()) assert(sequence <= files.newest, `a ref of sequence ${sequence}`);
  let state = LayeredRefState.from({ sequence: files.newest, refs: new Map([...refs].sort(compareRefs)) });
  for (;;) {
    const snapshot = { sequence: numberAbove(files.newest), refs: state.refs };
    const bytes = encodeSnapshot(source, snapshot);
    const isOurs = await source.backend.createExclusive(snapshotFile(snapshot.sequence), bytes);
    const before = files;
    files = await listRefFiles(source.backend);
    const late = findLate(before, files, snapshot.sequence);
    if (isOurs && late.length === 0) return LayeredRefState.from(snapshot);
    state = await takeOver(source, state, late);
  }
}

/** Due for a snapshot, and out of reach of claims: a lone snapshot says that no transaction right below is missing. */
function numberAbove(newest: number): number {
  return (Math.floor(newest / SNAPSHOT_INTERVAL) + 2) * SNAPSHOT_INTERVAL;
}

function findLate(before: RefFiles, after: RefFiles, snapshot: number): number[] {
  return [...after.transactions]
    .filter((sequence) => sequence < snapshot && !before.transactions.has(sequence))
    .sort((left, right) => left - right);
}

async function takeOver(source: RefSource, state: LayeredRefState, late: number[]): Promise<LayeredRefState> {
  for (const sequence of late) {
    const bytes = await source.backend.read(transactionFile(sequence));
    // Gone again: its writer found it void.
    if (bytes !== undefined) state = state.after(decodeTransaction(source, sequence, bytes));
  }
  return state;
}
