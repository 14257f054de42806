// Whether a set of objects, which are seen one after the other and kept no longer, holds all that they name. What tags,
// commits, trees and recipes refer to is looked at, where it stands in one piece. A commit's parents are not: no point needs them.
import { isSavepointError } from '../errors.js';
import { KnownIdTable } from '../index/known-ids.js';
import type { ObjectId } from '../object-id.js';
import { parseCommit, parseTag } from '../objects/commit-and-tag.js';
import { parseTree } from '../objects/tree.js';
import type { PackSource } from '../pack/pack-reader.js';
import type { BlockRecord } from '../pack/pack-writer.js';
import { findRecord, parseRecipe, RECIPE_FLAG, type RecordSpan } from '../pack/record.js';
import { corruptBundle } from './bundle-format.js';

export class ObjectReferences {
  /** What was named and not seen. */
  readonly missing = new Set<ObjectId>();
  private readonly seen = new KnownIdTable(() => false);

  constructor(private readonly source: Pick<PackSource, 'platform' | 'format'>) {
    this.seen.makeRoom(1);
  }

  need(id: ObjectId): void {
    if (!this.seen.has(id)) this.missing.add(id);
  }

  /** Takes in the objects of a block. Throws BUNDLE_CORRUPT where one of them is malformed. */
  see(
    block: { readonly raw: Uint8Array; readonly records: readonly BlockRecord[] },
    how: { readonly follow: boolean },
  ): void {
    for (const record of block.records) {
      this.seen.makeRoom(1);
      this.seen.claim(record.id);
      this.missing.delete(record.id);
      if (!how.follow) continue;
      try {
        this.follow(record, block.raw.subarray(record.offset, record.offset + record.lengthBytes));
      } catch (error) {
        if (!isSavepointError(error, 'OBJECT_CORRUPT')) throw error;
        throw corruptBundle(`the object ${record.id} in it is malformed`, { cause: error });
      }
    }
  }

  private follow({ kind }: BlockRecord, bytes: Uint8Array): void {
    const { platform, format } = this.source;
    if ((kind & RECIPE_FLAG) !== 0) {
      for (const part of parseRecipe(platform, format, bytes).parts) this.need(part.id);
      return;
    }
    const span = findRecord(bytes, 0, format) as RecordSpan;
    const content = bytes.subarray(span.contentStart, span.end);
    if (span.kind === 'tag') this.need(parseTag(content, format).object);
    else if (span.kind === 'commit') this.need(parseCommit(content, format).tree);
    else if (span.kind === 'tree') for (const { id } of parseTree(content, format)) this.need(id);
  }
}
