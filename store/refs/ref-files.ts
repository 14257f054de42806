// The files of the ref log: `refs/<10-digit sequence>.tx` and `refs/<10-digit sequence>.snapshot`.
import { type Backend, listNames } from '../backend.js';
import { assert, SavepointError } from '../errors.js';

/** A snapshot is due at every sequence number that this divides. */
export const SNAPSHOT_INTERVAL = 64;

export const REFS_FOLDER = 'refs';

/** What one listing of the log shows. */
export interface RefFiles {
  readonly transactions: ReadonlySet<number>;
  /** The newest first. */
  readonly snapshots: readonly number[];
  /** The highest sequence number; 0 in an empty log. */
  readonly newest: number;
  /** Names that are none of the log's. */
  readonly foreign: readonly string[];
}

const DIGITS = 10;
const FILE = /^refs\/(\d{10})\.(tx|snapshot)$/;

export function transactionFile(sequence: number): string {
  return `${REFS_FOLDER}/${spell(sequence)}.tx`;
}

export function snapshotFile(sequence: number): string {
  return `${REFS_FOLDER}/${spell(sequence)}.snapshot`;
}

export async function listRefFiles(backend: Backend): Promise<RefFiles> {
  const transactions = new Set<number>();
  const snapshots: number[] = [];
  const foreign: string[] = [];
  let newest = 0;
  for (const name of await listNames(backend, REFS_FOLDER)) {
    const match = FILE.exec(name);
    const sequence = Number(match?.[1]);
    if (match === null || sequence === 0) {
      foreign.push(name);
      continue;
    }
    if (match[2] === 'tx') transactions.add(sequence);
    else snapshots.push(sequence);
    newest = Math.max(newest, sequence);
  }
  return {
    transactions,
    snapshots: snapshots.sort((left, right) => right - left),
    newest,
    foreign: foreign.sort(),
  };
}

/** The error for a file of the log that is not what it has to be. */
export function describeDamage(file: string, flaw: string): SavepointError {
  return new SavepointError('REF_CORRUPT', `'${file}' ${flaw}: run 'savepoint verify --repair'.`, {
    fields: { file, flaw },
  });
}

function spell(sequence: number): string {
  const digits = String(sequence).padStart(DIGITS, '0');
  assert(Number.isSafeInteger(sequence) && digits.length === DIGITS, `a sequence number of ${sequence}`);
  return digits;
}
