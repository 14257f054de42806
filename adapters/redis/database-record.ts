// What documents say of a database of a Redis server, and of the server itself.

/** How to read its rows. */
export interface DatabaseRecord {
  readonly database: number;
  /** Patterns of the keys that the component has; null where it has all. */
  readonly keys: readonly string[] | null;
  readonly columns: readonly string[];
  readonly rows: number;
  readonly bytes: number;
}

/** What a database needs of the server's memory. */
export interface DatabaseSize {
  readonly memoryBytes: number;
}

export interface ServerRecord {
  readonly version: string;
  readonly runId: string;
  readonly role: string;
  /** Of the format in which it writes values. */
  readonly rdbVersion: number;
}

/** Of which instant a capture is. */
export interface Position {
  /** The history that offsets are counted in: another one after a restart, and where no replica was there for long. */
  readonly replicationId: string;
  /** Bytes that were written in it. */
  readonly offset: number;
  /** By the server's clock. */
  readonly at: string;
  /** When it last wrote its data down. */
  readonly lastSavedAt: string;
}
