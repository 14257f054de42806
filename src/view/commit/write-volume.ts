// Writes the trees of a directory of a volume, as a capture writes those of a directory: what is told by ids stays as it is.
import { checkAborted } from '../../../store/errors.js';
import type { ObjectFormat, ObjectId, ObjectKind } from '../../../store/object-id.js';
import { encodeTree, TREE_MODES, type TreeEntry } from '../../../store/objects/tree.js';
import {
  ATTRIBUTES_NAME,
  attributeTreeName,
  type DirectoryIds,
  encodeAttributes,
  type FileAttributes,
} from '../../composition.js';
import type { OwnerNames } from '../../directory-listing.js';
import type { FileBytes, VolumeFile } from './volume-file.js';

export interface VolumeSink {
  readonly format: ObjectFormat;
  /** The names of owners that the point did not know. */
  readonly owners: OwnerNames;
  /** Takes a tree, attributes, or the target of a link. */
  addMetadata(kind: ObjectKind, content: Uint8Array): Promise<ObjectId>;
  /** Takes the content of a file. */
  addContent(content: FileBytes): Promise<ObjectId>;
  readonly signal: AbortSignal | undefined;
}

/** The trees of a component whose root `root` is. Throws ABORTED, what reading objects throws, and what the sink throws. */
export async function writeVolume(root: VolumeFile, sink: VolumeSink): Promise<DirectoryIds> {
  const { content } = root;
  if (content.kind === 'tree') return content.ids;
  return writeDirectory(content.kind === 'directory' ? content.files : new Map(), [root], sink);
}

/** `self` is the component's root, for its own tree. */
async function writeDirectory(
  files: ReadonlyMap<string, VolumeFile>,
  self: readonly VolumeFile[],
  sink: VolumeSink,
): Promise<DirectoryIds> {
  checkAborted(sink.signal);
  const { format } = sink;
  const contents: TreeEntry[] = [];
  const attributeTrees: TreeEntry[] = [];
  for (const [name, file] of files) {
    const { content } = file;
    if (content.kind === 'tree' || content.kind === 'directory') {
      const ids = content.kind === 'tree' ? content.ids : await writeDirectory(content.files, [], sink);
      contents.push({ mode: TREE_MODES.directory, name, id: ids.files });
      attributeTrees.push({ mode: TREE_MODES.directory, name: attributeTreeName(name), id: ids.attributes });
    } else if (content.kind !== 'nothing') {
      const id = content.kind === 'stored' ? content.id : await writeContent(file, content, sink);
      contents.push({ mode: treeMode(file.attributes), name, id });
    }
  }
  const all = [...self, ...files.values()];
  const attributes = all.map((file) => file.attributes);
  const blob = await sink.addMetadata(
    'blob',
    encodeAttributes({ files: attributes, ...ownersOf(all, sink.owners) }),
  );
  attributeTrees.push({ mode: TREE_MODES.file, name: ATTRIBUTES_NAME, id: blob });
  return {
    files: await sink.addMetadata('tree', encodeTree(contents, format)),
    attributes: await sink.addMetadata('tree', encodeTree(attributeTrees, format)),
  };
}

function writeContent({ attributes }: VolumeFile, bytes: FileBytes, sink: VolumeSink): Promise<ObjectId> {
  return attributes.type === 'symlink' ? sink.addMetadata('blob', bytes.read()) : sink.addContent(bytes);
}

function treeMode({ type, mode }: FileAttributes) {
  if (type === 'symlink') return TREE_MODES.symlink;
  return (mode & 0o100) === 0 ? TREE_MODES.file : TREE_MODES.executable;
}

function ownersOf(files: readonly VolumeFile[], known: OwnerNames): OwnerNames {
  const users = new Map<number, string>();
  const groups = new Map<number, string>();
  for (const { attributes, owners } of files) {
    const user = owners?.users.get(attributes.userId) ?? known.users.get(attributes.userId);
    const group = owners?.groups.get(attributes.groupId) ?? known.groups.get(attributes.groupId);
    if (user !== undefined) users.set(attributes.userId, user);
    if (group !== undefined) groups.set(attributes.groupId, group);
  }
  return { users, groups };
}
