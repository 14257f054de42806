// A point as a tree of nodes that is read when it is looked at, without waiting: what the file systems over a point are
// made of. At the root stand its components, each with what is in it, unless the view is of one component alone.
// Nodes are plain values, made anew when a directory is no longer kept: what two of them have in common is `file`.
import { SavepointError } from '../../store/errors.js';
import type { HeldReader } from '../../store/held-reader.js';
import type { ObjectId } from '../../store/object-id.js';
import type { FileAttributes } from '../composition.js';
import type { ComponentRecord } from '../point-record.js';
import type { PointComponent } from '../point-tree.js';
import { readHeldComponents, readHeldDirectory } from './held-directory.js';
import { KeptListings } from './kept-listings.js';
import { findLinkNames, type LinkNames } from './link-names.js';
import type { Children, TreeView, ViewAttributes, ViewNode } from './tree-view.js';

export type { Children, ViewAttributes, ViewNode } from './tree-view.js';

/** What a node is made of, besides its attributes. */
type NodeParts = Pick<ViewNode, 'path' | 'id' | 'directory' | 'owners' | 'component'>;

export interface ViewOptions {
  /** Only this component, whose root is the view's. */
  readonly component?: string;
  /** When the view's own root was modified; the components' are as captured. */
  readonly modifiedMs: number;
  /** Where the view's root stands in a larger tree, whose paths its nodes have then; it is the root itself unless set. */
  readonly at?: string;
  /** Directories that were looked at, of all views whose nodes stand in one tree. */
  readonly kept?: KeptListings<Children>;
}

interface ViewComponent extends PointComponent {
  readonly linkNames: () => LinkNames;
}

export class PointView implements TreeView {
  readonly root: ViewNode;
  private readonly components: ReadonlyMap<string, ViewComponent>;
  private readonly kept: KeptListings<Children>;
  /** What stands in front of the names of components, in `file`. */
  private readonly prefix: string;

  /** `tree` is the point's. Throws OBJECT_CORRUPT, COMPONENT_NOT_FOUND, and what reading objects throws. */
  constructor(
    readonly reader: HeldReader,
    tree: ObjectId,
    private readonly options: ViewOptions,
  ) {
    const { at = '', kept } = options;
    this.kept = kept ?? new KeptListings();
    this.prefix = at === '' ? '' : `${at}/`;
    const found = readHeldComponents(reader, tree);
    this.components = new Map(
      [...found].map(([name, each]) => [
        name,
        { ...each, linkNames: once(() => findLinkNames(reader, each.ids)) },
      ]),
    );
    const { component } = options;
    if (component !== undefined && !found.has(component)) throw noSuchComponent(component, [...found.keys()]);
    this.root = component === undefined ? this.ownRoot() : this.componentRoot(component);
  }

  /** What the point says of each component in the view. */
  records(): ComponentRecord[] {
    return this.parts().map(({ record }) => record);
  }

  /** The components in the view: what the point says of each, and its trees. */
  parts(): PointComponent[] {
    const { component } = this.options;
    const all = [...this.components.values()];
    return component === undefined ? all : all.filter(({ record }) => record.name === component);
  }

  componentsOf(_: ViewNode): ReadonlyMap<string, ComponentRecord> {
    return new Map(this.records().map((record) => [this.pathOf(record.name), record]));
  }

  /** The node at `path`, slash-separated, from this view's root; `undefined` where there is none. No link is followed. */
  find(path: string): ViewNode | undefined {
    let node: ViewNode | undefined = this.root;
    for (const name of path.split('/')) {
      if (name === '') continue;
      if (node === undefined || node.type !== 'directory') return undefined;
      node = this.list(node).get(name);
    }
    return node;
  }

  /** What is in a directory, in a fixed order. */
  list(directory: ViewNode): Children {
    return this.kept.get(directory.path, () => this.readChildren(directory));
  }

  /** Bytes of a file's content, or of a link's target; 0 for all others. */
  sizeBytes({ id }: ViewNode): number {
    return id === undefined ? 0 : this.reader.sizeBytes(id);
  }

  /** A part of a file's content, or of a link's target. May be a view of what is kept: not to be written to. */
  read({ id }: ViewNode, range: { readonly offset: number; readonly lengthBytes: number }): Uint8Array {
    return id === undefined ? new Uint8Array() : this.reader.readRange(id, range);
  }

  readKept({ id }: ViewNode): Uint8Array | undefined {
    return id === undefined ? undefined : this.reader.readKept(id)?.content;
  }

  /**
   * How many names a file has; of a directory, 2 and one for each directory in it. The first question about a file of
   * a component looks through all its directories.
   */
  linkCount(node: ViewNode): number {
    if (node.type === 'directory') {
      let count = 2;
      for (const child of this.list(node).values()) if (child.type === 'directory') count++;
      return count;
    }
    const { component = '', file } = node;
    const names = this.linkNames(component);
    if (names.size === 0) return 1;
    return 1 + (names.get(file.slice(this.prefix.length + component.length + 1))?.length ?? 0);
  }

  /** The path in the view of a file at `path`, relative to the root of `component`. */
  pathIn(component: string, path: string): string {
    if (this.options.component !== undefined) return path;
    return path === '' ? component : `${component}/${path}`;
  }

  /** The files of a component that have several names. The first question looks through all its directories. */
  linkNames(component: string): LinkNames {
    return this.components.get(component)?.linkNames() ?? new Map();
  }

  private readChildren(directory: ViewNode): Children {
    const { path, component, directory: ids } = directory;
    if (component === undefined) {
      return new Map([...this.components.keys()].map((name) => [name, this.componentRoot(name)]));
    }
    const children = new Map<string, ViewNode>();
    if (ids === undefined) return children;
    for (const [name, entry] of readHeldDirectory(this.reader, ids).entries) {
      const { attributes, id, directory: below, owners } = entry;
      const whole = path === '' ? name : `${path}/${name}`;
      const node = { path: whole, id, directory: below, owners, component };
      children.set(name, this.nodeOf(node, attributes));
    }
    return children;
  }

  private componentRoot(component: string): ViewNode {
    const { ids } = this.components.get(component) as ViewComponent;
    const { self, owners } = readHeldDirectory(this.reader, ids);
    const node = { path: this.pathOf(component), id: undefined, directory: ids, owners, component };
    return this.nodeOf(node, self ?? this.ownAttributes());
  }

  private ownRoot(): ViewNode {
    return directoryNode(this.options.at ?? '', this.options.modifiedMs);
  }

  /** Of a large tree there are many: all have one shape, and share their attributes with the listing. */
  private nodeOf(
    { path, id, directory, owners, component = '' }: NodeParts,
    attributes: FileAttributes,
  ): ViewNode {
    const above = this.pathOf(component);
    const inComponent = path.slice(above === '' ? 0 : above.length + 1);
    const file = `${this.prefix}${component}/${attributes.link ?? inComponent}`;
    return { path, file, type: attributes.type, attributes, id, directory, owners, component };
  }

  private pathOf(component: string): string {
    return this.options.component === undefined ? this.prefix + component : (this.options.at ?? '');
  }

  private ownAttributes(): FileAttributes {
    return { ...directoryAttributes(this.options.modifiedMs), name: '.', type: 'directory' };
  }
}

/** A directory that stands in no component: a view's own root, and what leads there. */
export function directoryNode(path: string, modifiedMs: number): ViewNode {
  const node = { path, file: path, id: undefined, directory: undefined, owners: undefined };
  return { ...node, type: 'directory', component: undefined, attributes: directoryAttributes(modifiedMs) };
}

function directoryAttributes(modifiedMs: number): ViewAttributes {
  const seconds = Math.floor(modifiedMs / 1000);
  return {
    ...{ mode: 0o555, userId: process.getuid?.() ?? 0, groupId: process.getgid?.() ?? 0 },
    modifiedSeconds: seconds,
    modifiedNanoseconds: Math.round((modifiedMs - seconds * 1000) * 1e6),
  };
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

function noSuchComponent(component: string, known: readonly string[]): SavepointError {
  return new SavepointError(
    'COMPONENT_NOT_FOUND',
    `The point has no component '${component}'; it has ${known.join(', ')}.`,
    { fields: { component, known } },
  );
}
