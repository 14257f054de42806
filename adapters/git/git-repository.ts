// What there is to read in a git repository, whoever reads it: tags, and objects one after the other.
import type { ObjectFormat, ObjectId, ObjectKind } from '../../store/object-id.js';

/** A ref below refs/tags/, by its name there. */
export interface GitTagRef {
  readonly name: string;
  /** What it points to: a tag object where it is annotated, else a commit, as a rule. */
  readonly id: ObjectId;
}

export interface GitObject {
  readonly id: ObjectId;
  readonly kind: ObjectKind;
  readonly sizeBytes: number;
  /** The content in order; at most 1 MiB comes in one piece. To be read whole or not at all, before the next object. */
  readonly content: AsyncIterable<Uint8Array>;
}

export interface GitRepository {
  readonly objectFormat: ObjectFormat;
  /** The absolute path of what holds its objects and refs. */
  readonly gitDirectory: string;
  /** Where its files are checked out; a bare one has none. */
  readonly workTree: string | undefined;
  /** By name. */
  listTags(): Promise<GitTagRef[]>;
  /**
   * The objects, in the order asked for. Who stops reading before the end can only close the repository.
   * Throws REPOSITORY_CORRUPT where one is missing or can't be read.
   */
  read(ids: readonly ObjectId[]): AsyncGenerator<GitObject>;
  close(): Promise<void>;
}

/** What comes in one piece. */
export const LARGEST_PIECE_BYTES = 1 << 20;
