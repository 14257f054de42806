// Draws what a restore would do as a tree of paths. A directory that is wholly new, or wholly removed, is one line with
// the number of what is in it.
import type { RestoredComponent } from '../index.js';
import { escapeName } from './escape-name.js';
import { countOf, formatBytes } from './format-bytes.js';
import type { Style } from './style.js';

type Step = RestoredComponent['steps'][number];

interface Node {
  readonly name: string;
  step?: Step;
  isKept: boolean;
  readonly children: Map<string, Node>;
}

/** The lines for one component: its root, and below it what would be done. None where nothing would be. */
export function planTree({ component, root, steps, kept }: RestoredComponent, style: Style): string[] {
  if (steps.length === 0 && kept.length === 0) return [];
  const top: Node = { name: root, isKept: false, children: new Map() };
  for (const step of steps) place(top, step.path).step = step;
  for (const path of kept) place(top, path).isKept = true;
  const mark = top.step === undefined ? '' : `${markOf(top, style)} `;
  return [
    `${mark}${style.bold(escapeName(root))}  ${style.dim(escapeName(component))}`,
    ...branches(top, '', style),
  ];
}

function place(top: Node, path: string): Node {
  let node = top;
  for (const name of path === '' ? [] : path.split('/')) {
    const child = node.children.get(name) ?? { name, isKept: false, children: new Map() };
    node.children.set(name, child);
    node = child;
  }
  return node;
}

function branches(parent: Node, indent: string, style: Style): string[] {
  const children = [...parent.children.values()];
  return children.flatMap((child, index) => {
    const isLast = index === children.length - 1;
    const line = `${style.dim(`${indent}${isLast ? '└─' : '├─'}`)} ${describe(child, style)}`;
    if (isWhole(child)) return [line];
    return [line, ...branches(child, `${indent}${isLast ? '   ' : '│  '}`, style)];
  });
}

function describe(node: Node, style: Style): string {
  const isDirectory = node.children.size > 0 || typeOf(node.step) === 'directory';
  const name = `${escapeName(node.name)}${isDirectory ? '/' : ''}`;
  const isFolded = isWhole(node) && node.children.size > 0;
  const inside = isFolded ? `  ${countOf(countBelow(node), 'entry', 'entries')}` : '';
  const bytes = isFolded ? bytesBelow(node) : sizeOf(node);
  const detail = style.dim(`${inside}${bytes === 0 ? '' : `  ${formatBytes(bytes)}`}`);
  const mark = markOf(node, style);
  return mark === '' ? name : `${mark} ${name}${detail}`;
}

function sizeOf({ step }: Node): number {
  return step?.do === 'create' || step?.do === 'replace' ? (step.sizeBytes ?? 0) : 0;
}

function bytesBelow(node: Node): number {
  return [...node.children.values()].reduce((sum, child) => sum + bytesBelow(child), sizeOf(node));
}

function markOf({ step, isKept }: Node, style: Style): string {
  if (isKept) return style.dim('kept');
  switch (step?.do) {
    case 'create':
      return style.green('create');
    case 'replace':
      return style.yellow('replace');
    case 'remove':
      return style.red('remove');
    case 'attributes':
      return style.cyan('attributes');
    default:
      return '';
  }
}

function typeOf(step: Step | undefined): string | undefined {
  return step?.do === 'remove' ? step.type : step?.attributes.type;
}

/** Whether all that is below a new, removed or kept directory shares its lot. */
function isWhole({ step, isKept, children }: Node): boolean {
  if (!isKept && step?.do !== 'create' && step?.do !== 'remove') return false;
  return [...children.values()].every(
    (child) => child.isKept === isKept && child.step?.do === step?.do && isWhole(child),
  );
}

function countBelow({ children }: Node): number {
  let count = 0;
  for (const child of children.values()) count += 1 + countBelow(child);
  return count;
}
