// A directory as an import left it, in memory while the next tag is read: what is equal there is neither read nor stored again,
// and keeps its time.

import type { ObjectId } from '../../store/object-id.js';
import type { ObjectReader } from '../../store/object-reader.js';
import { TREE_MODES, type TreeMode } from '../../store/objects/tree.js';
import type { DirectoryIds, FileAttributes } from '../composition.js';
import { readDirectory, type TreeContext } from '../point-tree.js';

export interface ImportedEntry {
  readonly mode: TreeMode;
  /** Its id in the repository; `undefined` where that is not known. */
  readonly gitId: ObjectId | undefined;
  /** Its id in the store. */
  readonly id: ObjectId;
  readonly sizeBytes: number;
  readonly attributes: FileAttributes;
  readonly directory?: ImportedDirectory | undefined;
}

export interface ImportedCounts {
  readonly files: number;
  readonly directories: number;
  /** The sum of file sizes. */
  readonly bytes: number;
}

export interface ImportedDirectory {
  readonly gitId: ObjectId | undefined;
  readonly ids: DirectoryIds;
  readonly entries: ReadonlyMap<string, ImportedEntry>;
  readonly counts: ImportedCounts;
  /** When its names changed last. */
  readonly seconds: number;
}

/** What is in a directory and below it. */
export function countEntries(entries: Iterable<ImportedEntry>): ImportedCounts {
  const counts = { files: 0, directories: 1, bytes: 0 };
  for (const { mode, sizeBytes, directory } of entries) {
    counts.files += directory?.counts.files ?? 1;
    counts.directories += directory?.counts.directories ?? 0;
    counts.bytes += directory?.counts.bytes ?? (mode === TREE_MODES.symlink ? 0 : sizeBytes);
  }
  return counts;
}

/** What stands in the store under `ids`, from an earlier import. */
export async function readImported(
  from: {
    readonly context: TreeContext;
    readonly reader: ObjectReader;
    readonly findGitId: (id: ObjectId) => ObjectId | undefined;
  },
  ids: DirectoryIds,
  ownSeconds?: number,
): Promise<ImportedDirectory> {
  const listing = await readDirectory(from.context, ids);
  const gitId = from.findGitId;
  const entries = new Map<string, ImportedEntry>();
  for (const [name, { attributes, id, directory: below }] of listing.entries) {
    const kept = { attributes: { ...attributes } };
    if (below !== undefined) {
      const directory = await readImported(from, below, attributes.modifiedSeconds);
      const ids = { mode: TREE_MODES.directory, gitId: gitId(below.files), id: below.files };
      entries.set(name, { ...kept, ...ids, sizeBytes: 0, directory });
    } else if (id !== undefined) {
      const sizeBytes = await from.reader.sizeBytes(id);
      entries.set(name, { ...kept, mode: modeOf(attributes), gitId: gitId(id), id, sizeBytes });
    }
  }
  const seconds = ownSeconds ?? listing.self?.modifiedSeconds ?? 0;
  return { gitId: gitId(ids.files), ids, entries, counts: countEntries(entries.values()), seconds };
}

function modeOf({ type, mode }: FileAttributes): TreeMode {
  if (type === 'symlink') return TREE_MODES.symlink;
  return (mode & 0o100) === 0 ? TREE_MODES.file : TREE_MODES.executable;
}
