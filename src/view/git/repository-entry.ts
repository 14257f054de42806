// Files and directories of a repository that is not on a disk: their contents are made when they are asked for.
import { constants } from 'node:fs';
import type { ByteRange, LazyChildEntries, LazyEntry, ModifiedTime } from '../lazy-entry.js';

/** A file is its content, a directory is what is in it. */
export type RepositoryPart = RepositoryFile | RepositoryDirectory;

export interface RepositoryFile {
  sizeBytes(): number;
  content(): Uint8Array;
}

export interface RepositoryDirectory {
  find(name: string): RepositoryPart | undefined;
  names(): Iterable<string>;
}

const USER_ID = process.getuid?.() ?? 0;
const GROUP_ID = process.getgid?.() ?? 0;

export class RepositoryEntry implements LazyEntry {
  readonly userId = USER_ID;
  readonly groupId = GROUP_ID;
  readonly deviceNumber = 0;

  constructor(
    readonly path: string,
    private readonly part: RepositoryPart,
    /** Of the latest point. */
    readonly modified: ModifiedTime,
  ) {}

  get file(): string {
    return this.path;
  }

  get mode(): number {
    return 'content' in this.part ? constants.S_IFREG | 0o444 : constants.S_IFDIR | 0o755;
  }

  linkCount(): number {
    return 'content' in this.part ? 1 : 2;
  }

  sizeBytes(): number {
    return 'content' in this.part ? this.part.sizeBytes() : 0;
  }

  read({ offset, lengthBytes }: ByteRange): Uint8Array {
    return 'content' in this.part
      ? this.part.content().subarray(offset, offset + lengthBytes)
      : new Uint8Array();
  }

  target(): string {
    return '';
  }

  children(): LazyChildEntries {
    const { part } = this;
    if ('content' in part) return { get: () => undefined, keys: () => [] };
    const prefix = this.path === '/' ? '' : this.path;
    return {
      get: (name) => {
        const found = part.find(name);
        return found === undefined
          ? undefined
          : new RepositoryEntry(`${prefix}/${name}`, found, this.modified);
      },
      keys: () => part.names(),
    };
  }
}

/** A file that has `text` in it. */
export function textFile(text: () => string): RepositoryFile {
  let bytes: Buffer | undefined;
  const content = () => {
    bytes ??= Buffer.from(text());
    return bytes;
  };
  return { content, sizeBytes: () => content().length };
}

/** A directory with `parts` in it. */
export function fixedDirectory(parts: Readonly<Record<string, RepositoryPart>>): RepositoryDirectory {
  return {
    find: (name) => (Object.hasOwn(parts, name) ? parts[name] : undefined),
    names: () => Object.keys(parts),
  };
}

/** Files at slash-separated paths, with the directories that they need. */
export function treeOfFiles(files: ReadonlyMap<string, RepositoryFile>): RepositoryDirectory {
  const parts = new Map<string, RepositoryFile>();
  const below = new Map<string, Map<string, RepositoryFile>>();
  for (const [path, file] of files) {
    const slash = path.indexOf('/');
    if (slash < 0) {
      parts.set(path, file);
      continue;
    }
    const name = path.slice(0, slash);
    const inside = below.get(name) ?? new Map<string, RepositoryFile>();
    below.set(name, inside.set(path.slice(slash + 1), file));
  }
  return {
    find(name) {
      const inside = below.get(name);
      return inside === undefined ? parts.get(name) : treeOfFiles(inside);
    },
    names: () => [...parts.keys(), ...below.keys()],
  };
}
