// The nodes of a whole store by number: what is above the points has numbers one by one, by which it is listed, too, as points
// come and go. A point that is removed takes all that is below it along, also where another one gets its name.
import { constants } from 'node:os';
import { FuseError } from '../composition.js';
import { BY_NAME, BY_TIME, type StoreView } from '../view/store-view.js';
import type { ViewNode } from '../view/tree-view.js';
import { type NodeNumbers, ROOT_NUMBER } from './node-numbers.js';
import { baseName, type MountedNodes, type PlacedNode, TreeNodes } from './tree-nodes.js';

const { errno: ERRNO } = constants;
const CHANGING: readonly string[] = ['', BY_NAME, BY_TIME];

interface NodeAbove {
  readonly path: string;
  readonly pointId: string | undefined;
}

export class StoreNodes implements MountedNodes {
  private readonly above = new Map<number, NodeAbove>([[ROOT_NUMBER, { path: '', pointId: undefined }]]);
  private readonly known = new Map<string, number>();
  private readonly below: TreeNodes;
  private readonly listed = new Map<number, readonly PlacedNode[]>();

  constructor(
    private readonly view: StoreView,
    private readonly numbers: NodeNumbers,
  ) {
    this.below = new TreeNodes(view, numbers, (number) => this.findAbove(number));
  }

  /** Whether a node, or what is in it, may change. */
  isChanging(number: number): boolean {
    return this.above.has(number);
  }

  /** To be called when the view has changed. */
  forget(): void {
    this.listed.clear();
    this.below.forget();
  }

  get(number: number): ViewNode {
    return this.below.get(number);
  }

  find(directory: number, name: string): number | undefined {
    if (!this.hasNodesAbove(directory)) return this.below.find(directory, name);
    return this.list(directory).find(({ node }) => baseName(node) === name)?.number;
  }

  /** Places are numbers of nodes, and so the same whatever has come and gone. */
  childAt(directory: number, place: number): PlacedNode | undefined {
    if (!this.hasNodesAbove(directory)) return this.below.childAt(directory, place);
    const nodes = this.list(directory);
    let low = 0;
    let high = nodes.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (nodes[middle].number < place) low = middle + 1;
      else high = middle;
    }
    return nodes[low];
  }

  parent(directory: number): number {
    return this.numbers.directoryOf(directory);
  }

  private hasNodesAbove(directory: number): boolean {
    const known = this.above.get(directory);
    return known !== undefined && CHANGING.includes(known.path);
  }

  private list(directory: number): readonly PlacedNode[] {
    const known = this.listed.get(directory);
    if (known !== undefined) return known;
    const listing = [...this.view.list(this.get(directory)).values()].map((node) => {
      const number = this.numberOf(directory, node);
      return { node, number, next: number + 1 };
    });
    listing.sort((left, right) => left.number - right.number);
    this.listed.set(directory, listing);
    return listing;
  }

  private numberOf(directory: number, node: ViewNode): number {
    const pointId = this.view.pointOf(node)?.id;
    const key = `${node.path}\0${pointId}`;
    const known = this.known.get(key);
    if (known !== undefined) return known;
    const number = this.numbers.take(directory);
    this.known.set(key, number);
    this.above.set(number, { path: node.path, pointId });
    return number;
  }

  private findAbove(number: number): ViewNode | undefined {
    const known = this.above.get(number);
    if (known === undefined) return undefined;
    const node = this.view.find(known.path);
    if (node !== undefined && this.view.pointOf(node)?.id === known.pointId) return node;
    throw new FuseError(ERRNO.ESTALE);
  }
}
