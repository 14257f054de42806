// All refs after one transaction, as a value that never changes. Deriving the next one costs what changes, not what
// there is: recent changes lie in a small layer over a table that many states share.
import type { ObjectId } from '../object-id.js';
import { SNAPSHOT_INTERVAL } from './ref-files.js';
import type { RefSnapshot, RefTransaction, RefValue } from './ref-record.js';

export interface RefState {
  /** Of the last transaction; 0 where there was none yet. */
  readonly sequence: number;
  /** Those changed last come last; those changed by one transaction in the order of their names. */
  readonly refs: ReadonlyMap<string, RefValue>;
}

/** The ids that refs hold whose names begin with `prefix`. */
export function idsBelow({ refs }: RefState, prefix: string): Set<ObjectId> {
  const ids = new Set<ObjectId>();
  refs.forEach(({ id }, name) => {
    if (name.startsWith(prefix)) ids.add(id);
  });
  return ids;
}

const LARGEST_LAYER = 128;

export class LayeredRefState implements RefState {
  /** The state at the last sequence number at which a snapshot was due, as far as it was passed. */
  readonly checkpoint: LayeredRefState | undefined;

  private constructor(
    readonly sequence: number,
    private table: ReadonlyMap<string, RefValue>,
    private layer: ReadonlyMap<string, RefValue | undefined>,
    previous: LayeredRefState | undefined,
  ) {
    this.checkpoint = sequence % SNAPSHOT_INTERVAL === 0 ? this : previous?.checkpoint;
  }

  static readonly empty = LayeredRefState.from({ sequence: 0, refs: new Map() });

  static from(snapshot: RefSnapshot): LayeredRefState {
    return new LayeredRefState(snapshot.sequence, snapshot.refs, new Map(), undefined);
  }

  get refs(): ReadonlyMap<string, RefValue> {
    if (this.layer.size === 0) return this.table;
    const merged = new Map(this.table);
    for (const [name, value] of this.layer) {
      merged.delete(name);
      if (value !== undefined) merged.set(name, value);
    }
    this.table = merged;
    this.layer = new Map();
    return merged;
  }

  find(name: string): RefValue | undefined {
    return this.layer.has(name) ? this.layer.get(name) : this.table.get(name);
  }

  /** What the first change of `transaction` that this state does not allow found instead of what it expected. */
  findConflict({ changes }: Pick<RefTransaction, 'changes'>): RefConflict | undefined {
    for (const { name, expected } of changes) {
      const found = this.find(name)?.id;
      if (found !== expected) return { name, expected, found };
    }
    return undefined;
  }

  /** The state that `transaction` makes of this one, whether or not it expected it. */
  after({ sequence, changes }: RefTransaction): LayeredRefState {
    const table = this.layer.size > LARGEST_LAYER ? this.refs : this.table;
    const layer = new Map(this.layer);
    for (const { name, expected, value } of changes) {
      if (value === expected) continue;
      layer.delete(name);
      layer.set(name, value === undefined ? undefined : { id: value, sequence });
    }
    return new LayeredRefState(sequence, table, layer, this);
  }
}

export interface RefConflict {
  readonly name: string;
  readonly expected: ObjectId | undefined;
  readonly found: ObjectId | undefined;
}
