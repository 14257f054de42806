// A store: its settings, its refs, its objects. Opening reads store.json and nothing else; the index and the refs
// are read when they are first asked for.
import type { Backend } from './backend.js';
import { type ChunkCutter, createChunkCutter, DEFAULT_CHUNKING } from './chunking/chunk-cutter.js';
import { findIdSalt, readMarkedPacks } from './collect/garbage-files.js';
import { assert, isSavepointError, SavepointError } from './errors.js';
import { createKnownIds, KnownIdTable, type SharedKnownIds } from './index/known-ids.js';
import { type ObjectIndex, openIndex } from './index/object-index.js';
import { openSoundIndex, type SoundIndex } from './index/open-sound-index.js';
import { publishSegment } from './index/publish-segment.js';
import { mergeSmallPacks } from './merge/merge-small-packs.js';
import type { ObjectFormat, ObjectId } from './object-id.js';
import { ObjectReader } from './object-reader.js';
import { NOTHING_IS_NEW, ObjectWriter } from './object-writer.js';
import { type OpenPack, openPack, type PackSource } from './pack/pack-reader.js';
import type { FinishedPack } from './pack/pack-writer.js';
import type { Platform } from './platform.js';
import { beginRefLog } from './refs/begin-ref-log.js';
import { openRefLog, type RefLog } from './refs/ref-log.js';
import {
  completeSettings,
  createSettings,
  findSettings,
  hasSettings,
  STORE_FORMAT,
  type StoreSettings,
} from './store-settings.js';
import { requireUnrepaired } from './verify/quarantine.js';

export interface StoreEnvironment {
  readonly backend: Backend;
  readonly platform: Platform;
}

export interface Store extends PackSource {
  readonly settings: StoreSettings;
  readonly refs: RefLog;
  /** Opens the index as it is now. */
  openIndex(): Promise<ObjectIndex>;
  /** A reader over the index as it is now. */
  openReader(): Promise<ObjectReader>;
  createCutter(): ChunkCutter;
}

/** Makes a store in an empty place. Throws STORE_EXISTS where there is one. */
export async function initStore(
  environment: StoreEnvironment,
  objectFormat: ObjectFormat = 'sha256',
): Promise<Store> {
  const { backend, platform } = environment;
  const settings: StoreSettings = {
    format: STORE_FORMAT,
    id: platform.randomHex(16),
    objectFormat,
    chunking: { algorithm: 'fastcdc', ...DEFAULT_CHUNKING },
    codec: 'zstd',
    encryption: 'none',
  };
  if (await hasSettings(environment)) throw storeExists(backend);
  // Before there is a store: from then on, one without any ref file has lost them.
  await beginRefLog({ backend, platform, format: objectFormat });
  if (!(await createSettings(environment, settings))) throw storeExists(backend);
  return storeOf(environment, settings);
}

function storeExists({ location }: Backend): SavepointError {
  return new SavepointError('STORE_EXISTS', `There is a store in ${location} already.`, {
    fields: { location },
  });
}

/** Opens a store. Throws STORE_NOT_FOUND, STORE_NEWER or STORE_CORRUPT. */
export async function openStore(environment: StoreEnvironment): Promise<Store> {
  const { backend } = environment;
  const settings = await findSettings(environment);
  if (settings === undefined) {
    throw new SavepointError(
      'STORE_NOT_FOUND',
      `There is no store in ${backend.location}. Make one with 'savepoint init ${backend.location}', or name another with --store.`,
      { fields: { location: backend.location } },
    );
  }
  return storeOf(environment, settings);
}

function storeOf(environment: StoreEnvironment, settings: StoreSettings): Store {
  const { backend, platform } = environment;
  const source: PackSource = { backend, platform, format: settings.objectFormat };
  return {
    ...source,
    settings,
    refs: openRefLog({ backend, platform, format: settings.objectFormat }),
    openIndex: () => openIndex(source),
    openReader: async () => new ObjectReader(source, await openIndex(source)),
    createCutter: () => createChunkCutter(settings.chunking),
  };
}

export interface StoreWriteOptions {
  /** zstd's level; 2 unless set: 5 % larger than 3, and a quarter faster. */
  readonly compressionLevel?: number;
  /** Decode and compare every block before its pack is published, not one in sixteen. */
  readonly paranoid?: boolean;
}

/** A write in progress. Nothing of it can be reached before its end: packs first, then the index, then a ref. */
export interface StoreWrite {
  readonly store: Store;
  readonly index: ObjectIndex;
  readonly known: KnownIdTable;
  readonly compressionLevel: number;
  readonly checkOneBlockIn: number;
  /** What makes the ids of packs differ from those of others with equal content, where they have to. */
  readonly idSalt: string | undefined;
  /** What other threads need to know what is stored already. */
  share(): SharedKnownIds;
  createWriter(packClass: 'data' | 'metadata'): ObjectWriter;
  /** Indexes packs that are durable. */
  publish(packs: readonly FinishedPack[]): Promise<void>;
  /**
   * Merges small packs where they have piled up. To be called when everything that was written is published: it is
   * housekeeping, and a disk that is full, fails or is read-only keeps nothing from being done but that.
   */
  tidy(): Promise<void>;
  /** To be called at the end, be it done or given up: garbage collection waits for it. */
  end(): Promise<void>;
}

export async function beginWrite(store: Store, options: StoreWriteOptions = {}): Promise<StoreWrite> {
  await store.backend.removeAbandonedWrites();
  await completeSettings(store, store.settings);
  // It says that a write is under way, before this looks at what is about to go.
  const presence = await store.backend.createWriter();
  const marked = await readMarkedPacks(store);
  const idSalt = await findIdSalt(store);
  const { index, unsound } = await openSoundIndex(store);
  const { known, share } = await createKnownIds(index, { format: store.format, without: marked });
  const compressionLevel = options.compressionLevel ?? 2;
  const checkOneBlockIn = options.paranoid === true ? 1 : 16;
  const claiming = {
    has: (id: ObjectId) => known.has(id),
    claim: (id: ObjectId) => {
      known.makeRoom(1);
      return known.claim(id);
    },
  };
  const writerOptions = { ...pick(store), known: claiming, compressionLevel, checkOneBlockIn, idSalt };
  return {
    store,
    index,
    known,
    compressionLevel,
    checkOneBlockIn,
    idSalt,
    share,
    createWriter: (packClass) =>
      new ObjectWriter({ ...writerOptions, packClass, cutter: store.createCutter() }),
    publish: (packs) => publish(store, { index, unsound }, packs),
    tidy: () => tidy(store),
    end: () => presence.abort(),
  };
}

/** As `beginWrite`, for whoever only wants to know what ids things have: nothing in the store is touched. */
export async function beginLook(store: Store): Promise<{ write: StoreWrite; reader: ObjectReader }> {
  const index = await store.openIndex();
  const known = new KnownIdTable(() => true);
  const share = () => ({ format: store.format, segments: [], presentPacks: [], tables: [] });
  const createWriter = (packClass: 'data' | 'metadata') =>
    new ObjectWriter({
      ...pick(store),
      packClass,
      known: NOTHING_IS_NEW,
      cutter: store.createCutter(),
      ...LOOKING,
    });
  const publish = async () => assert(false, 'a look publishes nothing');
  const tidy = async () => assert(false, 'a look tidies nothing up');
  const end = async () => undefined;
  const write = { store, index, known, share, createWriter, publish, tidy, end, ...LOOKING };
  return { write, reader: new ObjectReader(store, index) };
}

const LOOKING = { compressionLevel: 1, checkOneBlockIn: 1, idSalt: undefined };

/** Segments that are damaged are replaced: what they said is said again by the new one. */
async function publish(
  store: Store,
  { index, unsound }: SoundIndex,
  packs: readonly FinishedPack[],
): Promise<void> {
  const unindexed = await openThoseThere(store, index.state.unindexedPacks);
  await requireUnrepaired(store, index);
  if (packs.length + unindexed.length === 0) return;
  const published = await publishSegment(store, [...packs, ...unindexed]);
  for (const name of unsound.keys()) if (name !== published) await store.backend.remove(name);
}

async function tidy(store: Store): Promise<void> {
  try {
    await mergeSmallPacks(store);
  } catch (error) {
    if (!isSavepointError(error, 'STORAGE_FULL', 'STORAGE_FAILED', 'STORE_READ_ONLY')) throw error;
  }
}

/** Packs that are gone have been merged by another process, which has indexed what it made of them. */
async function openThoseThere(source: PackSource, ids: readonly string[]): Promise<OpenPack[]> {
  const opened: OpenPack[] = [];
  for (const id of ids) {
    try {
      opened.push(await openPack(source, id));
    } catch (error) {
      if (!isSavepointError(error, 'PACK_MISSING')) throw error;
    }
  }
  return opened;
}

function pick(store: Store): PackSource {
  return { backend: store.backend, platform: store.platform, format: store.format };
}
