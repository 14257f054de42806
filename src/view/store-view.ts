// All points of a store as one tree: `by-name/` has each in a directory, and the links in `by-time/` and `latest` lead
// there. A point is opened when somebody looks into it. The tree stays as it is until `refresh` takes in what has changed.
import { SavepointError } from '../../store/errors.js';
import { HeldReader, type HeldReaderOptions } from '../../store/held-reader.js';
import { encodeName } from '../../store/names.js';
import { listPoints } from '../list.js';
import type { ComponentRecord } from '../point-record.js';
import type { Point } from '../points.js';
import type { Session } from '../session.js';
import { KeptListings } from './kept-listings.js';
import { type PointDirectory, pointDirectory } from './point-directory.js';
import { directoryNode, PointView } from './point-view.js';
import type { Children, TreeView, ViewNode } from './tree-view.js';

export const BY_NAME = 'by-name';
export const BY_TIME = 'by-time';
export const LATEST = 'latest';

/** Points that are open at once; the one that was not looked into for longest is closed first. */
const MOST_POINTS = 64;

export interface StoreViewOptions extends HeldReaderOptions {
  readonly mostPoints?: number;
}

export class StoreView implements TreeView {
  root: ViewNode = directoryNode('', 0);
  private directory: PointDirectory = pointDirectory([]);
  /** What stands above the points, by the path. */
  private above: ReadonlyMap<string, Children> = new Map();
  private readonly open = new Map<string, PointView>();
  private readonly kept = new KeptListings<Children>();
  private sequence = 0;
  private isClosed = false;
  private running: Promise<boolean> | undefined;
  private next: Promise<boolean> | undefined;

  private constructor(
    private readonly session: Session,
    private readonly reader: HeldReader,
    private readonly mostPoints: number,
  ) {
    this.rebuild();
  }

  /** Whoever opened it closes it; until then the store's packs are held. Throws what listing points throws. */
  static async open(session: Session, options: StoreViewOptions = {}): Promise<StoreView> {
    const { mostPoints = MOST_POINTS, ...reading } = options;
    const reader = await HeldReader.open(session.store, reading);
    const view = new StoreView(session, reader, mostPoints);
    try {
      await view.refresh();
      return view;
    } catch (error) {
      view.close();
      throw error;
    }
  }

  /**
   * Takes in the points that have come and gone up to this call, and answers whether there were any: costs one listing
   * where there were none. Nodes of points that stay are as good as before.
   */
  refresh(): Promise<boolean> {
    if (this.running === undefined) return this.beginRefresh();
    // What runs may have looked before the caller's reason to ask came to be.
    this.next ??= this.running
      .catch(() => false)
      .then(() => {
        this.next = undefined;
        return this.beginRefresh();
      });
    return this.next;
  }

  /** Lets go of the store. Closing twice is fine. */
  close(): void {
    this.isClosed = true;
    this.open.clear();
    this.kept.clear();
    this.reader.close();
  }

  /** The point that a node is part of, or leads to; `undefined` above the points. */
  pointOf({ path }: ViewNode): Point | undefined {
    const { byName, byTime, latest } = this.directory;
    const [first, second = ''] = path.split('/', 2);
    const name = first === BY_NAME ? second : first === BY_TIME ? byTime.get(second) : latest;
    return path === '' || name === undefined ? undefined : byName.get(name);
  }

  find(path: string): ViewNode | undefined {
    const names = path.split('/').filter((name) => name !== '');
    if (names[0] === BY_NAME && names.length > 2) {
      return this.directory.byName.has(names[1])
        ? this.pointView(names[1]).find(names.slice(2).join('/'))
        : undefined;
    }
    const name = names.at(-1);
    return name === undefined ? this.root : this.above.get(names.slice(0, -1).join('/'))?.get(name);
  }

  list(directory: ViewNode): Children {
    const above = this.above.get(directory.path);
    if (above !== undefined) return above;
    return this.viewOf(directory)?.list(directory) ?? new Map();
  }

  sizeBytes(node: ViewNode): number {
    const target = this.target(node);
    return target === undefined ? (this.viewOf(node)?.sizeBytes(node) ?? 0) : target.length;
  }

  read(node: ViewNode, range: { readonly offset: number; readonly lengthBytes: number }): Uint8Array {
    const target = this.target(node);
    if (target !== undefined) return target.subarray(range.offset, range.offset + range.lengthBytes);
    return this.viewOf(node)?.read(node, range) ?? new Uint8Array();
  }

  readKept(node: ViewNode): Uint8Array | undefined {
    return node.component === undefined ? undefined : this.viewOf(node)?.readKept(node);
  }

  /** Of a point's own directory without opening the point. */
  linkCount(node: ViewNode): number {
    if (node.component !== undefined) return this.viewOf(node)?.linkCount(node) ?? 1;
    if (node.type !== 'directory') return 1;
    if (node.path.startsWith(`${BY_NAME}/`)) return 2 + (this.pointOf(node)?.components.length ?? 0);
    return 2 + [...this.list(node).values()].filter(({ type }) => type === 'directory').length;
  }

  componentsOf(node: ViewNode): ReadonlyMap<string, ComponentRecord> {
    return this.viewOf(node)?.componentsOf(node) ?? new Map();
  }

  private beginRefresh(): Promise<boolean> {
    const refresh = this.takeIn().finally(() => {
      if (this.running === refresh) this.running = undefined;
    });
    this.running = refresh;
    return refresh;
  }

  private async takeIn(): Promise<boolean> {
    const { refs } = this.session.store;
    if (await refs.seemsCurrent(this.sequence)) return false;
    const { sequence } = await refs.read();
    if (sequence === this.sequence || this.isClosed) return false;
    const points = await listPoints(this.session);
    const isThere = ({ tree, damaged }: Point) => damaged !== undefined || this.reader.has(tree);
    if (!points.every(isThere)) await this.reader.refresh();
    if (this.isClosed) {
      this.reader.close();
      return false;
    }
    const before = this.directory.byName;
    this.directory = pointDirectory(points);
    const { byName } = this.directory;
    const isSame = ([name, { id }]: [string, Point]) => byName.get(name)?.id === id;
    if (![...before].every(isSame)) {
      this.open.clear();
      this.kept.clear();
    }
    this.rebuild();
    this.sequence = sequence;
    return true;
  }

  private rebuild(): void {
    const { byName, byTime, latest } = this.directory;
    const points = new Map<string, ViewNode>();
    for (const [name, { createdAt }] of byName) {
      points.set(name, directoryNode(`${BY_NAME}/${name}`, timeOf(createdAt)));
    }
    const link = (path: string, name: string) => linkNode(path, timeOf(byName.get(name)?.createdAt ?? ''));
    const times = new Map<string, ViewNode>();
    for (const [time, name] of byTime) times.set(time, link(`${BY_TIME}/${time}`, name));
    const changedMs = latest === undefined ? 0 : timeOf(byName.get(latest)?.createdAt ?? '');
    const root = new Map<string, ViewNode>();
    for (const name of [BY_NAME, BY_TIME]) root.set(name, directoryNode(name, changedMs));
    if (latest !== undefined) root.set(LATEST, link(LATEST, latest));
    this.root = directoryNode('', changedMs);
    this.above = new Map([
      ['', root],
      [BY_NAME, points],
      [BY_TIME, times],
    ]);
  }

  /** The view that has what is below the point's own directory. */
  private viewOf({ path }: ViewNode): PointView | undefined {
    const [first, name] = path.split('/', 2);
    return first === BY_NAME && this.directory.byName.has(name) ? this.pointView(name) : undefined;
  }

  private pointView(name: string): PointView {
    const known = this.open.get(name);
    if (known !== undefined) {
      this.open.delete(name);
      this.open.set(name, known);
      return known;
    }
    const { tree, damaged, createdAt } = this.directory.byName.get(name) as Point;
    if (damaged !== undefined) {
      throw new SavepointError(damaged.code, damaged.message, { fields: { point: name } });
    }
    const options = { at: `${BY_NAME}/${name}`, kept: this.kept, modifiedMs: timeOf(createdAt) };
    const view = new PointView(this.reader, tree, options);
    this.open.set(name, view);
    for (const oldest of this.open.keys()) {
      if (this.open.size <= this.mostPoints) break;
      this.open.delete(oldest);
    }
    return view;
  }

  /** Where one of this view's own links leads. */
  private target({ path, type, component }: ViewNode): Uint8Array | undefined {
    if (type !== 'symlink' || component !== undefined) return undefined;
    const { byTime, latest } = this.directory;
    const isLatest = path === LATEST;
    const name = isLatest ? latest : byTime.get(path.slice(BY_TIME.length + 1));
    return encodeName(`${isLatest ? '' : '../'}${BY_NAME}/${name ?? ''}`);
  }
}

function linkNode(path: string, modifiedMs: number): ViewNode {
  const { attributes, ...node } = directoryNode(path, modifiedMs);
  return { ...node, type: 'symlink', attributes: { ...attributes, mode: 0o777 } };
}

/** Damaged points have none. */
function timeOf(createdAt: string): number {
  return createdAt === '' ? 0 : Date.parse(createdAt);
}
