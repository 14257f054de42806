// What state adapters are given with each call: where documents are read from, and what they work for. Part of their contract.
import type { JsonObject } from './json-value.js';

/** Documents that are stored, or were just captured. */
export interface StateReader {
  /** Paths of all documents below `prefix`, a path without a trailing slash, in order. */
  list(prefix: string): Promise<string[]>;
  /** `undefined` where there is none. */
  read(path: string): Promise<Uint8Array | undefined>;
  /** As git has it for a blob with that content, in the store's object format; `undefined` where there is no such document. */
  id(path: string): Promise<string | undefined>;
  /** A document's content, piece by piece. Throws where there is no such document. */
  stream(path: string): AsyncIterable<Uint8Array>;
  /** Writes a document's content to a new file, piece by piece. Throws where there is no such document. */
  copyTo(path: string, file: string): Promise<void>;
}

export interface StateContext {
  /** The component's name. */
  readonly component: string;
  /** As the configuration has them, with defaults filled in, or as the point recorded them. */
  readonly settings: JsonObject;
  readonly signal?: AbortSignal;
}
