// Has all names of hard-linked files be looked at where something about them may have changed: what nobody has looked at
// afterwards has one name, and stays what it is wherever it stands. The names are found once for a component, by looking
// through its attributes, and not at all where only new files came.

import { PointEntry } from '../point-entries.js';
import type { PointView, ViewNode } from '../point-view.js';
import type { CoreLink, CoreNode } from '../volume/core-classes.js';
import { LazyChildren } from '../volume/lazy-children.js';
import { isLazyNode } from '../volume/lazy-node.js';
import { attributesOfNode, hasSameAttributes } from './merge-attributes.js';

/** What a node of a mounted volume was in its point. */
export function originOfNode(node: CoreNode): ViewNode | undefined {
  const origin = isLazyNode(node) ? node.origin : undefined;
  return origin instanceof PointEntry ? origin.node : undefined;
}

/** The names in a directory that were looked at or came later. */
export function presentIn({ children }: CoreLink): Iterable<[string, CoreLink]> {
  if (children instanceof LazyChildren) return children.present();
  return [...children].flatMap(([name, link]): [string, CoreLink][] =>
    link === undefined || name === '.' || name === '..' ? [] : [[name, link]],
  );
}

/** The components of which files were changed, moved, removed or linked anew, or directories moved or removed. */
export function findDisturbed(root: CoreLink): Set<string> {
  const disturbed = new Set<string>();
  const note = (node: ViewNode | undefined) => {
    if (node?.component !== undefined) disturbed.add(node.component);
  };
  const open = [root];
  for (let link = open.pop(); link !== undefined; link = open.pop()) {
    const { children } = link;
    if (children instanceof LazyChildren)
      for (const entry of children.lost()) if (entry instanceof PointEntry) note(entry.node);
    for (const [name, child] of presentIn(link)) {
      const node = child.getNode();
      const isInPlace = children instanceof LazyChildren && children.isOriginal(name);
      if (node.isDirectory()) open.push(child);
      else if (!isInPlace || isChanged(node)) note(originOfNode(node));
    }
  }
  return disturbed;
}

function isChanged(node: CoreNode): boolean {
  const origin = originOfNode(node);
  if (origin === undefined || !isLazyNode(node)) return false;
  const attributes = attributesOfNode(node, origin.attributes);
  return (
    !node.hasOriginalContent() ||
    attributes === undefined ||
    !hasSameAttributes(attributes, origin.attributes)
  );
}

/** Looks at each name of the hard-linked files of `components`, as far as it is still there. */
export function admitLinks(root: CoreLink, view: PointView, components: Iterable<string>): void {
  const wanted = new Map<string, Set<string>>();
  const want = (path: string) => {
    for (let at = path; at !== ''; ) {
      const slash = at.lastIndexOf('/');
      const parent = slash < 0 ? '' : at.slice(0, slash);
      const names = wanted.get(parent);
      const name = at.slice(slash + 1);
      if (names === undefined) wanted.set(parent, new Set([name]));
      else if (names.has(name)) return;
      else names.add(name);
      at = parent;
    }
  };
  for (const component of components) {
    for (const [first, others] of view.linkNames(component)) {
      for (const path of [first, ...others]) want(view.pathIn(component, path));
    }
  }
  if (wanted.size > 0) admitBelow(root, wanted);
}

function admitBelow(root: CoreLink, wanted: ReadonlyMap<string, ReadonlySet<string>>): void {
  const open = [root];
  for (let link = open.pop(); link !== undefined; link = open.pop()) {
    const origin = originOfNode(link.getNode());
    const names = origin === undefined ? undefined : wanted.get(origin.path);
    for (const name of names ?? []) link.children.get(name);
    for (const [, child] of presentIn(link)) if (child.getNode().isDirectory()) open.push(child);
  }
}
