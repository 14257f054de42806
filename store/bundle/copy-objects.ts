// Copies chosen objects from packs of a store into packs of a bundle. Blocks of which all is wanted go over as they are
// stored, decoded and hashed to be sure of them; what stands in other blocks is gathered into new ones.
import { type ErrorCode, isSavepointError } from '../errors.js';
import { checkedRecord } from '../pack/block-records.js';
import { type Entry, entryLength, readEntry } from '../pack/entry.js';
import type { PackClass } from '../pack/pack-format.js';
import {
  BlockBuffers,
  type OpenPack,
  openPack,
  type PackSource,
  readStoredBlock,
} from '../pack/pack-reader.js';
import { PackWriter } from '../pack/pack-writer.js';
import { RECIPE_FLAG } from '../pack/record.js';
import type { BundleOutput } from './bundle-output.js';
import type { ObjectSelection } from './object-selection.js';

const COMPRESSION_LEVEL = 3;
const PACK_TARGET_BYTES = 512 << 20;
/** Another pack may hold the same, and sound. */
const UNREADABLE: readonly ErrorCode[] = ['PACK_MISSING', 'PACK_CORRUPT', 'BLOCK_CORRUPT', 'OBJECT_CORRUPT'];

/** The records of one block that are wanted. */
interface WantedBlock {
  readonly number: number;
  readonly entries: readonly Entry[];
  readonly isWhole: boolean;
}

export class PackCopying {
  /** Why something could not be read, where it is still waited for. */
  failure: unknown;
  private readonly buffers = new BlockBuffers();

  constructor(
    private readonly source: PackSource,
    private readonly selection: ObjectSelection,
    private readonly output: BundleOutput,
  ) {}

  /** Recipes go last in each class: who takes the bundle in has their chunks by then. */
  async copy(ids: readonly string[]): Promise<void> {
    const opened = await this.openAll(ids);
    for (const packClass of ['data', 'metadata'] as const) {
      const members = opened.filter((pack) => pack.packClass === packClass);
      const writers = new BundlePackWriters(this.source, this.output, packClass);
      for (const { id } of members)
        await this.tolerantly(id, (pack) => this.copyPack(pack, writers, { recipes: false }));
      await writers.flush();
      for (const { id } of members)
        await this.tolerantly(id, (pack) => this.copyPack(pack, writers, { recipes: true }));
      await writers.finish();
    }
  }

  private async openAll(ids: readonly string[]): Promise<Pick<OpenPack, 'id' | 'packClass'>[]> {
    const opened: Pick<OpenPack, 'id' | 'packClass'>[] = [];
    for (const each of ids) {
      await this.tolerantly(each, async ({ id, packClass }) => {
        opened.push({ id, packClass });
      });
    }
    return opened;
  }

  private async tolerantly(id: string, work: (pack: OpenPack) => Promise<void>): Promise<void> {
    let pack: OpenPack;
    try {
      pack = await openPack(this.source, id);
    } catch (error) {
      return this.note(error);
    }
    await work(pack);
  }

  private note(error: unknown): void {
    if (!isSavepointError(error, ...UNREADABLE)) throw error;
    this.failure = error;
  }

  private async copyPack(
    pack: OpenPack,
    writers: BundlePackWriters,
    { recipes }: { readonly recipes: boolean },
  ): Promise<void> {
    // Whole ones first, as each of them ends the block that is being filled.
    for (const isWhole of [true, false]) {
      for (const block of this.wantedBlocks(pack, recipes)) {
        if (block.isWhole === isWhole) await this.copyBlock(pack, writers, block);
      }
    }
  }

  private *wantedBlocks(pack: OpenPack, recipes: boolean): Generator<WantedBlock> {
    const { format } = this.source;
    const count = pack.table.entries.length / entryLength(format);
    for (let at = 0; at < count; ) {
      const { block } = readEntry(pack.table.entries, at, format);
      const entries: Entry[] = [];
      const start = at;
      for (; at < count; at++) {
        const entry = readEntry(pack.table.entries, at, format);
        if (entry.block !== block) break;
        const isRecipe = (entry.kind & RECIPE_FLAG) !== 0;
        if (isRecipe === recipes && this.selection.isWaiting(entry.id)) entries.push(entry);
      }
      if (entries.length > 0) yield { number: block, entries, isWhole: entries.length === at - start };
    }
  }

  private async copyBlock(pack: OpenPack, writers: BundlePackWriters, block: WantedBlock): Promise<void> {
    const { number, isWhole } = block;
    // One object may stand in a pack twice.
    const entries = block.entries.filter(({ id }) => this.selection.isWaiting(id));
    if (entries.length === 0) return;
    let stored: Uint8Array;
    let records: Uint8Array[];
    let rawBytes: number;
    try {
      const read = { ...pack.table.blocks[number], buffers: this.buffers };
      const found = await readStoredBlock(this.source, pack.id, read);
      records = entries.map((entry) => checkedRecord(this.source, found.raw, entry));
      stored = found.stored;
      rawBytes = found.raw.length;
    } catch (error) {
      return this.note(error);
    }
    const filled = records.reduce((sum, record) => sum + record.length, 0);
    const writer = await writers.next();
    if (isWhole && filled === rawBytes) await writer.addBlock(stored, { rawBytes, records: entries });
    else for (const [i, record] of records.entries()) await writer.addRecord(record, entries[i]);
    for (const { id } of entries) this.selection.markDone(id);
  }
}

/** The packs of one class in a bundle, one after the other. */
class BundlePackWriters {
  private writer: PackWriter | undefined;

  constructor(
    private readonly source: PackSource,
    private readonly output: BundleOutput,
    private readonly packClass: PackClass,
  ) {}

  async next(): Promise<PackWriter> {
    if (this.writer !== undefined && this.writer.sizeBytes() >= PACK_TARGET_BYTES) await this.finish();
    const { platform, format } = this.source;
    this.writer ??= new PackWriter({
      ...{ backend: this.output, platform, format, packClass: this.packClass },
      ...{ compressionLevel: COMPRESSION_LEVEL, checkOneBlockIn: 1 },
    });
    return this.writer;
  }

  async flush(): Promise<void> {
    await this.writer?.flush();
  }

  async finish(): Promise<void> {
    await this.writer?.finish();
    this.writer = undefined;
  }
}
