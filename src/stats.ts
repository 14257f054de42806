// Figures of a store, from its names, sizes, index and point summaries: nothing is decoded.
import { checkAborted } from '../store/errors.js';
import type { ObjectIndex } from '../store/index/object-index.js';
import type { ObjectFormat, ObjectId, ObjectKind } from '../store/object-id.js';
import { PACK_HEADER_BYTES, type PackClass, parsePackHeader } from '../store/pack/pack-format.js';
import { packName } from '../store/pack/pack-writer.js';
import { kindOfNumber, RECIPE_FLAG } from '../store/pack/record.js';
import { SETTINGS_COPY_NAME, SETTINGS_NAME } from '../store/store-settings.js';
import { listPoints } from './list.js';
import type { Point } from './points.js';
import type { Session } from './session.js';
import type { Stoppable } from './stoppable.js';

export interface StoreStatistics {
  readonly location: string;
  readonly objectFormat: ObjectFormat;
  readonly points: {
    readonly count: number;
    /** Points that can't be read; they are in no other figure. */
    readonly damaged: number;
    /** Sums over all points: what plain copies of them would hold. */
    readonly files: number;
    readonly bytes: number;
  };
  /** The names of the components that occur in points, sorted. */
  readonly components: readonly string[];
  readonly latest?: {
    readonly name: string;
    readonly createdAt: string;
    readonly files: number;
    readonly bytes: number;
  };
  readonly packs: Readonly<Record<PackClass, PackStatistics>>;
  /** Packs that the index knows and the store doesn't have. */
  readonly missingPacks: number;
  /** What the store takes, in bytes. */
  readonly stored: {
    readonly data: number;
    readonly metadata: number;
    readonly index: number;
    readonly refs: number;
    /** The operation log, and the journal of an operation in flight. */
    readonly operations: number;
    readonly cache: number;
    readonly total: number;
  };
  /** Stored objects; `chunked` ones are cut into blobs, which count too. */
  readonly objects: Readonly<Record<ObjectKind, number>> & {
    readonly chunked: number;
    readonly total: number;
  };
  /** How many times the content kept once is in points; missing where there is none. */
  readonly deduplication?: number;
  /** How many times what packs hold is what they take. */
  readonly compression?: number;
}

export interface PackStatistics {
  readonly count: number;
  readonly storedBytes: number;
  /** What the blocks hold before they are compressed. */
  readonly rawBytes: number;
}

/** Throws REF_CORRUPT, INDEX_CORRUPT, PACK_CORRUPT where a pack's header is damaged, ABORTED, and what the storage throws. */
export async function readStatistics(session: Session, options: Stoppable = {}): Promise<StoreStatistics> {
  const { store } = session;
  const index = await store.openIndex();
  await index.loadAll();
  checkAborted(options.signal);
  const points = await listPoints(session, options);
  const packs = await countPacks(session, index, options);
  const stored = await measureStored(session, packs);
  const summary = summarize(points);
  const rawBytes = packs.data.rawBytes + packs.metadata.rawBytes;
  return {
    location: session.location,
    objectFormat: store.format,
    ...summary,
    ...{ packs, missingPacks: index.state.missingPacks.length, stored, objects: countObjects(index) },
    ...(packs.data.rawBytes === 0 ? {} : { deduplication: summary.points.bytes / packs.data.rawBytes }),
    ...(rawBytes === 0 ? {} : { compression: rawBytes / (stored.data + stored.metadata) }),
  };
}

function summarize(points: readonly Point[]): Pick<StoreStatistics, 'points' | 'components' | 'latest'> {
  const readable = points.filter(({ damaged }) => damaged === undefined);
  const latest = readable.at(-1);
  return {
    points: {
      count: points.length,
      damaged: points.length - readable.length,
      files: readable.reduce((sum, { files }) => sum + files, 0),
      bytes: readable.reduce((sum, { bytes }) => sum + bytes, 0),
    },
    components: [...new Set(readable.flatMap(({ components }) => components))].sort(),
    ...(latest === undefined
      ? {}
      : {
          latest: {
            name: latest.name,
            createdAt: latest.createdAt,
            files: latest.files,
            bytes: latest.bytes,
          },
        }),
  };
}

async function countPacks(
  session: Session,
  index: ObjectIndex,
  { signal }: Stoppable,
): Promise<StoreStatistics['packs']> {
  const rawBytes = rawBytesByPack(index);
  const packs = {
    data: { count: 0, storedBytes: 0, rawBytes: 0 },
    metadata: { count: 0, storedBytes: 0, rawBytes: 0 },
  };
  for (const [id, sizeBytes] of index.state.packs) {
    checkAborted(signal);
    const packClass = await readPackClass(session, id);
    if (packClass === undefined) continue;
    packs[packClass].count++;
    packs[packClass].storedBytes += sizeBytes;
    packs[packClass].rawBytes += rawBytes.get(id) ?? 0;
  }
  return packs;
}

/** A pack may be in more than one segment. */
function rawBytesByPack(index: ObjectIndex): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { front } of index.state.segments) {
    const own = front.packs.map(() => 0);
    for (let number = 0; number < front.blockCount; number++) {
      const block = front.block(number);
      own[block.pack] += block.rawBytes;
    }
    for (const [position, { id }] of front.packs.entries()) sums.set(id, own[position]);
  }
  return sums;
}

/** `undefined` where the pack was merged into another one meanwhile. */
async function readPackClass(session: Session, id: string): Promise<PackClass | undefined> {
  const { backend, platform, format } = session.store;
  const header = await backend.read(packName(id), { offset: 0, lengthBytes: PACK_HEADER_BYTES });
  return header === undefined ? undefined : parsePackHeader(platform, format, header);
}

async function measureStored(
  session: Session,
  packs: StoreStatistics['packs'],
): Promise<StoreStatistics['stored']> {
  const { backend } = session.store;
  const sizeOf = async (folder: string) =>
    (await backend.list(folder)).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const data = packs.data.storedBytes;
  const metadata = packs.metadata.storedBytes;
  const [index, refs, cache] = [await sizeOf('index'), await sizeOf('refs'), await sizeOf('cache')];
  const settings =
    ((await backend.size(SETTINGS_NAME)) ?? 0) + ((await backend.size(SETTINGS_COPY_NAME)) ?? 0);
  const operations = (await sizeOf('operations')) + (await sizeOf('journal'));
  const total = data + metadata + index + refs + operations + cache + settings;
  return { data, metadata, index, refs, operations, cache, total };
}

function countObjects(index: ObjectIndex): StoreStatistics['objects'] {
  const seen = new Set<ObjectId>();
  const counts = { blob: 0, tree: 0, commit: 0, tag: 0, chunked: 0, total: 0 };
  const several = index.state.segments.length > 1;
  for (const segment of index.state.segments) {
    let previous: ObjectId | undefined;
    for (const { id, kind } of segment.entries()) {
      if (id === previous) continue;
      previous = id;
      if (several) {
        if (seen.has(id)) continue;
        seen.add(id);
      }
      counts[kindOfNumber(kind)]++;
      counts.total++;
      if ((kind & RECIPE_FLAG) !== 0) counts.chunked++;
    }
  }
  return counts;
}
