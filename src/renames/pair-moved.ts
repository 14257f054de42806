// Directories that moved as a whole: their trees have equal ids, so all that is in them belongs together by its name, and
// nothing in them is looked up or read.
import type { Change } from '../diff.js';
import { baseName, type Pairs } from './pairs.js';

/** Pairs moved directories, and what is in them. Changes are in order: a directory comes before what is in it. */
export function pairMoved(changes: readonly Change[], pairs: Pairs): void {
  const gone = directoriesByTree(changes);
  if (gone.size === 0) return;
  const [before, after] = [positions(changes, 'removed'), positions(changes, 'added')];
  for (const change of changes) {
    const tree = change.kind === 'added' ? change.after?.directory?.files : undefined;
    if (tree === undefined || pairs.find(change.path) !== undefined) continue;
    const sources = gone.get(tree)?.filter(({ path }) => pairs.usesOf({ path }) === 0) ?? [];
    const source = sources.find(({ path }) => baseName(path) === baseName(change.path)) ?? sources[0];
    if (source === undefined) continue;
    pairAt(pairs, source, change.path);
    for (let at = (before.get(source.path) as number) + 1; at < changes.length; at++) {
      const inside = changes[at];
      if (!inside.path.startsWith(`${source.path}/`)) break;
      const target = change.path + inside.path.slice(source.path.length);
      const found = after.get(target);
      if (inside.kind !== 'removed' || found === undefined || !isSame(inside, changes[found])) continue;
      if (pairs.usesOf(inside) === 0 && pairs.find(target) === undefined) pairAt(pairs, inside, target);
    }
  }
}

function pairAt(pairs: Pairs, { path, before }: Change, target: string): void {
  if (before !== undefined)
    pairs.add(target, { source: { path, entry: before, isGone: true }, similarity: 100 });
}

/** What is only in the attributes, devices and pipes, need not be equal, and can't be renamed. */
function isSame({ before }: Change, { after }: Change): boolean {
  return (
    before !== undefined &&
    before.attributes.type === after?.attributes.type &&
    before.id === after.id &&
    before.directory?.files === after.directory?.files &&
    (before.id !== undefined || before.directory !== undefined)
  );
}

/** Removed directories that have files in them. */
function directoriesByTree(changes: readonly Change[]): Map<string, Change[]> {
  const holding = new Set<string>();
  for (const { kind, path, before } of changes) {
    if (kind !== 'removed' || before?.id === undefined) continue;
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      if (holding.has(path.slice(0, end))) break;
      holding.add(path.slice(0, end));
    }
  }
  const found = new Map<string, Change[]>();
  for (const change of changes) {
    const tree = change.kind === 'removed' ? change.before?.directory?.files : undefined;
    if (tree === undefined || !holding.has(change.path)) continue;
    const others = found.get(tree);
    if (others === undefined) found.set(tree, [change]);
    else others.push(change);
  }
  return found;
}

function positions(changes: readonly Change[], kind: Change['kind']): Map<string, number> {
  const found = new Map<string, number>();
  for (const [at, change] of changes.entries()) if (change.kind === kind) found.set(change.path, at);
  return found;
}
