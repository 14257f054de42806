// Copies a database that is a file among others: byte for byte what the file would be if everybody let go of it now. The database
// is only read; what a crash has left of it stays for whoever opens it next.
import { closeSync, existsSync, openSync, readSync, writeSync } from 'node:fs';
import { isSavepointError } from '../../store/errors.js';
import { nodePath } from '../files/node-path.js';
import { HEADER_BYTES, makeCanonical } from './canonical-file.js';
import { backUp } from './copy-database.js';
import { findHeader } from './logical-header.js';

const BUSY_TIMEOUT_MS = 5000;
/** SQLITE_READONLY: a transaction that was cut short would have to be rolled back first. */
const READ_ONLY = 8;

/**
 * Writes a copy of the database at the absolute path `source` to `file`, which is new. Throws PROGRAM_MISSING, STATE_BUSY, and
 * what SQLite says.
 */
export async function copyFileInUse(source: string, file: string, signal?: AbortSignal): Promise<void> {
  const access = { component: source, program: undefined, busyTimeoutMs: BUSY_TIMEOUT_MS, signal };
  const journalMode = await backUp({ ...access, isReadOnly: true }, source, file);
  const descriptor = openSync(file, 'r+');
  try {
    const header = Buffer.alloc(HEADER_BYTES);
    if (readSync(descriptor, header, 0, HEADER_BYTES, 0) < HEADER_BYTES) return;
    writeSync(descriptor, findHeader(source, header) ?? invent(header, journalMode), 0, HEADER_BYTES, 0);
  } finally {
    closeSync(descriptor);
  }
}

/** Where the original is not to be found, all copies of one content are at least alike. */
function invent(header: Buffer, journalMode: 'wal' | 'delete'): Buffer {
  makeCanonical(header);
  if (journalMode === 'wal') header.fill(WRITE_AHEAD_LOG, 18, 20);
  return header;
}

const WRITE_AHEAD_LOG = 2;

/**
 * Whether a crash has left the database at `source` and its journal as they are: nobody has it open, and both are of one instant.
 * Where there is a write-ahead log, the same refusal may mean that this user may not join those who have it open.
 */
export function isLeftByCrash(error: unknown, source: string): boolean {
  const isRefused = isSavepointError(error) && error.fields['sqliteResult'] === READ_ONLY;
  return isRefused && !existsSync(nodePath(`${source}-wal`));
}
