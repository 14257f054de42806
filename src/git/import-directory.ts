// Turns a tree of a repository into the two trees of a directory of a component. What git knows nothing of is made up once and
// then kept: owners are those of this process, and a time is that of the first tag that has a file so.
import { checkAborted } from '../../store/errors.js';
import type { ObjectFormat, ObjectId } from '../../store/object-id.js';
import type { ObjectWriter } from '../../store/object-writer.js';
import { encodeTree, TREE_MODES, type TreeEntry, type TreeMode } from '../../store/objects/tree.js';
import {
  ATTRIBUTES_NAME,
  attributeTreeName,
  corruptRepository,
  encodeAttributes,
  type FileAttributes,
  type GitRepository,
} from '../composition.js';
import type { BlobIntake } from './blob-intake.js';
import { type GitTreeEntry, parseGitTree } from './git-objects.js';
import { countEntries, type ImportedDirectory, type ImportedEntry } from './imported-directory.js';
import { contentOf, readObject } from './read-object.js';

export interface ImportMeans {
  readonly repository: GitRepository;
  readonly format: ObjectFormat;
  readonly blobs: BlobIntake;
  readonly metadata: ObjectWriter;
  readonly owner: { readonly userId: number; readonly groupId: number };
  /** The time of the tag: of what it has changed. */
  readonly seconds: number;
  /** Hears of the path of a submodule, which is left out. */
  readonly onSubmodule: (path: string) => void;
  readonly onFiles: (counts: { readonly files: number; readonly bytes: number }) => void;
  readonly signal: AbortSignal | undefined;
}

interface Place {
  /** From the root, without a slash at its end; empty for the root. */
  readonly path: string;
  readonly content: Uint8Array;
  readonly gitId: ObjectId;
  /** The directory as the tag before had it. */
  readonly before: ImportedDirectory | undefined;
}

/** The tree `id` as the files of a component. Throws REPOSITORY_CORRUPT, ABORTED, and what storing throws. */
export async function importTree(
  means: ImportMeans,
  id: ObjectId,
  before: ImportedDirectory | undefined,
): Promise<ImportedDirectory> {
  if (before?.gitId === id) return before;
  const content = await readObject(means.repository, id, 'tree');
  return importDirectory(means, { path: '', content, gitId: id, before });
}

/** An entry whose id comes later. */
type Pending = Omit<ImportedEntry, 'id' | 'attributes'> & { readonly id: ObjectId | Promise<ObjectId> };

async function importDirectory(means: ImportMeans, place: Place): Promise<ImportedDirectory> {
  checkAborted(means.signal);
  const parsed = parseGitTree(place.content, means.repository.objectFormat);
  if (typeof parsed === 'string')
    throw corruptRepository(means.repository.gitDirectory, parsed, { id: place.gitId });
  const pending = await takeEntries(means, place, parsed);
  const names = [...pending.keys()];
  const { before } = place;
  const hasSameNames =
    before?.entries.size === names.length && names.every((name) => before.entries.has(name));
  const seconds = hasSameNames ? (before?.seconds ?? means.seconds) : means.seconds;
  const entries = new Map<string, ImportedEntry>();
  for (const [name, entry] of pending) {
    const settled = { ...entry, id: await entry.id };
    entries.set(name, {
      ...settled,
      attributes: attributesOf(means, name, settled, before?.entries.get(name)),
    });
  }
  const ids = await addDirectory(
    means,
    entries,
    place.path === '' ? rootAttributes(means, seconds) : undefined,
  );
  return { gitId: place.gitId, ids, entries, counts: countEntries(entries.values()), seconds };
}

/** All entries but submodules: what is as before is taken from there, the rest is read. */
async function takeEntries(
  means: ImportMeans,
  { path, before }: Place,
  parsed: readonly GitTreeEntry[],
): Promise<Map<string, Pending>> {
  const pending = new Map<string, Pending>();
  const wanted: (GitTreeEntry & { readonly mode: TreeMode })[] = [];
  for (const { name, mode, id } of parsed) {
    const known = before?.entries.get(name);
    if (mode === undefined) means.onSubmodule(join(path, name));
    else if (known?.gitId === id && known.mode === mode) pending.set(name, known);
    else if (known?.gitId === id && known.directory === undefined && mode !== TREE_MODES.directory)
      pending.set(name, { ...known, mode });
    else wanted.push({ name, mode, id });
  }
  const trees: { readonly name: string; readonly id: ObjectId; readonly content: Uint8Array }[] = [];
  let at = 0;
  const progress = { files: 0, bytes: 0 };
  for await (const object of means.repository.read(wanted.map(({ id }) => id))) {
    checkAborted(means.signal);
    const { name, mode, id } = wanted[at++];
    const expected = mode === TREE_MODES.directory ? 'tree' : 'blob';
    if (object.kind !== expected)
      throw corruptRepository(means.repository.gitDirectory, `${join(path, name)} is a ${object.kind}`, {
        id,
      });
    if (expected === 'tree') {
      trees.push({ name, id, content: await contentOf(object, means.repository) });
      continue;
    }
    const { sizeBytes } = object;
    pending.set(name, { mode, gitId: id, sizeBytes, ...(await means.blobs.add(object)) });
    progress.files++;
    progress.bytes += sizeBytes;
  }
  means.onFiles(progress);
  for (const { name, id, content } of trees) {
    const below = before?.entries.get(name)?.directory;
    const directory = await importDirectory(means, {
      path: join(path, name),
      content,
      gitId: id,
      before: below,
    });
    const ids = { mode: TREE_MODES.directory, gitId: id, id: directory.ids.files };
    pending.set(name, { ...ids, sizeBytes: 0, directory });
  }
  return pending;
}

function join(path: string, name: string): string {
  return path === '' ? name : `${path}/${name}`;
}

/** Those that it had before, where it is the same. */
function attributesOf(
  means: ImportMeans,
  name: string,
  entry: Omit<ImportedEntry, 'attributes'>,
  before: ImportedEntry | undefined,
): FileAttributes {
  const isSame =
    before?.mode === entry.mode && (entry.directory?.seconds ?? 0) === (before.directory?.seconds ?? 0);
  if (isSame && (entry.directory !== undefined || before.id === entry.id)) return before.attributes;
  const { userId, groupId } = before?.attributes ?? means.owner;
  return {
    ...{ name, ...SHAPES[entry.mode], userId, groupId, modifiedNanoseconds: 0 },
    modifiedSeconds: entry.directory?.seconds ?? means.seconds,
  };
}

const SHAPES: Readonly<Record<TreeMode, Pick<FileAttributes, 'type' | 'mode'>>> = {
  [TREE_MODES.file]: { type: 'file', mode: 0o644 },
  [TREE_MODES.executable]: { type: 'file', mode: 0o755 },
  [TREE_MODES.symlink]: { type: 'symlink', mode: 0o777 },
  [TREE_MODES.directory]: { type: 'directory', mode: 0o755 },
};

function rootAttributes({ owner }: ImportMeans, modifiedSeconds: number): FileAttributes {
  return { name: '.', ...SHAPES[TREE_MODES.directory], ...owner, modifiedSeconds, modifiedNanoseconds: 0 };
}

async function addDirectory(
  { metadata, format }: ImportMeans,
  entries: ReadonlyMap<string, ImportedEntry>,
  self: FileAttributes | undefined,
): Promise<ImportedDirectory['ids']> {
  const files: TreeEntry[] = [];
  const below: TreeEntry[] = [];
  const attributes = self === undefined ? [] : [self];
  for (const [name, { mode, id, attributes: own, directory }] of entries) {
    files.push({ mode, name, id });
    attributes.push(own);
    if (directory === undefined) continue;
    below.push({ mode: TREE_MODES.directory, name: attributeTreeName(name), id: directory.ids.attributes });
  }
  const owners = { users: new Map(), groups: new Map() };
  const blob = await metadata.add('blob', encodeAttributes({ ...owners, files: attributes }));
  below.push({ mode: TREE_MODES.file, name: ATTRIBUTES_NAME, id: blob });
  return {
    files: await metadata.add('tree', encodeTree(files, format)),
    attributes: await metadata.add('tree', encodeTree(below, format)),
  };
}
