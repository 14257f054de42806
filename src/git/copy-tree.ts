// Copies the tree of a point that was exported: names that were escaped get back what they were, and all else has the id that
// the store's object format gives it.
import { checkAborted } from '../../store/errors.js';
import type { ObjectFormat, ObjectId } from '../../store/object-id.js';
import type { ObjectWriter } from '../../store/object-writer.js';
import { encodeTree, parseTree, TREE_MODES, type TreeEntry } from '../../store/objects/tree.js';
import { corruptRepository, type GitObject, type GitRepository } from '../composition.js';
import type { ObjectSource } from '../point-tree.js';
import type { BlobIntake } from './blob-intake.js';
import { unescapeName } from './escape-name.js';
import { parseGitTree } from './git-objects.js';
import { contentOf, readObject } from './read-object.js';
import type { RecentIds } from './recent-ids.js';

export interface CopyMeans {
  readonly repository: GitRepository;
  readonly format: ObjectFormat;
  readonly blobs: BlobIntake;
  readonly metadata: ObjectWriter;
  /** What was copied, with all that is below it. */
  readonly copied: RecentIds;
  readonly onFiles: (counts: { readonly files: number; readonly bytes: number }) => void;
  readonly signal: AbortSignal | undefined;
}

/** The store's id of the point's tree `id`. Throws REPOSITORY_CORRUPT, ABORTED, and what storing throws. */
export async function copyPointTree(means: CopyMeans, id: ObjectId): Promise<ObjectId> {
  const known = means.copied.find(id);
  if (known !== undefined) return known;
  return copyTree(means, { id, path: [], content: await readObject(means.repository, id, 'tree') });
}

interface Place {
  readonly id: ObjectId;
  readonly path: readonly string[];
  readonly content: Uint8Array;
}

async function copyTree(means: CopyMeans, { id, path, content }: Place): Promise<ObjectId> {
  checkAborted(means.signal);
  const { repository, copied } = means;
  const parsed = parseGitTree(content, repository.objectFormat);
  if (typeof parsed === 'string') throw corruptRepository(repository.gitDirectory, parsed, { id });
  const missing = parsed.filter((entry) => copied.find(entry.id) === undefined);
  const trees: Place[] = [];
  const pending: [ObjectId, ObjectId | Promise<ObjectId>][] = [];
  const progress = { files: 0, bytes: 0 };
  let at = 0;
  for await (const object of repository.read(missing.map((entry) => entry.id))) {
    checkAborted(means.signal);
    const { name } = missing[at++];
    if (object.kind === 'tree') {
      trees.push({ id: object.id, path: [...path, name], content: await contentOf(object, repository) });
      continue;
    }
    pending.push([object.id, await copyBlob(means, object, isContent(path))]);
    progress.files++;
    progress.bytes += object.sizeBytes;
  }
  means.onFiles(progress);
  for (const [gitId, blob] of pending) copied.set(gitId, await blob);
  for (const tree of trees) await copyTree(means, tree);
  const entries = parsed.map(({ mode, name, id: gitId }): TreeEntry => {
    const copy = copied.find(gitId);
    if (mode !== undefined && copy !== undefined) return { mode, name: unescapeName(name), id: copy };
    throw corruptRepository(
      repository.gitDirectory,
      `${[...path, name].join('/')} is nothing that a point holds`,
      { id },
    );
  });
  if (new Set(entries.map(({ name }) => name)).size < entries.length)
    throw corruptRepository(repository.gitDirectory, 'a tree has two entries of one name', { id });
  const copy = await means.metadata.add('tree', encodeTree(entries, means.format));
  copied.set(id, copy);
  return copy;
}

/** Below `COMPONENT/files`; attributes and records are kept beside the trees. */
function isContent([, part]: readonly string[]): boolean {
  return part === 'files';
}

async function copyBlob(
  { blobs, metadata, repository }: CopyMeans,
  object: GitObject,
  isContent: boolean,
): Promise<ObjectId | Promise<ObjectId>> {
  if (!isContent) return metadata.add('blob', await contentOf(object, repository));
  return (await blobs.add(object)).id;
}

/** Has all of the tree `id`, which a point of the store has, count as copied: a repository of its format has the same ids. */
export async function countAsCopied(
  from: { readonly source: ObjectSource; readonly format: ObjectFormat; readonly copied: RecentIds },
  id: ObjectId,
): Promise<void> {
  if (from.copied.find(id) !== undefined) return;
  for (const entry of parseTree((await from.source.read(id)).content, from.format)) {
    if (entry.mode === TREE_MODES.directory) await countAsCopied(from, entry.id);
    else from.copied.set(entry.id, entry.id);
  }
  from.copied.set(id, id);
}
