// Takes the contents of files from a repository into the store: small ones in this thread, others by the threads that also
// capture files. Memory does not grow with what a file holds.
import { checkAborted } from '../../store/errors.js';
import { LARGE_OBJECT_BYTES, LargeObject } from '../../store/large-object.js';
import type { ObjectId } from '../../store/object-id.js';
import type { ObjectWriter } from '../../store/object-writer.js';
import type { FinishedPack } from '../../store/pack/pack-writer.js';
import type { StoreWrite } from '../../store/store.js';
import { type CapturePool, createCapturePool, type GitObject } from '../composition.js';
import type { Session } from '../session.js';

/** From here on a content is worth the way to another thread. */
const LARGE_BYTES = 32 << 10;
const WINDOW_BYTES = 8 << 20;

export class BlobIntake {
  private readonly small: ObjectWriter;
  private readonly pool: CapturePool;

  constructor(
    session: Session,
    private readonly write: StoreWrite,
    private readonly signal?: AbortSignal,
  ) {
    this.small = write.createWriter('data');
    this.pool = createCapturePool({ write, directory: session.threads ? session.location : undefined });
  }

  /** Takes all of `object`'s content, and answers at once where others go on with it: the id comes later. */
  async add(object: GitObject): Promise<{ readonly id: ObjectId | Promise<ObjectId> }> {
    if (object.sizeBytes > LARGE_OBJECT_BYTES) return { id: await this.addLarge(object) };
    let content: Uint8Array = new Uint8Array(0);
    for await (const piece of object.content) content = piece;
    if (content.length < LARGE_BYTES) return { id: await this.small.add('blob', content) };
    await this.pool.ready();
    return { id: awaitedLater(this.pool.captureChunk(content)) };
  }

  /** Makes everything durable; nothing may be added afterwards. */
  async finish(): Promise<{ readonly packs: readonly FinishedPack[]; readonly newObjects: number }> {
    const pooled = await this.pool.finish();
    const packs = await this.small.finish();
    const newObjects = pooled.newObjects + this.small.counts.newObjects;
    return { packs: [...pooled.packs, ...packs], newObjects };
  }

  async abort(): Promise<void> {
    await this.pool.abort();
    await this.small.abort();
  }

  private async addLarge({ sizeBytes, content }: GitObject): Promise<ObjectId> {
    const { platform, format } = this.write.store;
    const ids: Promise<ObjectId>[] = [];
    const addChunk = async (bytes: Uint8Array) => {
      await this.pool.ready();
      ids.push(awaitedLater(this.pool.captureChunk(bytes)));
    };
    const cutter = this.write.store.createCutter();
    const large = new LargeObject({ platform, format, cutter, kind: 'blob', sizeBytes, addChunk });
    const window = Buffer.allocUnsafeSlow(WINDOW_BYTES);
    let filled = 0;
    let taken = 0;
    for await (const piece of content) {
      checkAborted(this.signal);
      taken += piece.length;
      window.set(piece, filled);
      filled += piece.length;
      if (filled + LARGE_OBJECT_BYTES <= window.length && taken < sizeBytes) continue;
      const used = await large.take(window.subarray(0, filled), taken === sizeBytes);
      window.copyWithin(0, used, filled);
      filled -= used;
    }
    const recipe = large.finish(await Promise.all(ids));
    await this.pool.addRecipe(recipe);
    return recipe.id;
  }
}

/** A failure is heard of where the id is awaited, or by the pool as a whole. */
function awaitedLater(id: Promise<ObjectId>): Promise<ObjectId> {
  id.catch(() => undefined);
  return id;
}
