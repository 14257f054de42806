// What each path of a component has added to the store, as a tree of names: what is added to a file counts for all
// directories above it, too.
import type { ObjectSizes } from './object-ledger.js';

export class GrowthNode {
  storedBytes = 0;
  metadataBytes = 0;
  rawBytes = 0;
  versions = 0;
  /** In how many points it grew. */
  growths = 0;
  /** The number of the last point in which it grew. */
  lastGrowth: number | undefined;
  /** Set where it is, or was, a directory. */
  children: Map<string, GrowthNode> | undefined;

  constructor(private readonly parent: GrowthNode | undefined) {}

  child(name: string): GrowthNode {
    this.children ??= new Map();
    const known = this.children.get(name);
    if (known !== undefined) return known;
    const child = new GrowthNode(this);
    this.children.set(name, child);
    return child;
  }

  /** The node at `path`, relative to this one; `undefined` where no point has had it. */
  find(path: string): GrowthNode | undefined {
    if (path === '') return this;
    let node: GrowthNode | undefined = this;
    for (const name of path.split('/')) node = node?.children?.get(name);
    return node;
  }

  /** Takes in what point number `point` has added to a file's content. */
  addContent(sizes: ObjectSizes, point: number): void {
    for (let node: GrowthNode | undefined = this; node !== undefined; node = node.parent) {
      node.versions++;
      node.grow(sizes, point);
    }
  }

  /** Takes in what point number `point` has added to a directory's trees and attributes. */
  addMetadata(sizes: ObjectSizes, point: number): void {
    for (let node: GrowthNode | undefined = this; node !== undefined; node = node.parent) {
      node.metadataBytes += sizes.storedBytes;
      node.grow(sizes, point);
    }
  }

  private grow({ storedBytes, rawBytes }: ObjectSizes, point: number): void {
    if (storedBytes === 0) return;
    this.storedBytes += storedBytes;
    this.rawBytes += rawBytes;
    if (this.lastGrowth === point) return;
    this.lastGrowth = point;
    this.growths++;
  }
}
