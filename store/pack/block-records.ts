// Reads the records of a block by what they are, and checks each of them: for blocks whose table of contents is not
// known yet, or comes from somebody else.
import { SavepointError } from '../errors.js';
import type { ObjectId } from '../object-id.js';
import type { PackSource } from './pack-reader.js';
import type { BlockRecord } from './pack-writer.js';
import { findRecord, kindNumber, parseRecipe, RECIPE_FLAG } from './record.js';

/**
 * What stands in a block, with the ids that follow from the contents; of a recipe, the id that it says, once its own digest
 * agrees. Throws BLOCK_CORRUPT where records and block do not end together, OBJECT_CORRUPT for a damaged recipe.
 */
export function readRecords(source: Pick<PackSource, 'platform' | 'format'>, raw: Uint8Array): BlockRecord[] {
  const { platform, format } = source;
  const records: BlockRecord[] = [];
  for (let offset = 0; offset < raw.length; ) {
    const span = findRecord(raw, offset, format);
    if (span === undefined) throw malformedBlock(offset);
    const record = raw.subarray(offset, span.end);
    const isRecipe = span.recipeOf !== undefined;
    const id = isRecipe ? parseRecipe(platform, format, record).id : platform.hash(format, record);
    const kind = kindNumber(span.kind) | (isRecipe ? RECIPE_FLAG : 0);
    records.push({ id: id as ObjectId, kind, offset, lengthBytes: record.length });
    offset = span.end;
  }
  return records;
}

/** The record at `place` of a block. Throws OBJECT_CORRUPT where that is not the one of the id. */
export function checkedRecord(
  source: Pick<PackSource, 'platform' | 'format'>,
  raw: Uint8Array,
  place: BlockRecord,
): Uint8Array {
  const { platform, format } = source;
  const record = raw.subarray(place.offset, place.offset + place.lengthBytes);
  const isRecipe = (place.kind & RECIPE_FLAG) !== 0;
  const found = isRecipe ? parseRecipe(platform, format, record).id : platform.hash(format, record);
  if (found === place.id) return record;
  throw new SavepointError(
    'OBJECT_CORRUPT',
    `The object ${place.id} does not match its id. Run 'savepoint verify --data' to see which points and paths it hurts.`,
    { fields: { id: place.id, found } },
  );
}

function malformedBlock(offset: number): SavepointError {
  return new SavepointError(
    'BLOCK_CORRUPT',
    `A block cannot be read: there is no record at its byte ${offset}.`,
    { fields: { recordOffset: offset } },
  );
}
