// A view as the kernel sees it: nodes by number, with all their attributes.
import { constants } from 'node:os';
import {
  type FuseAttributes,
  type FuseChild,
  FuseError,
  type FuseFileSystem,
  type ReadRange,
} from '../composition.js';
import { TYPE_BITS } from '../view/point-entries.js';
import type { PointView, ViewNode } from '../view/point-view.js';
import { inodeNumber } from './inode-number.js';
import { NodeNumbers, ROOT_NUMBER } from './node-numbers.js';

/** Points don't change. */
const FOR_EVER_SECONDS = 365 * 24 * 60 * 60;
const WHOLE: ReadRange = { offset: 0, lengthBytes: Number.MAX_SAFE_INTEGER };
const { errno: ERRNO } = constants;

export type MountedView = Pick<PointView, 'root' | 'list' | 'sizeBytes' | 'read' | 'linkCount'>;

/** A listing with places: the node at each of them, and the place of each name. */
interface Places {
  readonly nodes: readonly ViewNode[];
  places?: ReadonlyMap<string, number>;
}

export class MountedTree implements FuseFileSystem {
  readonly isConstant = true;
  private readonly numbers = new NodeNumbers();
  private readonly placesOf = new WeakMap<ReadonlyMap<string, ViewNode>, Places>();
  /** The directory that was looked into last. */
  private last: { readonly number: number; readonly nodes: readonly ViewNode[] } | undefined;

  /** `onFailure` is told of what can't be read, by its path. */
  constructor(
    private readonly view: MountedView,
    private readonly onFailure: (path: string, error: unknown) => void,
  ) {}

  prepare(): undefined {
    return undefined;
  }

  validSeconds(): number {
    return FOR_EVER_SECONDS;
  }

  find(directory: number, name: string): number | undefined {
    const listing = this.view.list(this.directory(directory));
    const places = this.placed(listing);
    places.places ??= new Map([...listing.keys()].map((each, place) => [each, place]));
    const place = places.places.get(name);
    return place === undefined ? undefined : this.numbers.firstIn(directory, listing.size) + place;
  }

  attributes(number: number): FuseAttributes {
    const node = this.node(number);
    const { mode, userId, groupId, modifiedSeconds, modifiedNanoseconds, device, data } = node.attributes;
    const sizeBytes = this.view.sizeBytes(node);
    return {
      ...inodeNumber(node.file),
      ...{ userId, groupId, sizeBytes, modifiedSeconds, modifiedNanoseconds },
      mode: TYPE_BITS[node.type] | mode,
      linkCount: this.view.linkCount(node),
      allocatedBytes: data === undefined ? sizeBytes : data.reduce((sum, [, length]) => sum + length, 0),
      deviceNumber: device === undefined ? 0 : deviceNumber(device),
    };
  }

  childAt(directory: number, index: number): FuseChild | undefined {
    const nodes = this.nodesIn(directory);
    const node = nodes[index];
    if (node === undefined) return undefined;
    return {
      ...inodeNumber(node.file),
      node: this.numbers.firstIn(directory, nodes.length) + index,
      name: node.path.slice(node.path.lastIndexOf('/') + 1),
      mode: TYPE_BITS[node.type],
    };
  }

  parent(directory: number): number {
    return this.numbers.directoryOf(directory);
  }

  read(file: number, range: ReadRange): Uint8Array {
    return this.view.read(this.node(file), range);
  }

  readLink(link: number): Uint8Array {
    return this.view.read(this.node(link), WHOLE);
  }

  seek(file: number, offset: number, what: 'data' | 'hole'): number | undefined {
    const node = this.node(file);
    const sizeBytes = this.view.sizeBytes(node);
    if (offset >= sizeBytes) return undefined;
    const ranges = node.attributes.data ?? [[0, sizeBytes]];
    const range = ranges.find(([start, length]) => offset < start + length);
    if (range === undefined) return what === 'data' ? undefined : offset;
    const [start, length] = range;
    if (what === 'data') return Math.max(start, offset);
    return offset < start ? offset : start + length;
  }

  xattrNames(number: number): readonly string[] {
    return Object.keys(this.node(number).attributes.xattrs ?? {});
  }

  xattr(number: number, name: string): Uint8Array | undefined {
    const { xattrs = {} } = this.node(number).attributes;
    return Object.hasOwn(xattrs, name) ? Buffer.from(xattrs[name], 'base64') : undefined;
  }

  failed(number: number, error: unknown): void {
    this.onFailure(this.pathOf(number), error);
  }

  /** The path, or that of the nearest directory above that can be read. */
  private pathOf(number: number): string {
    try {
      return this.node(number).path;
    } catch {
      return number === ROOT_NUMBER ? '' : this.pathOf(this.numbers.directoryOf(number));
    }
  }

  private node(number: number): ViewNode {
    if (number === ROOT_NUMBER) return this.view.root;
    if (!this.numbers.has(number)) throw new FuseError(ERRNO.ESTALE);
    const directory = this.numbers.directoryOf(number);
    const nodes = this.nodesIn(directory);
    return nodes[number - this.numbers.firstIn(directory, nodes.length)];
  }

  private directory(number: number): ViewNode {
    const node = this.node(number);
    if (node.type === 'directory') return node;
    throw new FuseError(ERRNO.ENOTDIR);
  }

  private nodesIn(directory: number): readonly ViewNode[] {
    if (this.last?.number === directory) return this.last.nodes;
    const { nodes } = this.placed(this.view.list(this.directory(directory)));
    this.last = { number: directory, nodes };
    return nodes;
  }

  private placed(listing: ReadonlyMap<string, ViewNode>): Places {
    const known = this.placesOf.get(listing);
    if (known !== undefined) return known;
    const places = { nodes: [...listing.values()] };
    this.placesOf.set(listing, places);
    return places;
  }
}

/** As the kernel spreads the bits (new_encode_dev). */
function deviceNumber([major, minor]: readonly [number, number]): number {
  return (((minor & 0xfff00) << 12) | (major << 8) | (minor & 0xff)) >>> 0;
}
