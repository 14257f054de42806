// Where stat caches are kept in a store: one file for each captured root. A cache names the point that it was written
// for; where that point is gone, so may be the objects that the cache promises, and it is not used.
import { crc32 } from 'node:zlib';
import type { Backend } from '../../store/backend.js';
import { encodeName } from '../../store/names.js';
import type { ObjectFormat } from '../../store/object-id.js';
import type { Platform } from '../../store/platform.js';
import { hasXattrCalls } from '../node/posix-xattr.js';
import { encodeCacheHeader, StatCache } from './stat-cache.js';

/** What a cache is for. */
export interface CacheKey {
  readonly root: string;
  readonly only: readonly string[] | undefined;
}

export class FileStatCaches {
  constructor(
    private readonly source: {
      readonly backend: Backend;
      readonly platform: Platform;
      readonly format: ObjectFormat;
    },
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
    const header = encodeHeader(pointId);
    const bytes = Buffer.concat([header, encodeCacheHeader(this.source.format), ...rows]);
    await this.source.backend.replace(this.nameOf(key), bytes);
  }

  /** Drops the caches of all roots. */
  async dropAll(): Promise<void> {
    for (const { name } of await this.source.backend.list('cache')) {
      if (name.startsWith('cache/stat-')) await this.source.backend.remove(name);
    }
  }

  private nameOf(key: CacheKey): string {
    // What was captured without extended attributes is not all that there is where they can be read.
    const ability = hasXattrCalls() ? [] : ['', 'without xattrs'];
    const text = encodeName([key.root, ...(key.only ?? []), ...ability].join('\0'));
    return `cache/stat-${this.source.platform.hash('sha256', text).slice(0, 32)}`;
  }
}

/** Whether each byte of a cache file is as it was written; `verify` asks. */
export function isSoundCacheFile(bytes: Uint8Array, format: ObjectFormat): boolean {
  const parsed = splitCacheFile(bytes);
  return parsed !== undefined && new StatCache(parsed.rows, format).isSound();
}

/** The first line names the point, and ends with the CRC-32 of what stands before it. */
function encodeHeader(pointId: string): Buffer {
  const text = `savepoint stat cache 1 ${pointId} `;
  return Buffer.from(`${text}${crc32(text).toString(16).padStart(8, '0')}\n`);
}

function splitCacheFile(bytes: Uint8Array): { pointId: string; rows: Buffer } | undefined {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const end = buffer.indexOf('\n') + 1;
  const match = /^savepoint stat cache 1 ([0-9a-f]{40,64}) /.exec(buffer.toString('latin1', 0, end));
  if (match === null || !buffer.subarray(0, end).equals(encodeHeader(match[1]))) return undefined;
  return { pointId: match[1], rows: buffer.subarray(end) };
}
