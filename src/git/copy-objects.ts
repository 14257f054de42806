// Copies the objects of a plan out of the store into a pack: blocks are decoded, checked and compressed anew in threads, while
// this one reads and writes. Some blocks are under way at a time, and come into the pack in order.
import { checkAborted } from '../../store/errors.js';
import type { HeldReader } from '../../store/held-reader.js';
import type { Location } from '../../store/index/object-index.js';
import { ID_LENGTH_BYTES, type ObjectId, readObjectId } from '../../store/object-id.js';
import { inPack } from '../../store/pack/pack-reader.js';
import type { Recipe } from '../../store/pack/record.js';
import {
  type PackedObjects,
  type PackedPiece,
  type PackFile,
  type PackingFormats,
  type PackingThreads,
  packLargeObject,
} from '../composition.js';
import type { CopyPlan } from './copy-plan.js';
import type { IdMap } from './id-map.js';

export interface CopyOptions {
  readonly held: HeldReader;
  readonly plan: CopyPlan;
  readonly pack: PackFile;
  readonly threads: PackingThreads;
  readonly formats: PackingFormats;
  /** Gets the ids of all that have others in the repository. */
  readonly map: IdMap;
  /** Whether the repository has the object already. */
  readonly has: (id: ObjectId) => boolean;
  /** Told how much content is copied, in bytes. */
  readonly onBytes: (bytes: number) => void;
  readonly signal?: AbortSignal | undefined;
}

/** Throws what reading throws, OBJECT_CORRUPT and BLOCK_CORRUPT among it. */
export async function copyObjects(options: CopyOptions): Promise<void> {
  const { plan, pack, threads, onBytes } = options;
  const requests = mapInOrder(plan.blocks(), threads.mostOutstanding, async (wanted) => {
    checkAborted(options.signal);
    const stored = options.held.readStored(wanted);
    const block = { stored, rawBytes: wanted.block.rawBytes };
    const { places, ids } = wanted;
    const packing = threads.packBlock({ kind: 'objects', block, places, ids });
    return { wanted, packed: await named(packing, wanted) };
  });
  for await (const { wanted, packed } of requests) {
    pack.addAll(translate(options, wanted.ids, packed));
    onBytes(wanted.places.reduce((sum, word, at) => sum + (at % 2 === 1 ? word : 0), 0));
  }
  for (const id of plan.large) await copyLarge(options, id);
}

/** Notes what the objects are called in the repository, and leaves out those that turn out to be there. */
function translate(
  { formats, map, has }: CopyOptions,
  ids: Uint8Array,
  packed: PackedObjects,
): PackedObjects {
  const { from, to } = formats;
  if (from === to) return packed;
  const lacking: number[] = [];
  for (let number = 0; number < packed.lengths.length; number++) {
    const id = readObjectId(packed.ids, number * ID_LENGTH_BYTES[to], to);
    map.set(readObjectId(ids, number * ID_LENGTH_BYTES[from], from), id);
    if (!has(id)) lacking.push(number);
  }
  return lacking.length === packed.lengths.length ? packed : pick(packed, lacking, ID_LENGTH_BYTES[to]);
}

function pick(packed: PackedObjects, numbers: readonly number[], idLength: number): PackedObjects {
  const starts: number[] = [];
  packed.lengths.reduce((start, length) => {
    starts.push(start);
    return start + length;
  }, 0);
  const parts = numbers.map((number) =>
    packed.bytes.subarray(starts[number], starts[number] + packed.lengths[number]),
  );
  const ids = numbers.map((number) => packed.ids.subarray(number * idLength, (number + 1) * idLength));
  return {
    bytes: Buffer.concat(parts),
    lengths: Uint32Array.from(numbers, (number) => packed.lengths[number]),
    checksums: Uint32Array.from(numbers, (number) => packed.checksums[number]),
    ids: Buffer.concat(ids),
  };
}

async function copyLarge(options: CopyOptions, id: ObjectId): Promise<void> {
  const { held, pack, formats, map } = options;
  const recipe = held.findRecipe(id) as Recipe;
  const { kind, sizeBytes } = recipe;
  const source = { id, kind, sizeBytes, pieces: readPieces(options, recipe) };
  const translated = await packLargeObject(pack, source, { platform: held.source.platform, formats });
  if (formats.from !== formats.to) map.set(id, translated);
}

async function* readPieces(options: CopyOptions, recipe: Recipe): AsyncGenerator<PackedPiece> {
  const { held, threads, onBytes } = options;
  yield* mapInOrder(recipe.chunks, threads.mostOutstanding, async ({ id, lengthBytes }) => {
    checkAborted(options.signal);
    const location = held.locate(id);
    const { offset, lengthBytes: recordBytes } = location.entry;
    const block = { stored: held.readStored(location), rawBytes: location.block.rawBytes };
    const place = { id, offset, lengthBytes: recordBytes };
    const piece = await named(threads.packPiece({ kind: 'piece', block, place }), location);
    onBytes(lengthBytes);
    return piece;
  });
}

/** What is damaged is named by its pack and place, which the threads don't know. */
async function named<T>(
  packing: Promise<T>,
  { packId, block }: Pick<Location, 'packId' | 'block'>,
): Promise<T> {
  try {
    return await packing;
  } catch (error) {
    throw inPack(error, packId, block.offset);
  }
}

/** What `work` makes of each item, in their order; of some of them at a time. */
async function* mapInOrder<Item, Result>(
  items: Iterable<Item>,
  atOnce: number,
  work: (item: Item) => Promise<Result>,
): AsyncGenerator<Result> {
  const running: Promise<Result>[] = [];
  for (const item of items) {
    if (running.length >= atOnce) yield await (running.shift() as Promise<Result>);
    const result = work(item);
    // Whoever fails first is heard when its turn comes.
    result.catch(() => undefined);
    running.push(result);
  }
  for (const result of running) yield await result;
}
