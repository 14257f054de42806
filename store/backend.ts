// Bytes by name: what the store asks of the place that it is kept in. Names are slash-separated, lower-case,
// relative ('packs/9f…', 'refs/00000001.tx'). Every file is written once and never changed afterwards.

export interface StoredFile {
  readonly name: string;
  readonly sizeBytes: number;
}

/** A file that is being written. Nothing of it can be seen under its name before `commit`. */
export interface BackendWriter {
  /** Adds `bytes`; the caller may overwrite them once this has settled. After a failure nothing is left to commit. */
  append(bytes: Uint8Array): Promise<void>;
  /** Makes the file durable and visible under `name`, replacing nothing: an equal name must hold equal bytes. */
  commit(name: string): Promise<void>;
  /** Drops what was written. Safe to call after a failure, and after `commit` (then it does nothing). */
  abort(): Promise<void>;
}

/** A part of a file. Where `into` is given and long enough, what is read may be a view of it. */
export interface ReadRange {
  readonly offset: number;
  readonly lengthBytes: number;
  readonly into?: Uint8Array;
}

/** Files of a backend that stay readable, though their names are removed meanwhile. */
export interface HeldFiles {
  /** As `Backend.read`, but at once; `undefined` where there was no such file when it was to be held. */
  read(name: string, range: ReadRange): Uint8Array | undefined;
  /** Lets go of all of them. Closing twice is fine. */
  close(): void;
}

export interface Backend {
  /** For messages: where this is ('/var/lib/savepoint', 'memory'). */
  readonly location: string;
  /** `lengthBytes` bytes from `offset`, or fewer at the end of the file; `undefined` where there is no such file. */
  read(name: string, range?: ReadRange): Promise<Uint8Array | undefined>;
  /** The size in bytes, or `undefined` where there is no such file. */
  size(name: string): Promise<number | undefined>;
  /** All files whose name starts with `folder` + '/', at any depth, sorted by name. Unfinished writes are not listed. */
  list(folder: string): Promise<StoredFile[]>;
  /**
   * As `list`, the names alone, for a backend that finds these with less effort; in no order. A file that is removed meanwhile may be
   * among them.
   */
  listNames?(folder: string): Promise<string[]>;
  /** Holds the files `names`; names without a file are passed over. They are held until the caller closes them. */
  hold(names: readonly string[]): Promise<HeldFiles>;
  createWriter(): Promise<BackendWriter>;
  /** Creates or replaces a whole file, durably: after a crash it has its old or its new content. */
  replace(name: string, bytes: Uint8Array): Promise<void>;
  /** Creates a file durably; answers false, and changes nothing, where the name is taken. Atomic between processes. */
  createExclusive(name: string, bytes: Uint8Array): Promise<boolean>;
  /** The unfinished writes of processes that live, as names that are never given twice. */
  listWriters(): Promise<string[]>;
  /** Removes a file; says nothing where there is none. A crash soon after may bring the file back, whole. */
  remove(name: string): Promise<void>;
  /** Removes what processes that no longer live left half written. Returns how many files that were. */
  removeAbandonedWrites(): Promise<number>;
  /** Ends the backend's life: aborts the writers still open and lets go of what it holds. Closing twice is fine. */
  close(): Promise<void>;
}

/** The names of the files in a folder of `backend`, in no order. */
export async function listNames(backend: Backend, folder: string): Promise<string[]> {
  return backend.listNames?.(folder) ?? (await backend.list(folder)).map(({ name }) => name);
}
