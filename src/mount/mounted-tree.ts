// A view as the kernel sees it: nodes by number, with all their attributes.
import { isSavepointError } from '../../store/errors.js';
import {
  type FuseAttributes,
  type FuseChild,
  FuseError,
  type FuseFileSystem,
  type ReadRange,
} from '../composition.js';
import { TYPE_BITS } from '../view/point-entries.js';
import type { StoreView } from '../view/store-view.js';
import type { TreeView } from '../view/tree-view.js';
import { DirectoryReading } from './directory-reading.js';
import { inodeNumber } from './inode-number.js';
import { NodeNumbers, ROOT_NUMBER } from './node-numbers.js';
import { StoreNodes } from './store-nodes.js';
import { baseName, type MountedNodes, TreeNodes } from './tree-nodes.js';

/** Points don't change. */
const FOR_EVER_SECONDS = 365 * 24 * 60 * 60;
/** Which points there are does; so long the kernel and this side may go by what they know. */
const CHANGING_SECONDS = 1;
const WHOLE: ReadRange = { offset: 0, lengthBytes: Number.MAX_SAFE_INTEGER };

/** Files that are given to the kernel after one that is read, and how long they may be. */
const MOST_FOLLOWING = 64;
const LONGEST_FOLLOWING_BYTES = 256 << 10;
const NOTHING = new Uint8Array();

/** Told of what can't be read, by its path. */
type OnFailure = (path: string, error: unknown) => void;

/** A point. */
export function mountedPoint(view: TreeView, onFailure: OnFailure): FuseFileSystem {
  return new MountedTree(view, new TreeNodes(view, new NodeNumbers()), onFailure);
}

/** All points of a store, as they come and go. */
export function mountedStore(view: StoreView, onFailure: OnFailure): FuseFileSystem {
  return new MountedStore(view, new StoreNodes(view, new NodeNumbers()), onFailure);
}

class MountedTree implements FuseFileSystem {
  readonly isConstant: boolean = true;
  private readonly reading = new DirectoryReading();

  constructor(
    private readonly view: TreeView,
    private readonly nodes: MountedNodes,
    protected readonly onFailure: OnFailure,
  ) {}

  prepare(_node: number): Promise<void> | undefined {
    return undefined;
  }

  validSeconds(_node: number): number {
    return FOR_EVER_SECONDS;
  }

  find(directory: number, name: string): number | undefined {
    return this.nodes.find(directory, name);
  }

  attributes(number: number): FuseAttributes {
    const node = this.nodes.get(number);
    const { attributes } = node;
    const sizeBytes = this.view.sizeBytes(node);
    const { inodeLow, inodeHigh } = inodeNumber(node.file);
    // Of each file in each listing: spreading objects would take most of the time.
    return {
      inodeLow,
      inodeHigh,
      mode: TYPE_BITS[node.type] | attributes.mode,
      userId: attributes.userId,
      groupId: attributes.groupId,
      linkCount: this.view.linkCount(node),
      sizeBytes,
      allocatedBytes: attributes.data === undefined ? sizeBytes : sumOf(attributes.data),
      deviceNumber: attributes.device === undefined ? 0 : deviceNumber(attributes.device),
      modifiedSeconds: attributes.modifiedSeconds,
      modifiedNanoseconds: attributes.modifiedNanoseconds,
    };
  }

  childAt(directory: number, place: number): FuseChild | undefined {
    const child = this.nodes.childAt(directory, place);
    if (child === undefined) return undefined;
    const { number, node, next } = child;
    const { inodeLow, inodeHigh } = inodeNumber(node.file);
    return { node: number, name: baseName(node), mode: TYPE_BITS[node.type], inodeLow, inodeHigh, next };
  }

  parent(directory: number): number {
    return this.nodes.parent(directory);
  }

  read(file: number, range: ReadRange): Uint8Array {
    return this.view.read(this.nodes.get(file), range);
  }

  *following(file: number): Generator<{ readonly node: number; readonly content: Uint8Array }> {
    const directory = this.nodes.parent(file);
    const goesOn = this.reading.advance(directory, file);
    if (!goesOn && !this.isFirstFile(directory, file)) return;
    // The very next one is asked for before anything of it could be there.
    for (let next = file + 2; next <= file + MOST_FOLLOWING; next++) {
      if (this.nodes.parent(next) !== directory) return;
      const content = this.findKept(next);
      if (content === undefined || content.length > LONGEST_FOLLOWING_BYTES) return;
      this.reading.advance(directory, next);
      if (content.length > 0) yield { node: next, content };
    }
  }

  private isFirstFile(directory: number, file: number): boolean {
    for (let before = file - 1; before >= file - MOST_FOLLOWING; before--) {
      if (this.nodes.parent(before) !== directory) return true;
      if (this.findKept(before) !== NOTHING) return false;
    }
    return false;
  }

  /** The content of a file; nothing of what is none. What can't be read is for who reads it to be told. */
  private findKept(number: number): Uint8Array | undefined {
    try {
      const node = this.nodes.get(number);
      return node.type === 'file' ? this.view.readKept(node) : NOTHING;
    } catch (error) {
      if (error instanceof FuseError || isSavepointError(error)) return undefined;
      throw error;
    }
  }

  readLink(link: number): Uint8Array {
    return this.view.read(this.nodes.get(link), WHOLE);
  }

  seek(file: number, offset: number, what: 'data' | 'hole'): number | undefined {
    const node = this.nodes.get(file);
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
    return Object.keys(this.nodes.get(number).attributes.xattrs ?? {});
  }

  xattr(number: number, name: string): Uint8Array | undefined {
    const { xattrs = {} } = this.nodes.get(number).attributes;
    return Object.hasOwn(xattrs, name) ? Buffer.from(xattrs[name], 'base64') : undefined;
  }

  failed(number: number, error: unknown): void {
    this.onFailure(this.pathOf(number), error);
  }

  /** The path, or that of the nearest directory above that can be read. */
  private pathOf(number: number): string {
    try {
      return this.nodes.get(number).path;
    } catch {
      return number === ROOT_NUMBER ? '' : this.pathOf(this.nodes.parent(number));
    }
  }
}

class MountedStore extends MountedTree {
  override readonly isConstant = false;
  private lookedMs = performance.now();

  constructor(
    private readonly store: StoreView,
    private readonly storeNodes: StoreNodes,
    onFailure: OnFailure,
  ) {
    super(store, storeNodes, onFailure);
  }

  override prepare(node: number): Promise<void> | undefined {
    if (!this.storeNodes.isChanging(node)) return undefined;
    if (performance.now() - this.lookedMs < CHANGING_SECONDS * 1000) return undefined;
    return this.refresh();
  }

  override validSeconds(node: number): number {
    return this.storeNodes.isChanging(node) ? CHANGING_SECONDS : super.validSeconds(node);
  }

  /** Where the points can't be listed now, it stays as it is. */
  private async refresh(): Promise<void> {
    this.lookedMs = performance.now();
    try {
      if (await this.store.refresh()) this.storeNodes.forget();
    } catch (error) {
      this.onFailure('', error);
    }
  }
}

function sumOf(ranges: readonly (readonly [number, number])[]): number {
  return ranges.reduce((sum, [, length]) => sum + length, 0);
}

/** As the kernel spreads the bits (new_encode_dev). */
function deviceNumber([major, minor]: readonly [number, number]): number {
  return (((minor & 0xfff00) << 12) | (major << 8) | (minor & 0xff)) >>> 0;
}
