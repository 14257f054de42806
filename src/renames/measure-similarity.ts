// How similar a new file is to one of before, in percent. Contents are read once, and only where the sizes allow for
// enough likeness; memory and time are bounded, and what is beyond the bounds is not compared.
import type { ObjectId } from '../../store/object-id.js';
import type { RecipeChunk } from '../../store/pack/record.js';
import { type ContentSpans, keptBytes, SpanCutter } from './content-spans.js';
import type { RenameSource, RenameTarget } from './pairs.js';

/** One side's contents. `undefined` where there is none, or it can't be read: then it is like no other. */
export interface ContentMeans {
  readonly sizeBytes: (file: RenameTarget) => Promise<number | undefined>;
  readonly content: (file: RenameTarget, mostBytes: number) => Promise<Uint8Array | undefined>;
  /** The chunks of a large file, as far as they are known without reading it. */
  readonly chunks: (file: RenameTarget) => Promise<readonly RecipeChunk[] | undefined>;
}

/** Larger files are compared by their chunks. */
const MOST_BYTES = 8 << 20;
/** How many spans are kept: 64 MiB of them. */
const MOST_SPANS = 8 << 20;
/** How many spans are compared, which takes a second or two. */
const MOST_STEPS = 500_000_000;

type Print = { readonly spans: ContentSpans } | { readonly chunks: readonly RecipeChunk[] };

export class SimilarityMeter {
  private readonly cutter = new SpanCutter();
  private readonly sizes = { before: new Map<string, number>(), after: new Map<string, number>() };
  private readonly prints = {
    before: new Map<string, Print | undefined>(),
    after: new Map<string, Print | undefined>(),
  };
  private spans = 0;
  private steps = 0;

  constructor(
    private readonly means: { readonly before: ContentMeans; readonly after: ContentMeans },
    /** In percent: what is less similar counts as not at all. */
    private readonly least: number,
  ) {}

  /** Whether the bounds were reached: then some files were not compared. */
  get isExhausted(): boolean {
    return this.spans >= MOST_SPANS || this.steps >= MOST_STEPS;
  }

  /** The percentage, not rounded; 0 where it is less than what counts. */
  async measure(source: RenameSource, target: RenameTarget): Promise<number> {
    const [left, right] = [await this.sizeOf(source, 'before'), await this.sizeOf(target, 'after')];
    const [smaller, larger] = [Math.min(left, right), Math.max(left, right)];
    if (smaller === 0 || smaller * 100 < larger * this.least) return 0;
    if (this.isExhausted) return 0;
    const before = await this.printOf(source, 'before');
    const after = before === undefined ? undefined : await this.printOf(target, 'after');
    if (before === undefined || after === undefined) return 0;
    const percent = (this.kept(before, after) / larger) * 100;
    return percent < this.least ? 0 : percent;
  }

  private kept(before: Print, after: Print): number {
    if ('spans' in before && 'spans' in after) {
      this.steps += before.spans.hashes.length + after.spans.hashes.length;
      return keptBytes(before.spans, after.spans);
    }
    return 'chunks' in before && 'chunks' in after ? sharedChunkBytes(before.chunks, after.chunks) : 0;
  }

  private async sizeOf(file: RenameTarget, side: 'before' | 'after'): Promise<number> {
    const known = this.sizes[side].get(file.path);
    if (known !== undefined) return known;
    const sizeBytes = (await this.means[side].sizeBytes(file)) ?? 0;
    this.sizes[side].set(file.path, sizeBytes);
    return sizeBytes;
  }

  private async printOf(file: RenameTarget, side: 'before' | 'after'): Promise<Print | undefined> {
    const prints = this.prints[side];
    if (prints.has(file.path)) return prints.get(file.path);
    const print = await this.takePrint(file, side);
    prints.set(file.path, print);
    return print;
  }

  private async takePrint(file: RenameTarget, side: 'before' | 'after'): Promise<Print | undefined> {
    if ((await this.sizeOf(file, side)) > MOST_BYTES) {
      const chunks = await this.means[side].chunks(file);
      return chunks === undefined ? undefined : { chunks };
    }
    const content = await this.means[side].content(file, MOST_BYTES);
    if (content === undefined) return undefined;
    const spans = this.cutter.cut(content);
    this.spans += spans.hashes.length;
    return { spans };
  }
}

/** The bytes of `after` that are in chunks of `before`, too. */
export function sharedChunkBytes(before: readonly RecipeChunk[], after: readonly RecipeChunk[]): number {
  const known = new Set<ObjectId>(before.map(({ id }) => id));
  return after.reduce((sum, { id, lengthBytes }) => sum + (known.has(id) ? lengthBytes : 0), 0);
}
