// Checks every file of the ref log that reading or repairing it can depend on. Finds, and changes nothing.
import { type ErrorCode, isSavepointError } from '../errors.js';
import { compareBytes } from '../names.js';
import { describeBreak, type RefSource } from './read-ref-state.js';
import {
  describeDamage,
  listRefFiles,
  REFS_FOLDER,
  type RefFiles,
  snapshotFile,
  transactionFile,
} from './ref-files.js';
import { decodeSnapshot, decodeTransaction, encodeSnapshot, type RefTransaction } from './ref-record.js';
import { LayeredRefState } from './ref-state.js';

export interface RefProblem {
  /** The file's name in the backend, or `refs` where none can be named. */
  readonly file: string;
  readonly code: ErrorCode;
  readonly message: string;
}

/** How often to start over because others removed files, before what is missing counts as lost. */
const MOST_ATTEMPTS = 8;

/** What is wrong with the log; never throws for what is wrong with it or with the storage. */
export async function verifyRefLog(source: RefSource): Promise<RefProblem[]> {
  for (let attempt = 1; ; attempt++) {
    const check = new RefLogCheck(source);
    await check.tolerate(REFS_FOLDER, () => check.run());
    if (!check.missedFile || attempt === MOST_ATTEMPTS) return check.problems;
  }
}

class RefLogCheck {
  readonly problems: RefProblem[] = [];
  /** Whether something was missing: others may have removed it a moment ago. */
  missedFile = false;
  private readonly snapshots = new Map<number, LayeredRefState>();
  private readonly transactions = new Map<number, RefTransaction>();

  constructor(private readonly source: RefSource) {}

  async run(): Promise<void> {
    const files = await listRefFiles(this.source.backend);
    for (const file of files.foreign) this.report('INVALID_NAME', file, `'${file}' is no file of a ref log.`);
    const [newest = 0, previous = 0] = files.snapshots;
    for (const sequence of files.snapshots.slice(0, 2)) await this.readSnapshot(sequence);
    for (const sequence of files.transactions) {
      if (sequence > previous) await this.readTransaction(sequence);
    }
    this.checkEnd(files, newest);
    this.checkSnapshot(previous, newest);
  }

  /** Runs `action`; a failure becomes a problem of `file`. */
  async tolerate(file: string, action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } catch (error) {
      if (!isSavepointError(error)) throw error;
      this.report(error.code, file, error.message);
    }
  }

  private async readSnapshot(sequence: number): Promise<void> {
    const file = snapshotFile(sequence);
    await this.tolerate(file, async () => {
      const bytes = await this.read(file);
      this.snapshots.set(sequence, LayeredRefState.from(decodeSnapshot(this.source, sequence, bytes)));
    });
  }

  private async readTransaction(sequence: number): Promise<void> {
    const file = transactionFile(sequence);
    await this.tolerate(file, async () => {
      this.transactions.set(sequence, decodeTransaction(this.source, sequence, await this.read(file)));
    });
  }

  private async read(file: string): Promise<Uint8Array> {
    const bytes = await this.source.backend.read(file);
    if (bytes !== undefined) return bytes;
    this.missedFile = true;
    throw describeDamage(file, 'is missing');
  }

  /** The transactions after the newest snapshot have to be there, and to follow from one another. */
  private checkEnd(files: RefFiles, newest: number): void {
    for (let sequence = newest + 1; sequence <= files.newest; sequence++) {
      if (files.transactions.has(sequence)) continue;
      this.missedFile = true;
      const file = transactionFile(sequence);
      this.report('REF_CORRUPT', file, describeDamage(file, 'is missing').message);
    }
    const base = newest === 0 ? LayeredRefState.empty : this.snapshots.get(newest);
    if (base !== undefined) this.replay(base, files.newest);
  }

  /** The newest snapshot has to be what the one before it and the transactions between them lead to. */
  private checkSnapshot(previous: number, newest: number): void {
    const base = previous === 0 ? LayeredRefState.empty : this.snapshots.get(previous);
    const snapshot = this.snapshots.get(newest);
    if (base === undefined || snapshot === undefined) return;
    const replayed = this.replay(base, newest);
    if (replayed === undefined) return;
    if (compareBytes(encodeSnapshot(this.source, replayed), encodeSnapshot(this.source, snapshot)) === 0)
      return;
    const file = snapshotFile(newest);
    const flaw = 'is not what the transactions before it lead to';
    this.report('REF_CORRUPT', file, describeDamage(file, flaw).message);
  }

  /** `undefined` where a transaction is not there, or breaks the chain; the latter is a problem. */
  private replay(base: LayeredRefState, end: number): LayeredRefState | undefined {
    let state = base;
    for (let sequence = base.sequence + 1; sequence <= end; sequence++) {
      const transaction = this.transactions.get(sequence);
      if (transaction === undefined) return undefined;
      const conflict = state.findConflict(transaction);
      if (conflict !== undefined) {
        this.report('REF_CORRUPT', transactionFile(sequence), describeBreak(sequence, conflict).message);
        return undefined;
      }
      state = state.after(transaction);
    }
    return state;
  }

  private report(code: ErrorCode, file: string, message: string): void {
    this.problems.push({ file, code, message });
  }
}
