// A name in a volume. Where it stands follows from its parent alone, so that a directory is moved without a look at what
// is in it.
import { constants } from 'node:fs';
import { encodeName } from '../../../store/names.js';
import { createFsError } from '../fs-error.js';
import { type Core, type CoreLink, type CoreNode, Link } from './core-classes.js';

const LONGEST_NAME_BYTES = 255;
const SET_GROUP = 0o2000;

export class LazyLink extends Link {
  override get steps(): string[] {
    const names: string[] = [];
    for (let link: CoreLink | undefined = this; link !== undefined; link = link.parent) names.push(link.name);
    return names.reverse();
  }

  override set steps(_: string[]) {
    // Nothing is kept of it.
  }

  override syncSteps(): void {
    // There is nothing that could be out of step.
  }

  override getName(): string {
    return this.name;
  }

  override createChild(
    name: string,
    node: CoreNode = this.vol.createNode(constants.S_IFREG | 0o666),
  ): CoreLink {
    checkName(name, `${this.getPath()}/${name}`);
    this.passGroupOn(node);
    const link = linkTo(node, { core: this.vol, parent: this, name });
    if (node.isDirectory()) node.nlink++;
    this.setChild(name, link);
    return link;
  }

  /** In a directory with setgid, what is made belongs to its group, and directories pass that on. */
  private passGroupOn(node: CoreNode): void {
    const { mode, gid } = this.getNode();
    if ((mode & SET_GROUP) === 0) return;
    node.gid = gid;
    if (node.isDirectory()) node.mode |= SET_GROUP;
  }
}

/** A name for `node`, which its parent does not know of yet. */
export function linkTo(
  node: CoreNode,
  place: { readonly core: Core; readonly parent: CoreLink | undefined; readonly name: string },
): LazyLink {
  const link = new LazyLink(place.core, place.parent, place.name);
  link.setNode(node);
  if (node.isDirectory()) link.children.set('.', link);
  return link;
}

/** Throws ENAMETOOLONG for a name that no file system on a disk would take. */
export function checkName(name: string, path: string): void {
  if (name.length * 3 <= LONGEST_NAME_BYTES || encodeName(name).length <= LONGEST_NAME_BYTES) return;
  throw createFsError('ENAMETOOLONG', { syscall: 'open', path });
}
