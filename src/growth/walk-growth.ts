// Goes through points in the order in which they came, each compared with the one before it, and books every object where
// it is met first. Subtrees that are as they were are skipped by their ids: the cost follows what changed.
import { checkAborted } from '../../store/errors.js';
import type { ObjectId } from '../../store/object-id.js';
import { compareTrees } from '../../store/objects/compare-trees.js';
import { parseTree, TREE_MODES, type TreeEntry } from '../../store/objects/tree.js';
import { ATTRIBUTES_NAME, attributeTreeName, type DirectoryIds, directoryName } from '../composition.js';
import { incompleteTree } from '../directory-listing.js';
import { type ComponentRecord, parseComponentRecord } from '../point-record.js';
import type { TreeContext } from '../point-tree.js';
import type { Point } from '../points.js';
import { GrowthNode } from './growth-tree.js';
import type { ObjectLedger, ObjectSizes } from './object-ledger.js';

/** A component from point to point: one of another name or origin is another one. */
export interface ComponentGrowth {
  readonly record: ComponentRecord;
  readonly root: GrowthNode;
}

/** What one point has added. */
export interface AddedByPoint {
  storedBytes: number;
  metadataBytes: number;
  rawBytes: number;
  versions: number;
}

interface Timeline extends ComponentGrowth {
  /** In the last point that has it. */
  ids: DirectoryIds | undefined;
}

/** A directory that differs; `before` is missing where it is new. */
interface OpenPair {
  readonly node: GrowthNode;
  readonly before: DirectoryIds | undefined;
  readonly after: DirectoryIds;
}

/** The trees of a directory. */
interface OpenedTrees {
  readonly files: Uint8Array;
  readonly attributes: ReadonlyMap<string, ObjectId>;
}

const NOTHING: OpenedTrees = { files: new Uint8Array(), attributes: new Map() };

export class GrowthWalk {
  private readonly timelines = new Map<string, Timeline>();
  private added: AddedByPoint = { storedBytes: 0, metadataBytes: 0, rawBytes: 0, versions: 0 };
  private point = 0;

  constructor(
    private readonly context: TreeContext,
    private readonly ledger: ObjectLedger,
    private readonly signal: AbortSignal | undefined,
  ) {}

  /** The components of all points that were entered, by name. */
  components(): ComponentGrowth[] {
    return [...this.timelines.values()];
  }

  /**
   * Takes in point number `number`, and tells `added` what it has added, as far as it can be read. Throws what reading objects
   * throws.
   */
  async enter(point: Point, number: number, added: AddedByPoint): Promise<void> {
    this.point = number;
    this.added = added;
    this.count(await this.ledger.claim(point.id, point.commit, point.tree), { isMetadata: true });
    for (const entry of parseTree(await this.read(point.tree), this.context.format)) {
      checkAborted(this.signal);
      if (entry.mode === TREE_MODES.directory) await this.enterComponent(entry);
      else this.count(await this.ledger.claim(entry.id), { isMetadata: true });
    }
  }

  private async enterComponent({ id, name }: TreeEntry): Promise<void> {
    const { format } = this.context;
    const parts = new Map(parseTree(await this.read(id), format).map((entry) => [entry.name, entry.id]));
    const [recordId, files, attributes] = ['component.json', 'files', 'attrs'].map((name) => parts.get(name));
    if (recordId === undefined || files === undefined || attributes === undefined)
      throw incompleteTree(id, 'component.json, files or attrs');
    const timeline = this.timelineOf(parseComponentRecord(await this.read(recordId), recordId, name));
    this.addMetadata(timeline.root, await this.ledger.claim(id, recordId));
    const open: OpenPair[] = [{ node: timeline.root, before: timeline.ids, after: { files, attributes } }];
    timeline.ids = { files, attributes };
    for (let pair = open.pop(); pair !== undefined; pair = open.pop()) {
      const { before, after } = pair;
      if (before?.files === after.files && before.attributes === after.attributes) continue;
      checkAborted(this.signal);
      open.push(...(await this.enterDirectory(pair)));
    }
  }

  private timelineOf(record: ComponentRecord): Timeline {
    const key = `${record.name}\0${record.origin}`;
    const known = this.timelines.get(key) ?? { record, root: new GrowthNode(undefined), ids: undefined };
    this.timelines.set(key, known);
    return known;
  }

  /** Answers with the directories in it that differ. */
  private async enterDirectory({ node, before, after }: OpenPair): Promise<OpenPair[]> {
    const left = before === undefined ? NOTHING : await this.open(before);
    const right = await this.open(after);
    const attributes = right.attributes.get(ATTRIBUTES_NAME);
    const own = [after.files, after.attributes, ...(attributes === undefined ? [] : [attributes])];
    this.addMetadata(node, await this.ledger.claim(...own));
    node.children ??= new Map();
    const differing = compareTrees(left.files, right.files, this.context.format);
    const previous = new Map(differing.left.map((entry) => [entry.name, entry]));
    for (const { name, mode, id } of differing.right) {
      // A file that only became executable has the content that it had.
      if (mode === TREE_MODES.directory || previous.get(name)?.id === id) continue;
      const sizes = await this.ledger.claim(id);
      node.child(name).addContent(sizes, this.point);
      this.count(sizes, { isMetadata: false });
    }
    return this.directoriesOf(node, { left, right, changed: differing.right });
  }

  private directoriesOf(
    node: GrowthNode,
    sides: {
      readonly left: OpenedTrees;
      readonly right: OpenedTrees;
      readonly changed: readonly TreeEntry[];
    },
  ): OpenPair[] {
    const { left, right, changed } = sides;
    const names = new Set(changed.filter(isDirectory).map(({ name }) => name));
    for (const [name, id] of right.attributes) {
      if (name !== ATTRIBUTES_NAME && left.attributes.get(name) !== id) names.add(directoryName(name));
    }
    if (names.size === 0) return [];
    const [before, after] = [left, right].map((side) => this.subdirectories(side));
    return [...names].flatMap((name) => {
      const ids = after.get(name);
      return ids === undefined ? [] : [{ node: node.child(name), before: before.get(name), after: ids }];
    });
  }

  private subdirectories({ files, attributes }: OpenedTrees): Map<string, DirectoryIds> {
    const found = new Map<string, DirectoryIds>();
    for (const entry of parseTree(files, this.context.format)) {
      const id = isDirectory(entry) ? attributes.get(attributeTreeName(entry.name)) : undefined;
      if (id !== undefined) found.set(entry.name, { files: entry.id, attributes: id });
    }
    return found;
  }

  private async open({ files, attributes }: DirectoryIds): Promise<OpenedTrees> {
    const entries = parseTree(await this.read(attributes), this.context.format);
    return {
      files: await this.read(files),
      attributes: new Map(entries.map(({ name, id }) => [name, id])),
    };
  }

  private async read(id: ObjectId): Promise<Uint8Array> {
    return (await this.context.source.read(id)).content;
  }

  private addMetadata(node: GrowthNode, sizes: ObjectSizes): void {
    node.addMetadata(sizes, this.point);
    this.count(sizes, { isMetadata: true });
  }

  private count({ storedBytes, rawBytes }: ObjectSizes, { isMetadata }: { readonly isMetadata: boolean }) {
    this.added.storedBytes += storedBytes;
    this.added.rawBytes += rawBytes;
    if (isMetadata) this.added.metadataBytes += storedBytes;
    else this.added.versions++;
  }
}

function isDirectory({ mode }: TreeEntry): boolean {
  return mode === TREE_MODES.directory;
}
