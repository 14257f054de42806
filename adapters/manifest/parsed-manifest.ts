// What is found in one file that declares services.
import type { JsonObject } from '../state/state-adapter.js';

export interface DeclaredService {
  readonly name: string;
  /** What the files say of it that tells versions apart: its image, or its command. */
  readonly says: JsonObject;
}

/** Where a file can't be understood. */
export interface ManifestFlaw {
  /** Both from 1. */
  readonly line: number;
  readonly column: number;
  /** The end of a sentence that begins with the place. */
  readonly message: string;
}

export interface ParsedManifest {
  readonly declared: readonly DeclaredService[];
  readonly flaws: readonly ManifestFlaw[];
}
