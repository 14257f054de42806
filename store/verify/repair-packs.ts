// Mends packs: what can be read of a damaged one goes to a new pack, and the damaged file is kept in quarantine. What
// could not be read is no longer known to the index, so that the next save stores it again where it still exists.

import { isSavepointError } from '../errors.js';
import { openSoundIndex } from '../index/open-sound-index.js';
import type { PackToIndex } from '../index/publish-segment.js';
import { openPacksOf, replaceSegments } from '../merge/rewrite-segments.js';
import type { ObjectId } from '../object-id.js';
import { entryLength, readEntry } from '../pack/entry.js';
import { PACK_HEADER_BYTES, type PackClass, parsePackHeader } from '../pack/pack-format.js';
import { type PackSource, readBlock, salvagePack } from '../pack/pack-reader.js';
import { PackWriter, packName } from '../pack/pack-writer.js';
import { readDamaged } from '../read-damaged.js';
import { quarantineName } from './quarantine.js';

const PIECE_BYTES = 4 << 20;

export interface RepairedPack {
  readonly id: string;
  /** How many objects could be read. */
  readonly objects: number;
  /** Where the damaged file is kept. */
  readonly quarantine: string;
}

/** Replaces the packs `ids` by what can be read of them, and indexes what there is. */
export async function repairPacks(source: PackSource, ids: readonly string[]): Promise<RepairedPack[]> {
  const repaired: RepairedPack[] = [];
  const added: PackToIndex[] = [];
  for (const id of ids) {
    const pack = await rewriteReadable(source, id);
    const quarantine = quarantineName(id);
    await copyFile(source, packName(id), quarantine);
    if (pack !== undefined) added.push(pack);
    const objects = pack === undefined ? 0 : pack.table.entries.length / entryLength(source.format);
    repaired.push({ id, objects, quarantine });
  }
  await reindex(source, { without: new Set(ids), added });
  for (const id of ids) await source.backend.remove(packName(id));
  return repaired;
}

/** Makes segments say what is there: damaged ones are replaced, packs `without` are left out. */
export async function reindex(
  source: PackSource,
  change: { readonly without: ReadonlySet<string>; readonly added: readonly PackToIndex[] },
): Promise<void> {
  const { index, unsound } = await openSoundIndex(source);
  const stored = index.state.segments.filter(({ name }) => name.startsWith('index/'));
  const affected = stored.filter(({ front }) =>
    front.packs.some(({ id }) => change.without.has(id) || !index.state.packs.has(id)),
  );
  const inMemory = index.state.segments.filter(({ name }) => !name.startsWith('index/'));
  const segments = [...affected, ...inMemory];
  const without = new Set([...change.without, ...change.added.map(({ id }) => id)]);
  const kept = await openPacksOf(source, { segments, index, without });
  await replaceSegments(source, segments, [...change.added, ...kept]);
  for (const name of unsound.keys()) await source.backend.remove(name);
}

async function rewriteReadable(source: PackSource, id: string) {
  const table = await salvagePack(source, id);
  const packClass = await classOf(source, id);
  const idSalt = source.platform.randomHex(8);
  const writer = new PackWriter({ ...source, packClass, compressionLevel: 3, checkOneBlockIn: 1, idSalt });
  const copied = new Set<ObjectId>();
  let number = -1;
  let raw: Uint8Array = new Uint8Array();
  for (let i = 0; i < table.entries.length / entryLength(source.format); i++) {
    const entry = readEntry(table.entries, i, source.format);
    if (entry.block !== number) raw = await readBlock(source, id, table.blocks[entry.block]);
    number = entry.block;
    if (copied.has(entry.id)) continue;
    copied.add(entry.id);
    await writer.addRecord(raw.subarray(entry.offset, entry.offset + entry.lengthBytes), entry);
  }
  return writer.finish();
}

/** The class only decides which pack a record goes to; a pack whose header is damaged counts as data. */
async function classOf(source: PackSource, id: string): Promise<PackClass> {
  const header = await readDamaged(source.backend, packName(id), {
    ...{ offset: 0, lengthBytes: PACK_HEADER_BYTES },
  });
  try {
    return parsePackHeader(source.platform, source.format, header ?? new Uint8Array());
  } catch (error) {
    if (!isSavepointError(error, 'PACK_CORRUPT')) throw error;
    return 'data';
  }
}

async function copyFile(source: PackSource, from: string, to: string): Promise<void> {
  if ((await source.backend.size(to)) !== undefined) return;
  const writer = await source.backend.createWriter();
  try {
    for (let offset = 0; ; offset += PIECE_BYTES) {
      const piece = await readDamaged(source.backend, from, { offset, lengthBytes: PIECE_BYTES });
      if (piece === undefined || piece.length === 0) break;
      await writer.append(piece);
    }
    await writer.commit(to);
  } finally {
    await writer.abort();
  }
}
