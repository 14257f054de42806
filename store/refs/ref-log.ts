// All refs of a store, as a log of transactions: each is one file, created exclusively under the next number.
// That makes any set of changes atomic, between processes and against crashes, without a lock.
import { assert, isSavepointError, SavepointError } from '../errors.js';
import { compareNames } from '../names.js';
import { type ObjectFormat, type ObjectId, parseObjectId } from '../object-id.js';
import { compactRefLog } from './compact-ref-log.js';
import { type RefReading, type RefSource, readRefState } from './read-ref-state.js';
import { listRefFiles, type RefFiles, transactionFile } from './ref-files.js';
import { checkRefName } from './ref-name.js';
import { encodeTransaction, type RefChange, type RefTransaction } from './ref-record.js';
import { LayeredRefState, type RefConflict, type RefState } from './ref-state.js';

export type { RefChange, RefValue } from './ref-record.js';
export type { RefState } from './ref-state.js';

export interface RefLogOptions extends RefSource {
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

export interface RefLog {
  /** The refs as they are now. Throws REF_CORRUPT. */
  read(): Promise<RefState>;
  /** Whether there was no transaction since `sequence`, as two looks at files tell: for who asks often. */
  seemsCurrent(sequence: number): Promise<boolean>;
  /**
   * Makes all `changes` or none; answers with the state that they led to. Where all of them only check (`expected`
   * equals `value`), nothing is written. Throws REF_MOVED where a ref is not what is expected, INVALID_NAME,
   * REF_CORRUPT, and what the backend throws: after such a failure the changes are made or not made, as a whole.
   */
  update(changes: readonly RefChange[]): Promise<RefState>;
}

export function openRefLog(options: RefLogOptions): RefLog {
  return new TransactionLog(options, options.now ?? Date.now);
}

class TransactionLog implements RefLog {
  private known = LayeredRefState.empty;
  private lastUpdate: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly source: RefSource,
    private readonly now: () => number,
  ) {}

  async read(): Promise<RefState> {
    return (await this.refresh()).state;
  }

  /** One after the other: two of one process would only take each other's numbers. */
  async update(changes: readonly RefChange[]): Promise<RefState> {
    const update = this.lastUpdate.then(() => this.makeUpdate(changes));
    this.lastUpdate = update.catch(() => undefined);
    return update;
  }

  private async makeUpdate(changes: readonly RefChange[]): Promise<RefState> {
    const wanted = prepareChanges(changes, this.source.format);
    const onlyChecks = wanted.every(({ expected, value }) => expected === value);
    let state =
      !onlyChecks && (await this.seemsCurrent(this.known.sequence))
        ? this.known
        : (await this.refresh()).state;
    for (;;) {
      if (state.findConflict({ changes: wanted }) !== undefined) state = (await this.refresh()).state;
      const conflict = state.findConflict({ changes: wanted });
      if (conflict !== undefined) throw describeMove(conflict);
      if (onlyChecks) return state;
      const sequence = state.sequence + 1;
      const transaction = { sequence, timeMs: Math.max(0, Math.floor(this.now())), changes: wanted };
      const bytes = encodeTransaction(this.source, transaction);
      if (await this.source.backend.createExclusive(transactionFile(sequence), bytes)) {
        const settled = await this.settle(state, transaction);
        if (settled !== undefined) return settled;
      }
      state = (await this.refresh()).state;
      if (state.sequence < sequence) throw describeUnlisted(sequence);
    }
  }

  private async refresh(): Promise<RefReading> {
    const { known } = this;
    const reading = await readRefState(this.source, known);
    if (this.known === known || reading.state.sequence > this.known.sequence) this.known = reading.state;
    return reading;
  }

  /** Saves a listing in nearly every case. Where it is mistaken, `settle` finds out. */
  async seemsCurrent(sequence: number): Promise<boolean> {
    const { backend } = this.source;
    if (sequence === 0 || (await backend.size(transactionFile(sequence + 1))) !== undefined) return false;
    return (await backend.size(transactionFile(sequence))) !== undefined;
  }

  /** The state after `transaction`, whose number was just claimed; `undefined` where that was in vain. */
  private async settle(
    before: LayeredRefState,
    transaction: RefTransaction,
  ): Promise<LayeredRefState | undefined> {
    const files = await listRefFiles(this.source.backend);
    if (claimStands(files, transaction.sequence)) {
      const state = before.after(transaction);
      if (state.sequence > this.known.sequence) this.known = state;
      await this.compact(files, state);
      return state;
    }
    const { state } = await this.refresh();
    if (bearsWitness(state, transaction)) return state;
    await this.source.backend.remove(transactionFile(transaction.sequence));
    return undefined;
  }

  /** The change is made by now: that the log stays longer than it might be is no failure of it. */
  private async compact(files: RefFiles, state: LayeredRefState): Promise<void> {
    try {
      await compactRefLog(this.source, files, state);
    } catch (error) {
      if (!isSavepointError(error, 'STORAGE_FULL', 'STORAGE_FAILED', 'STORE_READ_ONLY')) throw error;
    }
  }
}

/**
 * Whether the claim of number `sequence`, made before `files` were listed, is part of the history.
 *
 * A writer that is held up between reading state n-1 and creating file n may find n free for a second reason: n was
 * claimed by another, became part of a snapshot, and was removed. Its file then is void: every reader starts from a
 * snapshot above it. To tell the two apart:
 *
 * - Transactions up to n are removed only after two snapshots at or above n were written, and a snapshot only when two
 *   higher ones are there. So if n was free because it had been removed, two such snapshots can be seen, for good.
 * - Fewer than two: the claim stands. A lone snapshot at or above n was made from transactions up to its own number,
 *   ours among them, which then are all still there. If they are not, the log was rebuilt above ours, without it.
 * - Two or more: void, or the writer was held up for SNAPSHOT_INTERVAL transactions or more after its claim as well.
 *   Then the refs themselves are asked (`bearsWitness`). If they have changed again too, the claim counts as void, its
 *   file is removed (it is superseded in any case) and the update starts over, with its expectations checked anew. So
 *   at the worst, a change that was made and then overwritten by others is answered with REF_MOVED, and one that was
 *   made and then taken back by others is made once more.
 */
function claimStands(files: RefFiles, sequence: number): boolean {
  const [newest = 0, previous = 0] = files.snapshots;
  if (newest < sequence) return true;
  if (previous >= sequence) return false;
  for (let next = sequence + 1; next <= newest; next++) if (!files.transactions.has(next)) return false;
  return true;
}

/** Whether some ref still has the value that `transaction`, and none after it, gave it. */
function bearsWitness(state: LayeredRefState, { sequence, changes }: RefTransaction): boolean {
  return changes.some(({ name, expected, value }) => {
    const found = state.find(name);
    return value !== expected && found?.sequence === sequence && found.id === value;
  });
}

function prepareChanges(changes: readonly RefChange[], format: ObjectFormat): RefChange[] {
  for (const { name, expected, value } of changes) {
    checkRefName(name);
    if (expected !== undefined) parseObjectId(expected, format);
    if (value !== undefined) parseObjectId(value, format);
  }
  const names = new Set(changes.map(({ name }) => name));
  assert(names.size === changes.length, 'a transaction changes a ref twice');
  return changes
    .map(({ name, expected, value }) => ({ name, expected, value }))
    .sort((left, right) => compareNames(left.name, right.name));
}

function describeMove({ name, expected, found }: RefConflict): SavepointError {
  const spell = (id: ObjectId | undefined) => id ?? 'absent';
  return new SavepointError(
    'REF_MOVED',
    `'${name}' is ${spell(found)} by now, not ${spell(expected)}: look at it again and repeat.`,
    { fields: { name, expected, found } },
  );
}

function describeUnlisted(sequence: number): SavepointError {
  const file = transactionFile(sequence);
  return new SavepointError(
    'STORAGE_FAILED',
    `'${file}' is taken, yet not listed: the storage answers old listings. Repeat when it has settled.`,
    { fields: { file } },
  );
}
