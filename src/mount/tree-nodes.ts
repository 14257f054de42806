// The nodes of a view by number. The children of a directory have consecutive numbers, in the order of its listing, so that
// of a node nothing has to be kept but where it is; what is above the points of a store, and changes, is `StoreNodes`' work.
import { constants } from 'node:os';
import { FuseError } from '../composition.js';
import type { Children, TreeView, ViewNode } from '../view/tree-view.js';
import { type NodeNumbers, ROOT_NUMBER } from './node-numbers.js';

const { errno: ERRNO } = constants;

export interface PlacedNode {
  readonly number: number;
  readonly node: ViewNode;
  /** From where to go on in the directory. */
  readonly next: number;
}

export interface MountedNodes {
  /** Throws ESTALE where the node is no longer there. */
  get(number: number): ViewNode;
  find(directory: number, name: string): number | undefined;
  childAt(directory: number, place: number): PlacedNode | undefined;
  parent(directory: number): number;
}

/** A listing with places: the node at each of them, and the place of each name. */
interface Places {
  readonly nodes: readonly ViewNode[];
  byName?: ReadonlyMap<string, number>;
}

export class TreeNodes implements MountedNodes {
  private readonly placesOf = new WeakMap<Children, Places>();
  /** The directory that was looked into last. */
  private last: { readonly number: number; readonly nodes: readonly ViewNode[] } | undefined;

  /** `findAbove` knows nodes that are in no directory of these; the root is one. */
  constructor(
    private readonly view: TreeView,
    private readonly numbers: NodeNumbers,
    private readonly findAbove: (number: number) => ViewNode | undefined = (number) =>
      number === ROOT_NUMBER ? view.root : undefined,
  ) {}

  get(number: number): ViewNode {
    const above = this.findAbove(number);
    if (above !== undefined) return above;
    if (!this.numbers.has(number)) throw new FuseError(ERRNO.ESTALE);
    const directory = this.numbers.directoryOf(number);
    const nodes = this.nodesIn(directory);
    return nodes[number - this.numbers.firstIn(directory, nodes.length)];
  }

  find(directory: number, name: string): number | undefined {
    const places = this.placed(directory);
    places.byName ??= new Map(places.nodes.map((node, place) => [baseName(node), place]));
    const place = places.byName.get(name);
    return place === undefined ? undefined : this.numbers.firstIn(directory, places.nodes.length) + place;
  }

  childAt(directory: number, place: number): PlacedNode | undefined {
    const nodes = this.nodesIn(directory);
    const node = nodes[place];
    if (node === undefined) return undefined;
    return { node, number: this.numbers.firstIn(directory, nodes.length) + place, next: place + 1 };
  }

  parent(directory: number): number {
    return this.numbers.directoryOf(directory);
  }

  /** Forgets what it holds of the view, which has changed. */
  forget(): void {
    this.last = undefined;
  }

  private nodesIn(directory: number): readonly ViewNode[] {
    if (this.last?.number === directory) return this.last.nodes;
    const { nodes } = this.placed(directory);
    this.last = { number: directory, nodes };
    return nodes;
  }

  private placed(directory: number): Places {
    const node = this.get(directory);
    if (node.type !== 'directory') throw new FuseError(ERRNO.ENOTDIR);
    const listing = this.view.list(node);
    const known = this.placesOf.get(listing);
    if (known !== undefined) return known;
    const places = { nodes: [...listing.values()] };
    this.placesOf.set(listing, places);
    return places;
  }
}

export function baseName({ path }: ViewNode): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
