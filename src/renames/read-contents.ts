// Where renames find contents: in the store, or, of the live side, in the files themselves. What can't be read is like no
// other file; the change is told of all the same, as one file added and another removed.
import { isSavepointError } from '../../store/errors.js';
import { type DirectoryIds, joinPath } from '../composition.js';
import type { DiffedComponent } from '../diff-query.js';
import { readLiveFile } from '../live-file.js';
import { readDirectory, type TreeContext } from '../point-tree.js';
import type { Session } from '../session.js';
import { isUnreadable } from '../unreadable.js';
import type { ContentMeans } from './measure-similarity.js';
import type { RenameTarget } from './pairs.js';

export function contentsOf(
  session: Session,
  { context, record }: DiffedComponent,
  options: { readonly isLive: boolean },
): ContentMeans {
  const { isLive } = options;
  return {
    sizeBytes: async ({ entry, path }) =>
      entry.id === undefined ? undefined : context.findSize(entry.id, path),
    content: async ({ entry: { id }, path }, mostBytes) => {
      if (id === undefined) return undefined;
      return unlessLost(async () =>
        isLive
          ? readLiveFile(joinPath(record.origin, path), { type: 'file', mostBytes })
          : (await context.source.read(id)).content,
      );
    },
    chunks: async ({ entry: { id } }) => {
      if (id === undefined || isLive) return undefined;
      return unlessLost(async () => (await session.contents.findRecipe(id))?.chunks);
    },
  };
}

async function unlessLost<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (isUnreadable(error) || isSavepointError(error, 'PATH_NOT_FOUND', 'PERMISSION_DENIED'))
      return undefined;
    throw error;
  }
}

/** All files and symbolic links of a tree. */
export async function* walkFiles(
  context: TreeContext,
  ids: DirectoryIds | undefined,
): AsyncGenerator<RenameTarget> {
  const open = ids === undefined ? [] : [{ path: '', ids }];
  for (let directory = open.pop(); directory !== undefined; directory = open.pop()) {
    const { entries } = await readDirectory(context, directory.ids);
    for (const [name, entry] of entries) {
      const path = directory.path === '' ? name : `${directory.path}/${name}`;
      if (entry.directory !== undefined) open.push({ path, ids: entry.directory });
      else yield { path, entry };
    }
  }
}
