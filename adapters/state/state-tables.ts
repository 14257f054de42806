// Tables in a state adapter's state: what people look at, compare and put back alone. Part of the contract of state adapters.
import type { StateContext, StateReader } from './state-reader.js';

/** Values as text, in the order of the columns; null where there is none. */
export type TableRow = readonly (string | null)[];

export interface TableDifference {
  readonly columns: readonly string[];
  /** The columns that tell rows apart; without any, rows are only the same or not. */
  readonly key: readonly string[];
  readonly added: readonly TableRow[];
  readonly removed: readonly TableRow[];
  /** Rows with the same key. */
  readonly changed: readonly { readonly before: TableRow; readonly after: TableRow }[];
}

/** A state: documents of a point, or what is live. */
export type TableSide = StateReader | 'live';

export interface StateTables {
  /** The names of all tables that documents have, in order, as people give them. */
  list(reader: StateReader): Promise<readonly string[]>;
  /** The rows of one of them as the engine writes them, one a line. */
  read(name: string, reader: StateReader): AsyncIterable<Uint8Array>;
  /** What turns one state of a table into the other; at most one side is live. Throws UNSUPPORTED where columns differ. */
  compare(
    name: string,
    sides: { readonly before: TableSide; readonly after: TableSide },
    context: StateContext,
  ): Promise<TableDifference>;
  /**
   * Makes the live table as documents have it, in one transaction, in which nobody else writes to it. Answers what that changed.
   * Throws before anything is visible. Where the signal is aborted before the transaction is about to be committed, it throws ABORTED;
   * after that, the signal counts no more.
   */
  restore(name: string, reader: StateReader, context: StateContext): Promise<TableDifference>;
}
