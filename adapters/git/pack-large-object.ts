// Writes an object into a pack that is too large to be in memory: from pieces that were compressed each by itself.
import type { ObjectId, ObjectKind } from '../../store/object-id.js';
import { corruptObject } from '../../store/object-reader.js';
import { createObjectHasher } from '../../store/objects/object-header.js';
import type { Platform } from '../../store/platform.js';
import type { PackedPiece, PackingFormats } from './pack-block.js';
import { joinAdler32, packEntryHeader, ZLIB_HEADER, zlibTrailer } from './pack-entry.js';
import type { PackFile } from './pack-file.js';

export interface LargeObjectSource {
  /** What the store calls it. */
  readonly id: ObjectId;
  readonly kind: ObjectKind;
  readonly sizeBytes: number;
  /** In order. */
  readonly pieces: AsyncIterable<PackedPiece>;
}

/** Answers the id that it has in the pack. Throws OBJECT_CORRUPT where the pieces are another object. */
export async function packLargeObject(
  pack: PackFile,
  source: LargeObjectSource,
  { platform, formats }: { readonly platform: Platform; readonly formats: PackingFormats },
): Promise<ObjectId> {
  const hasher = createObjectHasher(platform, formats.from, source);
  const translator =
    formats.from === formats.to ? undefined : createObjectHasher(platform, formats.to, source);
  async function* entry(): AsyncGenerator<Uint8Array> {
    yield packEntryHeader(source);
    yield ZLIB_HEADER;
    let checksum = 1;
    for await (const piece of source.pieces) {
      hasher.update(piece.content);
      translator?.update(piece.content);
      checksum = joinAdler32(checksum, { checksum: piece.checksum, lengthBytes: piece.content.length });
      yield piece.deflated;
    }
    yield zlibTrailer(checksum);
  }
  return pack.addPieces(entry(), () => {
    if (hasher.digest() !== source.id) throw corruptObject(source.id);
    return (translator?.digest() as ObjectId | undefined) ?? source.id;
  });
}
