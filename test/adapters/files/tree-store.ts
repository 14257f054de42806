// Captures directory trees into a store in memory, looks at what was captured, and restores it: the files adapter from
// end to end, without a disk under the store and without threads.

import { createMemoryBackend } from '#adapters/backends/memory-backend.js';
import { applyRestore, type RestoreOutcome } from '#adapters/files/apply-restore.js';
import { type CapturedTree, type CaptureTreeOptions, captureTree } from '#adapters/files/capture-tree.js';
import { createCapturePool } from '#adapters/files/create-capture-pool.js';
import { type DirectoryIds, encodeCacheHeader, StatCache } from '#adapters/files/stat-cache.js';
import { createNodePlatform } from '#adapters/node/node-platform.js';
import { diffTrees } from '#src/diff.js';
import type { FileEntry } from '#src/directory-listing.js';
import { planRestore } from '#src/plan-restore.js';
import { readDirectory } from '#src/point-tree.js';
import type { ObjectFormat } from '#store/object-id.js';
import { ObjectReader } from '#store/object-reader.js';
import { beginWrite, initStore, type Store } from '#store/store.js';

export class TreeStore {
  private constructor(readonly store: Store) {}

  static async make(format: ObjectFormat = 'sha256'): Promise<TreeStore> {
    const platform = await createNodePlatform();
    return new TreeStore(await initStore({ backend: createMemoryBackend(), platform }, format));
  }

  /** Captures the tree at `root`, and publishes what is new. */
  async capture(root: string, options: Partial<CaptureTreeOptions> = {}): Promise<CapturedTree> {
    const { store } = this;
    const write = await beginWrite(store);
    const pool = createCapturePool({ write, directory: undefined });
    const metadata = write.createWriter('metadata');
    const captured = await captureTree({
      root,
      oneFileSystem: false,
      skip: new Set(),
      cache: undefined,
      pool,
      metadata,
      platform: store.platform,
      cutter: store.createCutter(),
      format: store.format,
      ...options,
    });
    await write.publish([...(await pool.finish()).packs, ...(await metadata.finish())]);
    return captured;
  }

  /** What the next capture may rely on. */
  cacheOf(captured: CapturedTree): StatCache {
    const { format } = this.store;
    return new StatCache(Buffer.concat([encodeCacheHeader(format), ...captured.rows]), format);
  }

  /** All that was captured, by path relative to the root, which is ''. */
  async list(ids: DirectoryIds): Promise<Map<string, FileEntry>> {
    const context = { source: await this.store.openReader(), format: this.store.format };
    const listed = new Map<string, FileEntry>();
    const walk = async (path: string, directory: DirectoryIds): Promise<void> => {
      const { entries, self } = await readDirectory(context, directory);
      if (self !== undefined) listed.set('', { attributes: self, id: undefined, directory });
      for (const [name, entry] of entries) {
        const child = path === '' ? name : `${path}/${name}`;
        listed.set(child, entry);
        if (entry.directory !== undefined) await walk(child, entry.directory);
      }
    };
    await walk('', ids);
    return listed;
  }

  /** Makes the tree at `root` what was captured as `ids`: what the point does not have is removed. */
  async restore(ids: DirectoryIds, root: string): Promise<RestoreOutcome & { steps: number }> {
    const { store } = this;
    const live = await this.capture(root);
    const index = await store.openIndex();
    const reader = new ObjectReader(store, index);
    const context = { source: reader, format: store.format };
    const changes = diffTrees({ before: { context, ids: live.ids }, after: { context, ids } });
    const options = {
      scope: [''],
      delete: true,
      unsaved: [],
      only: undefined,
      root,
      typeAt: () => undefined,
    };
    const { steps } = await planRestore(changes, options);
    const content = { index, reader };
    const outcome = await applyRestore({ root, steps, content, source: store, storeDirectory: undefined });
    return { ...outcome, steps: steps.length };
  }
}
