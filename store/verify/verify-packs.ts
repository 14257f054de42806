// Checks the packs of a store: each one's frame and table, and with `data` every block and every object in it.
import { checkAborted, isSavepointError, type SavepointError } from '../errors.js';
import type { ObjectIndex } from '../index/object-index.js';
import type { ObjectId } from '../object-id.js';
import { type Entry, entryLength, readEntry } from '../pack/entry.js';
import { type OpenPack, openPack, type PackSource, readBlock } from '../pack/pack-reader.js';
import { packName } from '../pack/pack-writer.js';
import { findRecord, kindNumber, parseRecipe, RECIPE_FLAG } from '../pack/record.js';
import type { StoreProblem } from './store-problem.js';

export interface VerifyPacksOptions {
  readonly data: boolean;
  /** Packs to leave out; those that are verified are added. */
  readonly verified?: Set<string>;
  readonly onProgress?: (progress: { bytes: number; totalBytes: number }) => void;
  readonly signal?: AbortSignal;
}

export interface VerifiedPacks {
  readonly problems: readonly StoreProblem[];
  readonly objects: number;
  readonly bytes: number;
  /** Whether a pack was gone when its turn came: the index should be opened anew. */
  readonly vanished: boolean;
}

/** `index` must have been loaded whole: it tells what a damaged pack held. */
export async function verifyPacks(
  source: PackSource,
  index: ObjectIndex,
  options: VerifyPacksOptions,
): Promise<VerifiedPacks> {
  const verified = options.verified ?? new Set();
  const problems: StoreProblem[] = [];
  const packs = [...index.state.packs].filter(([id]) => !verified.has(id));
  const totalBytes = packs.reduce((sum, [, size]) => sum + size, 0);
  let objects = 0;
  let bytes = 0;
  let vanished = false;
  for (const [id, sizeBytes] of packs) {
    checkAborted(options.signal);
    try {
      const onBytes = (done: number) => options.onProgress?.({ bytes: bytes + done, totalBytes });
      const pack = await verifyPack(source, index, { id, data: options.data, onBytes });
      problems.push(...pack.problems);
      objects += pack.objects;
    } catch (error) {
      if (!isSavepointError(error, 'PACK_MISSING')) throw error;
      vanished = true;
    }
    verified.add(id);
    bytes += sizeBytes;
    options.onProgress?.({ bytes, totalBytes });
  }
  return { problems, objects, bytes, vanished };
}

/** Packs that the index names and the store doesn't have, as far as something is lost with them. */
export function reportMissingPacks(index: ObjectIndex): StoreProblem[] {
  const problems: StoreProblem[] = [];
  for (const id of index.state.missingPacks) {
    const lost = onlyIn(index, id);
    if (lost.size === 0) continue;
    const message = `The pack is missing, and ${lost.size} objects with it.`;
    problems.push({ code: 'PACK_MISSING', file: packName(id), message, lost });
  }
  return problems;
}

/** Throws PACK_MISSING where the pack is gone, as it is when another process merges it. */
async function verifyPack(
  source: PackSource,
  index: ObjectIndex,
  options: { id: string; data: boolean; onBytes: (bytes: number) => void },
): Promise<{ problems: StoreProblem[]; objects: number }> {
  const problems: StoreProblem[] = [];
  const pack = await openOrReport(source, index, { id: options.id, problems });
  if (pack === undefined) return { problems, objects: 0 };
  if (options.data) problems.push(...(await verifyBlocks(source, pack, options.onBytes)));
  return { problems, objects: pack.table.entries.length / entryLength(source.format) };
}

async function openOrReport(
  source: PackSource,
  index: ObjectIndex,
  pack: { id: string; problems: StoreProblem[] },
): Promise<OpenPack | undefined> {
  try {
    return await openPack(source, pack.id);
  } catch (error) {
    if (!isSavepointError(error, 'PACK_CORRUPT', 'BLOCK_CORRUPT', 'STORE_NEWER')) throw error;
    pack.problems.push(problemOf(error, pack.id, onlyIn(index, pack.id)));
    return undefined;
  }
}

/** Objects that, as far as the index knows, stand in the pack `id` and in no other pack that is there. */
function onlyIn(index: ObjectIndex, id: string): Set<ObjectId> {
  const lost = new Set<ObjectId>();
  for (const segment of index.state.segments) {
    if (!segment.front.packs.some((pack) => pack.id === id)) continue;
    for (const entry of segment.entries()) {
      if (segment.front.packs[segment.front.block(entry.block).pack].id !== id) continue;
      const elsewhere = index
        .findAllLoaded(entry.id)
        .some(({ packId, missing }) => packId !== id && !missing);
      if (!elsewhere) lost.add(entry.id);
    }
  }
  return lost;
}

async function verifyBlocks(
  source: PackSource,
  pack: OpenPack,
  onBytes: (bytes: number) => void,
): Promise<StoreProblem[]> {
  const problems: StoreProblem[] = [];
  const members = entriesByBlock(source, pack);
  let bytes = 0;
  for (let number = 0; number < pack.table.blocks.length; number++) {
    const entries = members[number];
    try {
      const raw = await readBlock(source, pack.id, pack.table.blocks[number]);
      const damaged = findDamagedRecords(source, raw, entries);
      if (damaged !== undefined) {
        const message = `A block holds ${damaged.size} objects that do not match their ids, or that its table does not know.`;
        problems.push({ code: 'OBJECT_CORRUPT', file: packName(pack.id), message, lost: damaged });
      }
    } catch (error) {
      if (!isSavepointError(error, 'BLOCK_CORRUPT', 'PACK_CORRUPT', 'CODEC_UNSUPPORTED')) throw error;
      problems.push(problemOf(error, pack.id, new Set(entries.map(({ id }) => id))));
    }
    bytes += pack.table.blocks[number].storedBytes;
    onBytes(bytes);
  }
  return problems;
}

function entriesByBlock(source: PackSource, pack: OpenPack): Entry[][] {
  const members: Entry[][] = pack.table.blocks.map(() => []);
  const count = pack.table.entries.length / entryLength(source.format);
  for (let i = 0; i < count; i++) {
    const entry = readEntry(pack.table.entries, i, source.format);
    members[entry.block]?.push(entry);
  }
  return members;
}

/** Records must tile the block, in the table's order, and each be what its id says; `undefined` where all is well. */
function findDamagedRecords(
  source: PackSource,
  raw: Uint8Array,
  entries: readonly Entry[],
): Set<ObjectId> | undefined {
  const damaged = new Set<ObjectId>();
  let end = 0;
  let tiled = true;
  for (const entry of entries) {
    tiled &&= entry.offset === end;
    end = entry.offset + entry.lengthBytes;
    if (!isSoundRecord(source, raw.subarray(entry.offset, end), entry)) damaged.add(entry.id);
  }
  return damaged.size === 0 && tiled && end === raw.length ? undefined : damaged;
}

function isSoundRecord({ platform, format }: PackSource, record: Uint8Array, entry: Entry): boolean {
  const span = findRecord(record, 0, format);
  if (span === undefined || span.end !== record.length) return false;
  if (span.recipeOf === undefined) {
    return kindNumber(span.kind) === entry.kind && platform.hash(format, record) === entry.id;
  }
  if ((kindNumber(span.kind) | RECIPE_FLAG) !== entry.kind || span.recipeOf !== entry.id) return false;
  try {
    parseRecipe(platform, format, record);
    return true;
  } catch (error) {
    if (isSavepointError(error, 'OBJECT_CORRUPT')) return false;
    throw error;
  }
}

function problemOf(error: SavepointError, packId: string, lost: ReadonlySet<ObjectId>): StoreProblem {
  return { code: error.code, file: packName(packId), message: error.message, lost };
}
