// What an open store tells of differences, as the library gives it; each part loads its code when it is first used.
import type { KeyChange } from './composition.js';
import type { ContentGrowth, ContentGrowthOptions } from './content-growth.js';
import type { DiffQuery, FileChange } from './diff-points.js';
import type { LineCounts } from './line-hunks.js';
import type { PatchOptions } from './patch.js';
import type { Session } from './session.js';

export interface SavepointChanges {
  /** What differs between two points, or a point and `live`. */
  diff(query: DiffQuery): AsyncGenerator<FileChange>;
  /**
   * The text of one change, as a unified diff in git's form; empty where that has no words for it (a directory, an
   * owner, a time), `undefined` where one of its sides is not text and no option says what becomes of that. Bytes that are
   * not UTF-8 are lone surrogates in it. Throws UNSUPPORTED where a binary content is longer than a patch takes.
   */
  patch(change: FileChange, options?: PatchOptions): Promise<string | undefined>;
  /** How many lines a change adds and removes; `undefined` where one of its sides is not text. */
  countLines(change: FileChange): Promise<LineCounts | undefined>;
  /** The sizes of a file's contents, and how much of a large one is new; `undefined` where no content changes. */
  contentGrowth(change: FileChange, options?: ContentGrowthOptions): Promise<ContentGrowth | undefined>;
  /**
   * The keys that a change of a configuration file adds, removes or sets; `undefined` where its format is not known, or it
   * can't be parsed: then its lines tell.
   */
  diffKeys(change: FileChange): Promise<KeyChange[] | undefined>;
}

export function changesOf(session: Session): SavepointChanges {
  return {
    async *diff(query) {
      yield* (await import('./diff-points.js')).diffPoints(session, query);
    },
    patch: async (change, options = {}) => (await import('./patch.js')).patch(session, change, options),
    countLines: async (change) => (await import('./patch.js')).countLines(session, change),
    contentGrowth: async (change, options = {}) =>
      (await import('./content-growth.js')).contentGrowth(session, change, options),
    diffKeys: async (change) => (await import('./diff-keys.js')).diffKeys(session, change),
  };
}
