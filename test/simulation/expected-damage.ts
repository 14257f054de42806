// Which paths of which points need a lost object: worked out from the objects' bytes alone, by git's own formats, as an
// oracle for what `verify` names.
import type { StoreContent } from './small-store.js';

type Ids = ReadonlySet<string>;

/** Paths as `verify` spells them, sorted, by point; `lost` has chunks as well, of which `chunksOf` tells. */
export function expectDamage(
  content: StoreContent,
  lost: Ids,
  chunksOf: ReadonlyMap<string, readonly string[]>,
): Record<string, string[]> {
  const walk = new Walk(content, { lost, chunksOf });
  const hurt: Record<string, string[]> = {};
  for (const name of content.points.keys()) {
    const paths = walk.pointPaths(content.refs.get(`points/${name}`) as string);
    if (paths.length > 0) hurt[name] = paths.sort();
  }
  return hurt;
}

class Walk {
  constructor(
    private readonly content: StoreContent,
    private readonly damage: { lost: Ids; chunksOf: ReadonlyMap<string, readonly string[]> },
  ) {}

  pointPaths(tag: string): string[] {
    if (this.isLost(tag)) return [''];
    const commit = this.value(tag, 'object');
    if (this.isLost(commit)) return [''];
    const root = this.value(commit, 'tree');
    if (this.isLost(root)) return [''];
    const paths: string[] = [];
    for (const [name, { mode, id }] of this.entries(root)) {
      if (this.isLost(id)) return [''];
      if (mode !== '40000') continue;
      const parts = this.entries(id);
      const [record, files, attributes] = ['component.json', 'files', 'attrs'].map(
        (part) => parts.get(part)?.id ?? '',
      );
      if (this.isLost(record)) return [''];
      paths.push(...this.directoryPaths(files, attributes, '').map((path) => `${name}:${path}`));
    }
    return paths;
  }

  private directoryPaths(files: string, attributes: string, path: string): string[] {
    if (this.isLost(files) || this.isLost(attributes)) return [path];
    const beside = this.entries(attributes);
    if (this.isLost(beside.get('.attributes')?.id ?? '')) return [path];
    return [...this.entries(files)].flatMap(([name, { mode, id }]) => {
      const below = path === '' ? name : `${path}/${name}`;
      if (mode === '40000') return this.directoryPaths(id, beside.get(name)?.id ?? '', below);
      return this.isLost(id) ? [below] : [];
    });
  }

  private isLost(id: string): boolean {
    const { lost, chunksOf } = this.damage;
    return lost.has(id) || (chunksOf.get(id) ?? []).some((chunk) => lost.has(chunk));
  }

  /** The value of the line `key` in the head of a tag or commit. */
  private value(id: string, key: string): string {
    const text = Buffer.from(this.bytes(id)).toString();
    return new RegExp(`^${key} ([0-9a-f]+)$`, 'm').exec(text)?.[1] ?? '';
  }

  private entries(tree: string): Map<string, { mode: string; id: string }> {
    const bytes = Buffer.from(this.bytes(tree));
    const idLength = tree.length / 2;
    const entries = new Map<string, { mode: string; id: string }>();
    for (let at = 0; at < bytes.length; ) {
      const end = bytes.indexOf(0, at);
      const [mode, name] = bytes.toString('latin1', at, end).split(/ (.*)/s);
      at = end + 1 + idLength;
      entries.set(name, { mode, id: bytes.toString('hex', end + 1, at) });
    }
    return entries;
  }

  private bytes(id: string): Uint8Array {
    return this.content.objects.get(id as never)?.content ?? new Uint8Array();
  }
}
