// Documents of state as trees of a point: the same two trees that directories of files have, with attributes that are
// always the same, so that equal documents have equal ids.
import type { ObjectFormat, ObjectId } from '../../store/object-id.js';
import { encodeTree, TREE_MODES, type TreeEntry } from '../../store/objects/tree.js';
import {
  ATTRIBUTES_NAME,
  attributeTreeName,
  encodeAttributes,
  type FileAttributes,
} from '../files/attributes.js';
import { type Graft, type MetadataSink, plainDirectory } from '../files/finish-directory.js';
import type { DirectoryIds } from '../files/stat-cache.js';

/** Where documents stand that can be put back, and where those that are only recorded. */
export const STATE_NAME = 'state';
export const OBSERVED_NAME = 'observed';

/** Whether a path, relative to the root of a component that a state adapter captures, is that of a document. */
export function isDocumentPath(path: string): boolean {
  const [first] = path.split('/', 1);
  return first === STATE_NAME || first === OBSERVED_NAME;
}

/** What stands at a path: a document, documents that are stored already, or more of both. */
type Node =
  | { readonly id: ObjectId }
  | { readonly stored: DirectoryIds }
  | { readonly children: Map<string, Node> };

/** Gathers documents, and writes their trees. */
export class DocumentTree {
  private readonly top = new Map<string, Node>();

  /** Adds a document, or all documents of a stored tree. Answers false where something is there already, or can't be. */
  add(path: string, content: { readonly id: ObjectId } | { readonly stored: DirectoryIds }): boolean {
    const names = path.split('/');
    const last = names.pop();
    const isSound =
      names.length > 0 && [...names, last].every((name) => name !== '' && name !== '.' && name !== '..');
    if (!isSound || last === undefined || !isDocumentPath(path)) return false;
    let children = this.top;
    for (const name of names) {
      const found = children.get(name) ?? { children: new Map<string, Node>() };
      if (!('children' in found)) return false;
      children.set(name, found);
      children = found.children;
    }
    if (children.has(last)) return false;
    children.set(last, content);
    return true;
  }

  /** Writes all trees; answers those that stand in the component's root. */
  async write(sink: MetadataSink, format: ObjectFormat): Promise<Graft[]> {
    const grafts: Graft[] = [];
    for (const [name, node] of this.top) {
      if ('children' in node) grafts.push({ name, ids: await writeNode(node.children, { sink, format }) });
    }
    return grafts;
  }
}

interface Writing {
  readonly sink: MetadataSink;
  readonly format: ObjectFormat;
  /** Trees of the root itself stand in no other, and so tell of it themselves. */
  readonly isRoot?: boolean;
}

async function writeNode(children: ReadonlyMap<string, Node>, writing: Writing): Promise<DirectoryIds> {
  const { sink, format, isRoot = false } = writing;
  const files: TreeEntry[] = [];
  const attributes: FileAttributes[] = isRoot ? [plainDirectory('.')] : [];
  const trees: TreeEntry[] = [];
  for (const [name, node] of children) {
    if ('id' in node) {
      files.push({ mode: TREE_MODES.file, name, id: node.id });
      attributes.push(plainFile(name));
      continue;
    }
    const ids = 'stored' in node ? node.stored : await writeNode(node.children, { sink, format });
    files.push({ mode: TREE_MODES.directory, name, id: ids.files });
    attributes.push(plainDirectory(name));
    trees.push({ mode: TREE_MODES.directory, name: attributeTreeName(name), id: ids.attributes });
  }
  const blob = await sink.add(
    'blob',
    encodeAttributes({ files: attributes, users: new Map(), groups: new Map() }),
  );
  trees.push({ mode: TREE_MODES.file, name: ATTRIBUTES_NAME, id: blob });
  return {
    files: await sink.add('tree', encodeTree(files, format)),
    attributes: await sink.add('tree', encodeTree(trees, format)),
  };
}

/** The root of a component that has documents and no files. */
export function writeDocumentRoot(
  grafts: readonly Graft[],
  writing: { readonly sink: MetadataSink; readonly format: ObjectFormat },
): Promise<DirectoryIds> {
  const children = new Map(grafts.map(({ name, ids }): [string, Node] => [name, { stored: ids }]));
  return writeNode(children, { ...writing, isRoot: true });
}

function plainFile(name: string): FileAttributes {
  return { ...plainDirectory(name), type: 'file', mode: 0o644 };
}
