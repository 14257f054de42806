// Where stat caches are kept in a store: one file for each captured root. A cache names the point that it was written
// for; where that point is gone, so may be the objects that the cache promises, and it is not used.
import type { Backend } from '../../store/backend.js';
import { encodeName } from '../../store/names.js';
import type { ObjectFormat } from '../../store/object-id.js';
import type { Platform } from '../../store/platform.js';
import { encodeCacheHeader, StatCache } from './stat-cache.js';

/** What a cache is for. */
export interface CacheKey {
  readonly root: string;
  readonly only: readonly string[] | undefined;
}

const ROWS_HEADER = 'savepoint stat cache 1 ';

export class FileStatCaches {
  constructor(
    private readonly source: { readonly backend: Backend; readonly platform: Platform; readonly format: ObjectFormat },
  ) {}

  /** The cache for `key`, if it is sound and `isValid` says that the point which it was written for is still there. */
  async find(key: CacheKey, isValid: (pointId: string) => boolean): Promise<StatCache | undefined> {
    const bytes = await this.source.backend.read(this.nameOf(key));
    if (bytes === undefined) return undefined;
    const parsed = splitCacheFile(bytes);
    if (parsed === undefined || !isValid(parsed.pointId)) return undefined;
    return new StatCache(parsed.rows, this.source.format);
  }

  /** Keeps what was captured for the point `pointId`. */
  async write(key: CacheKey, pointId: string, rows: readonly Buffer[]): Promise<void> {
    const header = Buffer.from(`${ROWS_HEADER}${pointId}\n`);
    const bytes = Buffer.concat([header, encodeCacheHeader(this.source.format), ...rows]);
    await this.source.backend.replace(this.nameOf(key), bytes);
  }

  private nameOf(key: CacheKey): string {
    const text = encodeName([key.root, ...(key.only ?? [])].join('\0'));
    return `cache/stat-${this.source.platform.hash('sha256', text).slice(0, 32)}`;
  }
}

/** Whether each byte of a cache file is as it was written; `verify` asks. */
export function isSoundCacheFile(bytes: Uint8Array, format: ObjectFormat): boolean {
  const parsed = splitCacheFile(bytes);
  return parsed !== undefined && new StatCache(parsed.rows, format).isSound();
}

function splitCacheFile(bytes: Uint8Array): { pointId: string; rows: Buffer } | undefined {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const end = buffer.indexOf('\n');
  const first = buffer.toString('latin1', 0, Math.max(0, end));
  const match = /^savepoint stat cache 1 ([0-9a-f]{40,64})$/.exec(first);
  return match === null ? undefined : { pointId: match[1], rows: buffer.subarray(end + 1) };
}
