// Finds the present state of the refs: the newest snapshot and the transactions after it, or what the caller knows
// already and the transactions since then. A file that others compact away meanwhile is no failure.
import type { Backend } from '../backend.js';
import type { ObjectId } from '../object-id.js';
import { describeDamage, listRefFiles, type RefFiles, snapshotFile, transactionFile } from './ref-files.js';
import { decodeSnapshot, decodeTransaction, type RecordContext } from './ref-record.js';
import { LayeredRefState, type RefConflict } from './ref-state.js';

/** Where a ref log is, and how to understand it. */
export interface RefSource extends RecordContext {
  readonly backend: Backend;
}

/** A listing, and the state that it leads to. */
export interface RefReading {
  readonly state: LayeredRefState;
  readonly files: RefFiles;
}

/** How often to list anew before a missing file counts as lost: others remove files once in many transactions only. */
const MOST_LISTINGS = 16;

/** Throws REF_CORRUPT where a file that is needed is damaged or missing. */
export async function readRefState(source: RefSource, known: LayeredRefState): Promise<RefReading> {
  let missing = '';
  for (let listings = 0; listings < MOST_LISTINGS; listings++) {
    const files = await listRefFiles(source.backend);
    const state = await follow(source, files, known);
    if (state instanceof LayeredRefState) return { state, files };
    missing = state.missing;
  }
  throw describeDamage(missing, 'is missing');
}

/** The error for a transaction that can't have been made where it stands. */
export function describeBreak(sequence: number, { name, expected, found }: RefConflict): Error {
  const spell = (id: ObjectId | undefined) => id ?? 'nothing';
  return describeDamage(
    transactionFile(sequence),
    `follows no earlier transaction ('${name}' is ${spell(found)}, not ${spell(expected)})`,
  );
}

async function follow(
  source: RefSource,
  files: RefFiles,
  known: LayeredRefState,
): Promise<LayeredRefState | { missing: string }> {
  let state = canContinue(known, files) ? known : await readNewestSnapshot(source, files);
  if (state === undefined) return { missing: snapshotFile(files.snapshots[0]) };
  for (let sequence = state.sequence + 1; sequence <= files.newest; sequence++) {
    const file = transactionFile(sequence);
    const bytes = files.transactions.has(sequence) ? await source.backend.read(file) : undefined;
    if (bytes === undefined) return { missing: file };
    const transaction = decodeTransaction(source, sequence, bytes);
    const conflict = state.findConflict(transaction);
    if (conflict !== undefined) throw describeBreak(sequence, conflict);
    state = state.after(transaction);
  }
  return state;
}

/**
 * Whether the transactions after `known` all are there and all are part of the history. One that is not (see
 * `claimStands`) has two snapshots at or above its number.
 */
function canContinue(known: LayeredRefState, files: RefFiles): boolean {
  if (known.sequence > files.newest) return false;
  if (files.snapshots.length > 1 && files.snapshots[1] > known.sequence) return false;
  for (let sequence = known.sequence + 1; sequence <= files.newest; sequence++) {
    if (!files.transactions.has(sequence)) return false;
  }
  return true;
}

async function readNewestSnapshot(source: RefSource, files: RefFiles): Promise<LayeredRefState | undefined> {
  if (files.snapshots.length === 0) return LayeredRefState.empty;
  const bytes = await source.backend.read(snapshotFile(files.snapshots[0]));
  return bytes && LayeredRefState.from(decodeSnapshot(source, files.snapshots[0], bytes));
}
