// What of a tree is served: files and directories. Symbolic links are followed as far as they lead to something in the
// same point, and nothing else is there.
import { decodeName } from '../../store/names.js';
import { isDocumentOf } from '../live-path.js';
import type { TreeView, ViewNode } from '../view/tree-view.js';

/** A file or a directory. */
export interface Resource {
  /** Links are followed: it may stand elsewhere in the tree than where it was asked for. */
  readonly node: ViewNode;
  readonly isCollection: boolean;
}

/** A directory entry. */
export interface Member extends Resource {
  readonly name: string;
}

const WHOLE = { offset: 0, lengthBytes: Number.MAX_SAFE_INTEGER };
/** As Linux has it. */
const MOST_LINKS = 40;

export class Resources {
  constructor(readonly view: TreeView) {}

  /** What `names` lead to from the root; `undefined` where nothing is served. */
  find(names: readonly string[]): Resource | undefined {
    let node: ViewNode | undefined = this.view.root;
    for (const name of names) {
      if (node?.type !== 'directory') return undefined;
      node = this.follow(this.view.list(node).get(name));
    }
    return resourceOf(node);
  }

  /**
   * What is in a directory: links to files as these files, and links to directories of the same point, which might lead
   * around in circles, not at all. They can still be asked for by their names.
   */
  *members({ node }: Resource): Generator<Member> {
    for (const [name, child] of this.view.list(node)) {
      const resource = resourceOf(this.follow(child));
      if (resource === undefined) continue;
      if (child.type === 'symlink' && child.component !== undefined && resource.isCollection) continue;
      yield { name, ...resource };
    }
  }

  /** The links to directories that `members` leaves out, and what they lead to. */
  *linkedDirectories({ node }: Resource): Generator<Member> {
    for (const [name, child] of this.view.list(node)) {
      if (child.type !== 'symlink' || child.component === undefined) continue;
      const resource = resourceOf(this.follow(child));
      if (resource?.isCollection === true) yield { name, ...resource };
    }
  }

  private follow(node: ViewNode | undefined): ViewNode | undefined {
    if (node?.type !== 'symlink') return node;
    return node.component === undefined ? this.followOwn(node) : this.followCaptured(node);
  }

  /** A link of the tree's own, which leads to a point. */
  private followOwn(link: ViewNode): ViewNode | undefined {
    const names = link.path.split('/').slice(0, -1);
    for (const name of this.targetNames(link)) {
      if (name === '..') names.pop();
      else names.push(name);
    }
    return this.view.find(names.join('/'));
  }

  /** A link that was captured: it leads where it led on the host, as far as the point has that. Resolved as the kernel does. */
  private followCaptured(link: ViewNode): ViewNode | undefined {
    const places = this.placesOf(link);
    const own = places.find(({ name }) => name === link.component);
    if (own === undefined) return undefined;
    const inside = namesOf(link.path.slice(own.path.length));
    if (isDocumentOf(own.record, inside.join('/'))) return undefined;
    const at = [...own.origin, ...inside.slice(0, -1)];
    const open = this.targetNames(link).reverse();
    // No link that a system makes is empty, and such a one leads nowhere.
    if (this.view.sizeBytes(link) === 0) return undefined;
    if (this.isAbsolute(link)) at.length = 0;
    let node = this.nodeAt(places, at);
    for (let links = 1, name = open.pop(); name !== undefined; name = open.pop()) {
      if (node !== undefined && node.type !== 'directory') return undefined;
      if (name === '..') at.pop();
      else at.push(name);
      node = this.nodeAt(places, at);
      if (node === undefined && leavesPlaces(places, at)) return undefined;
      if (node?.type !== 'symlink') continue;
      if (++links > MOST_LINKS) return undefined;
      at.pop();
      if (this.isAbsolute(node)) at.length = 0;
      open.push(...this.targetNames(node).reverse());
      node = undefined;
    }
    return node ?? this.nodeAt(places, at);
  }

  /** Where the components of a point stood on the host, those further down first. */
  private placesOf(node: ViewNode): Place[] {
    const components = [...this.view.componentsOf(node)];
    return components
      .map(([path, record]) => ({ name: record.name, path, record, origin: namesOf(record.origin) }))
      .sort((left, right) => right.origin.length - left.origin.length);
  }

  private nodeAt(places: readonly Place[], at: readonly string[]): ViewNode | undefined {
    for (const { path, origin } of places) {
      if (!isBelow(at, origin)) continue;
      const node = this.view.find([path, ...at.slice(origin.length)].join('/'));
      if (node !== undefined) return node;
    }
    return undefined;
  }

  private targetNames(link: ViewNode): string[] {
    return namesOf(this.target(link));
  }

  private isAbsolute(link: ViewNode): boolean {
    return this.target(link).startsWith('/');
  }

  private target(link: ViewNode): string {
    return decodeName(this.view.read(link, WHOLE));
  }
}

/** A component, and where it stood on the host. */
interface Place {
  readonly name: string;
  /** In the tree. */
  readonly path: string;
  readonly record: Parameters<typeof isDocumentOf>[0];
  /** The names of its path on the host. */
  readonly origin: readonly string[];
}

function resourceOf(node: ViewNode | undefined): Resource | undefined {
  if (node?.type === 'directory') return { node, isCollection: true };
  return node?.type === 'file' ? { node, isCollection: false } : undefined;
}

function namesOf(path: string): string[] {
  return path.split('/').filter((name) => name !== '' && name !== '.');
}

function isBelow(names: readonly string[], directory: readonly string[]): boolean {
  return directory.every((name, index) => names[index] === name);
}

/** Whether nothing that the point has is at `at` or below it: it need not be there for what is below to be. */
function leavesPlaces(places: readonly Place[], at: readonly string[]): boolean {
  return !places.some(({ origin }) => isBelow(origin, at));
}
