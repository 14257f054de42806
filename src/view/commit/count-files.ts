// How many files a component of a volume has, and of which size, from what the point counted and what has changed since.
import type { PointView, ViewNode } from '../point-view.js';
import { isRootOfComponent } from './read-volume.js';
import type { VolumeFile } from './volume-file.js';

/** As a capture counts: each hard-linked file's bytes once, and all its names. */
export interface FileCounts {
  readonly files: number;
  readonly directories: number;
  readonly bytes: number;
}

const NONE: FileCounts = { files: 0, directories: 0, bytes: 0 };

/** `view` is missing where the volume was not mounted from a point; `known` tells of the component that `root` was. */
export function countFiles(
  root: VolumeFile,
  view: PointView | undefined,
  known: FileCounts | undefined,
): FileCounts {
  const { origin } = root;
  const counter = new Counter(view);
  if (origin === undefined || known === undefined || !isRootOfComponent(origin)) {
    counter.add(root);
    return counter.total();
  }
  counter.compare(root, origin);
  return counter.total(known);
}

class Counter {
  private counts = { ...NONE };
  /** How often directories with the same trees came and went: those that were only moved are not looked into. */
  private readonly moved = new Map<string, { times: number; readonly node: ViewNode }>();

  constructor(private readonly view: PointView | undefined) {}

  total(known: FileCounts = NONE): FileCounts {
    for (const { times, node } of this.moved.values()) if (times !== 0) this.countBelow(node, times);
    return {
      files: known.files + this.counts.files,
      directories: known.directories + this.counts.directories,
      bytes: known.bytes + this.counts.bytes,
    };
  }

  /** What differs between a directory and what it was. */
  compare({ content }: VolumeFile, origin: ViewNode): void {
    if (content.kind !== 'directory') return;
    const before = this.view?.list(origin) ?? new Map<string, ViewNode>();
    for (const [name, file] of content.files) {
      const was = before.get(name);
      if (was === undefined) this.add(file);
      else if (was.type === 'directory' && file.origin?.path === was.path) this.compare(file, was);
      else if (!file.isSame || file.origin?.path !== was.path) {
        this.add(file);
        this.countWhole(was, -1);
      }
    }
    for (const [name, was] of before) if (!content.files.has(name)) this.countWhole(was, -1);
  }

  add(file: VolumeFile): void {
    const { content, attributes, origin } = file;
    if (content.kind === 'tree') {
      if (origin !== undefined) this.countWhole(origin, 1);
      return;
    }
    if (content.kind === 'directory') {
      this.counts.directories++;
      for (const child of content.files.values()) this.add(child);
      return;
    }
    this.counts.files++;
    if (attributes.type !== 'file' || attributes.link !== undefined) return;
    if (content.kind === 'bytes') this.counts.bytes += content.sizeBytes;
    else if (origin !== undefined) this.counts.bytes += this.view?.sizeBytes(origin) ?? 0;
  }

  private countWhole(node: ViewNode, times: number): void {
    const { directory, type, attributes } = node;
    if (type !== 'directory') {
      this.counts.files += times;
      if (type === 'file' && attributes.link === undefined)
        this.counts.bytes += times * (this.view?.sizeBytes(node) ?? 0);
      return;
    }
    const key = `${directory?.files} ${directory?.attributes}`;
    const moved = this.moved.get(key) ?? { times: 0, node };
    moved.times += times;
    this.moved.set(key, moved);
  }

  private countBelow(directory: ViewNode, times: number): void {
    this.counts.directories += times;
    for (const child of this.view?.list(directory).values() ?? []) {
      if (child.type === 'directory') this.countBelow(child, times);
      else this.countWhole(child, times);
    }
  }
}
