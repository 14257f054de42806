// Which new file comes from which file of before, as far as it has been found out. A target has one source; a source that
// is gone is renamed once, and whatever else comes from it is a copy.
import type { FileEntry } from '../directory-listing.js';

/** A file of the first state that a new one may come from. */
export interface RenameSource {
  readonly path: string;
  readonly entry: FileEntry;
  /** Whether the second state doesn't have it any more. */
  readonly isGone: boolean;
}

/** A file that only the second state has. */
export interface RenameTarget {
  readonly path: string;
  readonly entry: FileEntry;
}

export interface Pairing {
  readonly source: RenameSource;
  /** Percent of the content that is kept: 100 where it is equal. */
  readonly similarity: number;
}

export class Pairs {
  private readonly found = new Map<string, Pairing>();
  private readonly uses = new Map<string, number>();

  constructor(
    /** Whether a source may have several targets, and may be there still. */
    readonly withCopies: boolean,
  ) {}

  add(target: string, pairing: Pairing): void {
    this.found.set(target, pairing);
    if (pairing.source.isGone) this.uses.set(pairing.source.path, this.usesOf(pairing.source) + 1);
  }

  find(target: string): Pairing | undefined {
    return this.found.get(target);
  }

  /** How many targets come from a source that is gone. */
  usesOf({ path }: Pick<RenameSource, 'path'>): number {
    return this.uses.get(path) ?? 0;
  }

  /** Whether `source` can be that of one more target. */
  isFree(source: RenameSource): boolean {
    return this.withCopies || this.usesOf(source) === 0;
  }
}

export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
