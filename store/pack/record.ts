// A record is what a block holds: a whole object as git hashes it (header and content), or the recipe of an object
// over 1 MiB (the ids and lengths of the chunks that make it up). Records delimit themselves.
import { SavepointError } from '../errors.js';
import {
  ID_LENGTH_BYTES,
  type ObjectFormat,
  type ObjectId,
  type ObjectKind,
  readObjectId,
  writeObjectId,
} from '../object-id.js';
import { OBJECT_KINDS } from '../objects/object-header.js';
import type { Platform } from '../platform.js';

/** Bits of a record's kind in tables: the object's kind, and whether the record is a recipe. */
export const RECIPE_FLAG = 8;

export interface RecipeChunk {
  readonly id: ObjectId;
  readonly lengthBytes: number;
}

/** How a large object is put together. `id` is git's id of the whole. */
export interface Recipe {
  readonly id: ObjectId;
  readonly kind: ObjectKind;
  readonly sizeBytes: number;
  readonly chunks: readonly RecipeChunk[];
}

/** A recipe as it is stored: of very many chunks there are lists, which are blobs of their own. */
export interface StoredRecipe {
  readonly id: ObjectId;
  readonly kind: ObjectKind;
  readonly sizeBytes: number;
  /** Chunks, or lists of chunks, and how many bytes of the object each stands for. */
  readonly parts: readonly RecipeChunk[];
  readonly partsAreLists: boolean;
}

/** What stands at an offset of a block. `start` and `end` include the record's header. */
export interface RecordSpan {
  readonly kind: ObjectKind;
  /** The size that the header gives to the object's content. */
  readonly sizeBytes: number;
  readonly recipeOf: ObjectId | undefined;
  readonly partsAreLists: boolean;
  readonly contentStart: number;
  readonly end: number;
}

export function kindNumber(kind: ObjectKind): number {
  return OBJECT_KINDS.indexOf(kind) + 1;
}

export function kindOfNumber(number: number): ObjectKind {
  const kind = OBJECT_KINDS[(number & 7) - 1];
  if (kind === undefined) throw new SavepointError('INDEX_CORRUPT', `There is no object kind ${number}.`);
  return kind;
}

/** The record that holds a recipe. A digest at its end guards it, as its own hash is not the object's id. */
export function encodeRecipe(platform: Platform, format: ObjectFormat, recipe: StoredRecipe): Uint8Array {
  const word = recipe.partsAreLists ? 'recipes' : 'recipe';
  const header = new TextEncoder().encode(
    `${word} ${recipe.id} ${recipe.kind} ${recipe.sizeBytes} ${recipe.parts.length}\0`,
  );
  const parts = encodeChunkList(format, recipe.parts);
  const bytes = new Uint8Array(header.length + parts.length + ID_LENGTH_BYTES[format]);
  bytes.set(header);
  bytes.set(parts, header.length);
  const end = header.length + parts.length;
  writeObjectId(bytes, end, platform.hash(format, bytes.subarray(0, end)) as ObjectId);
  return bytes;
}

/** What a recipe's record says. Throws OBJECT_CORRUPT where its digest or its sum does not agree. */
export function parseRecipe(platform: Platform, format: ObjectFormat, record: Uint8Array): StoredRecipe {
  const guarded = record.subarray(0, record.length - ID_LENGTH_BYTES[format]);
  const span = findRecord(record, 0, format);
  const sound = span?.recipeOf !== undefined && span.end === record.length;
  if (!sound || platform.hash(format, guarded) !== readObjectId(record, guarded.length, format)) {
    throw damagedRecipe();
  }
  const parts = parseChunkList(format, guarded.subarray(span.contentStart));
  const { kind, sizeBytes, partsAreLists } = span;
  if (parts.reduce((sum, part) => sum + part.lengthBytes, 0) !== sizeBytes) throw damagedRecipe();
  return { id: span.recipeOf, kind, sizeBytes, parts, partsAreLists };
}

function damagedRecipe(): SavepointError {
  return new SavepointError('OBJECT_CORRUPT', 'The recipe of a large object is damaged.');
}

/** Ids and lengths (8 bytes: the lists of a very large object stand for more than 4 GiB), one after the other. */
export function encodeChunkList(format: ObjectFormat, chunks: readonly RecipeChunk[]): Uint8Array {
  const bytes = new Uint8Array(chunks.length * (ID_LENGTH_BYTES[format] + 8));
  const view = new DataView(bytes.buffer);
  let offset = 0;
  for (const { id, lengthBytes } of chunks) {
    offset = writeObjectId(bytes, offset, id);
    view.setUint32(offset, lengthBytes % 2 ** 32, true);
    view.setUint32(offset + 4, Math.floor(lengthBytes / 2 ** 32), true);
    offset += 8;
  }
  return bytes;
}

export function parseChunkList(format: ObjectFormat, bytes: Uint8Array): RecipeChunk[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const chunks: RecipeChunk[] = [];
  const idLength = ID_LENGTH_BYTES[format];
  for (let offset = 0; offset + idLength + 8 <= bytes.length; offset += idLength + 8) {
    const length =
      view.getUint32(offset + idLength, true) + view.getUint32(offset + idLength + 4, true) * 2 ** 32;
    chunks.push({ id: readObjectId(bytes, offset, format), lengthBytes: length });
  }
  return chunks;
}

/** The record that starts at `start` of a block's raw bytes; `undefined` where there is none. */
export function findRecord(raw: Uint8Array, start: number, format: ObjectFormat): RecordSpan | undefined {
  const terminator = raw.subarray(start, start + 160).indexOf(0);
  if (terminator < 0) return undefined;
  const words = String.fromCharCode(...raw.subarray(start, start + terminator)).split(' ');
  const contentStart = start + terminator + 1;
  const span =
    words[0] === 'recipe' || words[0] === 'recipes'
      ? recipeSpan(words, contentStart, format)
      : objectSpan(words, contentStart);
  return span !== undefined && span.end <= raw.length ? span : undefined;
}

function objectSpan(words: string[], contentStart: number): RecordSpan | undefined {
  const kind = OBJECT_KINDS.find((known) => known === words[0]);
  if (kind === undefined || words.length !== 2 || !/^\d{1,10}$/.test(words[1])) return undefined;
  const sizeBytes = Number(words[1]);
  return {
    kind,
    sizeBytes,
    recipeOf: undefined,
    partsAreLists: false,
    contentStart,
    end: contentStart + sizeBytes,
  };
}

function recipeSpan(words: string[], contentStart: number, format: ObjectFormat): RecordSpan | undefined {
  const [word, id, kindText, size, count] = words;
  const kind = OBJECT_KINDS.find((known) => known === kindText);
  if (kind === undefined || words.length !== 5 || !/^\d{1,9}$/.test(count)) return undefined;
  const idLength = ID_LENGTH_BYTES[format];
  const end = contentStart + Number(count) * (idLength + 8) + idLength;
  return {
    kind,
    sizeBytes: Number(size),
    recipeOf: id as ObjectId,
    partsAreLists: word === 'recipes',
    contentStart,
    end,
  };
}
