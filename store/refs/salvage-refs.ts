// What can still be read of a damaged ref log: the newest snapshot that is good, and every good transaction after it.
import { isSavepointError } from '../errors.js';
import type { RefSource } from './read-ref-state.js';
import { listRefFiles, type RefFiles, snapshotFile, transactionFile } from './ref-files.js';
import { decodeSnapshot, decodeTransaction } from './ref-record.js';
import { LayeredRefState, type RefState } from './ref-state.js';

/**
 * The refs, as far as they can be told. What a lost transaction did is missing, and a transaction after it is applied
 * whether or not the refs were what it expected. Throws what the backend throws, apart from failures to read a file.
 */
export async function salvageRefs(source: RefSource): Promise<RefState> {
  const files = await listRefFiles(source.backend);
  let state = await salvageSnapshot(source, files);
  const later = [...files.transactions].filter((sequence) => sequence > state.sequence);
  for (const sequence of later.sort((left, right) => left - right)) {
    const transaction = await unlessDamaged(async () => {
      const bytes = await source.backend.read(transactionFile(sequence));
      return bytes && decodeTransaction(source, sequence, bytes);
    });
    if (transaction !== undefined) state = state.after(transaction);
  }
  return state;
}

async function salvageSnapshot(source: RefSource, files: RefFiles): Promise<LayeredRefState> {
  for (const sequence of files.snapshots) {
    const snapshot = await unlessDamaged(async () => {
      const bytes = await source.backend.read(snapshotFile(sequence));
      return bytes && decodeSnapshot(source, sequence, bytes);
    });
    if (snapshot !== undefined) return LayeredRefState.from(snapshot);
  }
  return LayeredRefState.empty;
}

async function unlessDamaged<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (isSavepointError(error, 'REF_CORRUPT', 'STORAGE_FAILED')) return undefined;
    throw error;
  }
}
