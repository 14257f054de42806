// Copies everything that some packs hold into new packs, one for each class, verified record by record.
import { SavepointError } from '../errors.js';
import type { ObjectId } from '../object-id.js';
import { entryLength, readEntry } from '../pack/entry.js';
import type { PackClass } from '../pack/pack-format.js';
import { type OpenPack, openPack, type PackSource, readBlock } from '../pack/pack-reader.js';
import { type FinishedPack, PackWriter } from '../pack/pack-writer.js';
import { parseRecipe, RECIPE_FLAG } from '../pack/record.js';

const COMPRESSION_LEVEL = 3;

export interface CopyOptions {
  /** Whether an object is to be copied; all are where this is missing. */
  readonly wants?: (id: ObjectId) => boolean;
  /** Makes the ids of the new packs differ from those of others with equal content. */
  readonly idSalt?: string | undefined;
}

/** The new packs, durable. Throws what reading throws: then nothing was published. */
export async function copyPacks(
  source: PackSource,
  ids: readonly string[],
  options: CopyOptions = {},
): Promise<FinishedPack[]> {
  const opened: OpenPack[] = [];
  for (const id of ids) opened.push(await openPack(source, id));
  const writers: PackWriter[] = [];
  try {
    for (const packClass of ['data', 'metadata'] as const) {
      const members = opened.filter((pack) => pack.packClass === packClass);
      if (members.length === 0) continue;
      const writer = createWriter(source, packClass, options.idSalt);
      writers.push(writer);
      const copied = new Set<string>();
      for (const pack of members) await copyPack(source, pack, { ...options, writer, copied });
    }
    // Only now, as nothing is published where something can't be read.
    const finished: (FinishedPack | undefined)[] = [];
    for (const writer of writers) finished.push(await writer.finish());
    return finished.filter((pack) => pack !== undefined);
  } catch (error) {
    for (const writer of writers) await writer.abort();
    throw error;
  }
}

function createWriter(source: PackSource, packClass: PackClass, idSalt: string | undefined): PackWriter {
  return new PackWriter({
    ...source,
    packClass,
    compressionLevel: COMPRESSION_LEVEL,
    checkOneBlockIn: 1,
    idSalt,
  });
}

async function copyPack(
  source: PackSource,
  pack: OpenPack,
  target: CopyOptions & { readonly writer: PackWriter; readonly copied: Set<string> },
): Promise<void> {
  const { platform, format } = source;
  const count = pack.table.entries.length / entryLength(format);
  let blockNumber = -1;
  let raw: Uint8Array = new Uint8Array();
  for (let i = 0; i < count; i++) {
    const entry = readEntry(pack.table.entries, i, format);
    if (target.copied.has(entry.id) || target.wants?.(entry.id) === false) continue;
    if (entry.block !== blockNumber) {
      raw = await readBlock(source, pack.id, pack.table.blocks[entry.block]);
      blockNumber = entry.block;
    }
    const record = raw.subarray(entry.offset, entry.offset + entry.lengthBytes);
    const isRecipe = (entry.kind & RECIPE_FLAG) !== 0;
    const found = isRecipe ? parseRecipe(platform, format, record).id : platform.hash(format, record);
    if (found !== entry.id) {
      throw new SavepointError(
        'PACK_CORRUPT',
        `A record of the pack ${pack.id} is not what its table says.`,
        {
          fields: { pack: pack.id, id: entry.id, found },
        },
      );
    }
    await target.writer.addRecord(record, entry);
    target.copied.add(entry.id);
  }
}
