// Documents of state as an adapter reads them: from a point, or from what was just captured.
import { open } from 'node:fs/promises';
import { checkAborted, SavepointError } from '../../store/errors.js';
import type { ObjectId } from '../../store/object-id.js';
import type { ObjectReader } from '../../store/object-reader.js';
import { type DirectoryIds, isDocumentPath, type StateReader } from '../composition.js';
import type { DirectoryListing, FileEntry } from '../directory-listing.js';
import { readDirectory, type TreeContext } from '../point-tree.js';
import type { Stoppable } from '../stoppable.js';

/** Where contents are streamed from, where they can be. */
export interface DocumentSource extends TreeContext {
  readonly stream?: (id: ObjectId) => AsyncIterable<Uint8Array>;
  readonly sizeBytes?: (id: ObjectId) => Promise<number>;
}

/** How many documents there are in the trees of a directory of them, and how much is in them, as far as the source tells. */
export async function measureDocuments(
  context: DocumentSource,
  ids: DirectoryIds,
): Promise<{ readonly files: number; readonly bytes: number }> {
  let [files, bytes] = [0, 0];
  for (const entry of (await readDirectory(context, ids)).entries.values()) {
    if (entry.directory === undefined) {
      files++;
      bytes += entry.id === undefined ? 0 : ((await context.sizeBytes?.(entry.id)) ?? 0);
      continue;
    }
    const inside = await measureDocuments(context, entry.directory);
    files += inside.files;
    bytes += inside.bytes;
  }
  return { files, bytes };
}

/** What `reader` reads, for documents; nothing more, but ABORTED, once the signal is aborted. */
export function documentSource(
  reader: ObjectReader,
  format: DocumentSource['format'],
  { signal }: Stoppable = {},
): DocumentSource {
  return {
    format,
    source: {
      read: async (id) => {
        checkAborted(signal);
        return reader.read(id);
      },
    },
    async *stream(id) {
      for await (const piece of reader.stream(id)) {
        checkAborted(signal);
        yield piece;
      }
    },
    sizeBytes: (id) => reader.sizeBytes(id),
  };
}

/** The documents in the trees `ids` of a component; none where these are missing. */
export function stateReader(context: DocumentSource, ids: DirectoryIds | undefined): StateReader {
  const directories = new RecentDirectories(context);
  const find = async (path: string): Promise<FileEntry | undefined> =>
    ids === undefined || !isDocumentPath(path) ? undefined : directories.findEntry(ids, path);
  return {
    async list(prefix) {
      if (ids === undefined) return [];
      const paths: string[] = [];
      if (prefix === '') await listBelow(context, { path: '', ids }, paths);
      else {
        const entry = await find(prefix);
        if (entry?.directory !== undefined)
          await listBelow(context, { path: prefix, ids: entry.directory }, paths);
        else if (entry !== undefined) paths.push(prefix);
      }
      return paths;
    },
    async read(path) {
      const entry = await find(path);
      return entry?.id === undefined ? undefined : (await context.source.read(entry.id)).content;
    },
    id: async (path) => (await find(path))?.id,
    async *stream(path) {
      const entry = await find(path);
      if (entry?.id === undefined) throw noDocument(path);
      yield* piecesOf(context, entry.id);
    },
    async copyTo(path, file) {
      const entry = await find(path);
      if (entry?.id === undefined) throw noDocument(path);
      const target = await open(file, 'wx', 0o600);
      try {
        for await (const piece of piecesOf(context, entry.id)) await target.write(piece);
        await target.sync();
      } finally {
        await target.close();
      }
    },
  };
}

/** Documents are read one after the other, as a rule, and a directory of them may have very many. */
class RecentDirectories {
  private readonly listings = new Map<string, DirectoryListing>();

  constructor(private readonly context: TreeContext) {}

  async findEntry(root: DirectoryIds, path: string): Promise<FileEntry | undefined> {
    const cut = path.lastIndexOf('/');
    const [directory, name] = [path.slice(0, Math.max(cut, 0)), path.slice(cut + 1)];
    return (await this.list(root, directory))?.entries.get(name);
  }

  private async list(root: DirectoryIds, path: string): Promise<DirectoryListing | undefined> {
    const known = this.listings.get(path);
    if (known !== undefined) {
      this.listings.delete(path);
      this.listings.set(path, known);
      return known;
    }
    const ids = path === '' ? root : (await this.findEntry(root, path))?.directory;
    if (ids === undefined) return undefined;
    const listing = await readDirectory(this.context, ids);
    this.listings.set(path, listing);
    const [oldest] = this.listings.keys();
    if (this.listings.size > MOST_DIRECTORIES && oldest !== undefined) this.listings.delete(oldest);
    return listing;
  }
}

const MOST_DIRECTORIES = 16;

async function* piecesOf(context: DocumentSource, id: ObjectId): AsyncIterable<Uint8Array> {
  if (context.stream !== undefined) yield* context.stream(id);
  else yield (await context.source.read(id)).content;
}

async function listBelow(
  context: TreeContext,
  directory: { readonly path: string; readonly ids: DirectoryIds },
  into: string[],
): Promise<void> {
  const { entries } = await readDirectory(context, directory.ids);
  for (const [name, entry] of entries) {
    const path = directory.path === '' ? name : `${directory.path}/${name}`;
    if (!isDocumentPath(path)) continue;
    if (entry.directory === undefined) into.push(path);
    else await listBelow(context, { path, ids: entry.directory }, into);
  }
}

function noDocument(path: string): SavepointError {
  return new SavepointError('PATH_NOT_FOUND', `The point has no document ${path}.`, { fields: { path } });
}
