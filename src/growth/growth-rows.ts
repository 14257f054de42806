// The paths that were asked for, out of what all paths have added to a store: the largest ones first.
import { SavepointError } from '../../store/errors.js';
import { compareNames } from '../../store/names.js';
import { livePathOf } from '../live-path.js';
import { parsePath } from '../selection.js';
import type { GrowthNode } from './growth-tree.js';
import type { ComponentGrowth } from './walk-growth.js';

/** Which paths are wanted. */
export interface GrowthSelection {
  /** Absolute live paths or `component:relative/path`, of files that some point has; all where there are none. */
  readonly paths?: readonly string[];
  /** How many levels below a component's root, or below what `paths` names; all where this is missing. */
  readonly depth?: number;
  /** At most so many paths, the largest ones. */
  readonly limit?: number;
}

export interface PathGrowth {
  readonly component: string;
  /** Relative to the component's root; '' for the root itself. */
  readonly path: string;
  /** Where it is, or was, on the host; of a document of state, `component:path`. */
  readonly livePath: string;
  /** `directory` where it ever was one. */
  readonly type: 'directory' | 'file';
  /** What it has added to the packs, compressed: contents, and the trees and attributes in `metadataBytes`. */
  readonly storedBytes: number;
  readonly metadataBytes: number;
  /** The same before compression. */
  readonly rawBytes: number;
  /** How often a content came or changed from one point to the next: its own, or of a directory those of all files in it. */
  readonly versions: number;
  /** In how many points it grew. */
  readonly growths: number;
  /** Missing where it never grew: what it holds came in elsewhere. */
  readonly lastGrowth?: { readonly point: string; readonly createdAt: string };
}

interface Selected {
  readonly component: ComponentGrowth;
  readonly path: string;
  readonly node: GrowthNode;
}

export class GrowthRows {
  constructor(
    private readonly components: readonly ComponentGrowth[],
    private readonly points: readonly { readonly point: string; readonly createdAt: string }[],
    private readonly options: GrowthSelection,
  ) {}

  /** Throws COMPONENT_NOT_FOUND or PATH_NOT_FOUND. */
  select(): { readonly paths: PathGrowth[]; readonly pathCount: number } {
    const { limit = Infinity } = this.options;
    const found = this.roots().flatMap((root) => [...this.below(root)]);
    found.sort(compareRows);
    return {
      paths: found.slice(0, limit).map((selected) => this.describe(selected)),
      pathCount: found.length,
    };
  }

  private roots(): Selected[] {
    const { paths = [] } = this.options;
    if (paths.length === 0)
      return this.components.map((component) => ({ component, path: '', node: component.root }));
    const found = new Map<GrowthNode, Selected>();
    for (const text of paths)
      for (const selected of this.selectPath(text)) found.set(selected.node, selected);
    return [...found.values()];
  }

  /** Of a component that has moved, wherever it was. */
  private selectPath(text: string): Selected[] {
    const known = new Map(this.components.map((component) => [component.record.name, component]));
    const { component: name, path } = parsePath(known, text);
    const found = this.components.flatMap((component) => {
      const node = component.record.name === name ? component.root.find(path) : undefined;
      return node === undefined ? [] : [{ component, path, node }];
    });
    if (found.length > 0) return found;
    throw new SavepointError('PATH_NOT_FOUND', `No point has ${text}.`, { fields: { path: text } });
  }

  private *below(root: Selected): Generator<Selected> {
    const { depth = Infinity } = this.options;
    const open = [{ ...root, level: 0 }];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const { component, path, node, level } = next;
      yield next;
      if (level >= depth) continue;
      for (const [name, child] of [...(node.children ?? [])].reverse()) {
        const below = path === '' ? name : `${path}/${name}`;
        open.push({ component, path: below, node: child, level: level + 1 });
      }
    }
  }

  private describe({ component: { record }, path, node }: Selected): PathGrowth {
    const last = node.lastGrowth === undefined ? undefined : this.points[node.lastGrowth];
    return {
      ...{ component: record.name, path, livePath: livePathOf(record, path) },
      type: node.children === undefined ? 'file' : 'directory',
      storedBytes: Math.round(node.storedBytes),
      metadataBytes: Math.round(node.metadataBytes),
      rawBytes: node.rawBytes,
      ...{ versions: node.versions, growths: node.growths },
      ...(last === undefined ? {} : { lastGrowth: { point: last.point, createdAt: last.createdAt } }),
    };
  }
}

/** The largest first; what is equal in the order of the paths. */
function compareRows(left: Selected, right: Selected): number {
  return right.node.storedBytes - left.node.storedBytes || compareNames(left.path, right.path);
}
