// A memfs volume over entries that are read when they are looked at, which tells times in nanoseconds.
import { Volume } from 'memfs';
import type { LazyEntry } from '../lazy-entry.js';
import type { CoreNode } from './core-classes.js';
import { isLazyNode, type LazyNode, withoutCounting } from './lazy-node.js';
import { LazySuperblock } from './lazy-superblock.js';

const BLOCK_BYTES = 512;

/** What memfs answers `stat` with, before it is handed out. */
interface MutableStats {
  readonly size: number | bigint;
  readonly ino: number | bigint;
  nlink?: number | bigint;
  blocks: number | bigint;
  mtimeMs: number | bigint;
  mtimeNs?: bigint;
}

type Lookup<T> = (path: string, bigint?: boolean, mustExist?: boolean) => T;

/** Where memfs makes these answers: it offers no other place to make them right. */
interface InnerCalls {
  _lstat: Lookup<MutableStats | undefined>;
  _stat: Lookup<{ readonly ok: boolean; readonly value?: MutableStats }>;
  fstatBase(descriptor: number, bigint?: boolean): MutableStats;
  _readdir(path: string, options: { readonly recursive?: boolean }): unknown[];
}

export class LazyVolume extends Volume {
  /** `root` is a directory. */
  constructor(root: LazyEntry) {
    super(new LazySuperblock(root));
    const calls = this as unknown as InnerCalls;
    const { _lstat, _stat, fstatBase, _readdir } = calls;
    calls._lstat = (...call) => this.refine(withoutCounting(() => _lstat.apply(this, call)));
    calls._stat = (...call) => {
      const found = withoutCounting(() => _stat.apply(this, call));
      this.refine(found.value);
      return found;
    };
    calls.fstatBase = (descriptor, bigint) => {
      const stats = withoutCounting(() => fstatBase.call(this, descriptor, bigint));
      return refined(stats, this._core.getFileByFd(descriptor).node);
    };
    calls._readdir = (path, options) => {
      const listed = _readdir.call(this, path, options);
      return path === '/' && options.recursive === true ? listed.map(withoutStart) : listed;
    };
  }

  private refine<T extends MutableStats | undefined>(stats: T): T {
    return stats === undefined ? stats : refined(stats, this._core.inodes[Number(stats.ino)]);
  }
}

/** Paths that are told by a listing of all that is below the root are relative to it. */
function withoutStart(listed: unknown): unknown {
  return typeof listed === 'string' && listed.startsWith('/') ? listed.slice(1) : listed;
}

/** Tells how many names a file has when somebody wants to know. */
function countLater(stats: MutableStats, node: LazyNode): void {
  const isBig = typeof stats.mtimeMs === 'bigint';
  Object.defineProperty(stats, 'nlink', {
    get: () => (isBig ? BigInt(node.nlink) : node.nlink),
    ...{ enumerable: true, configurable: true },
  });
}

function refined<T extends MutableStats>(stats: T, node: CoreNode | undefined): T {
  const blocks = Math.ceil(Number(stats.size) / BLOCK_BYTES);
  stats.blocks = typeof stats.size === 'bigint' ? BigInt(blocks) : blocks;
  if (node === undefined || !isLazyNode(node)) return stats;
  if (!node.hasCountedNames()) countLater(stats, node);
  const { modifiedNs } = node;
  if (typeof stats.mtimeMs === 'bigint') {
    stats.mtimeMs = modifiedNs / 1_000_000n;
    stats.mtimeNs = modifiedNs;
  } else {
    // As Node does it: the whole seconds and the rest are put together as floating-point numbers.
    stats.mtimeMs = Number(modifiedNs / 1_000_000_000n) * 1000 + Number(modifiedNs % 1_000_000_000n) / 1e6;
  }
  return stats;
}
