// Files of equal content: they have equal ids, so nothing is read. Empty files are never paired: nothing tells one from
// another.
import type { ObjectId } from '../../store/object-id.js';
import { baseName, type Pairs, type RenameSource, type RenameTarget } from './pairs.js';

/** Pairs what has equal content; of several sources one that is free, and of the same name, if there is one. */
export function pairEqual(
  targets: readonly RenameTarget[],
  sources: readonly RenameSource[],
  detail: { readonly pairs: Pairs; readonly emptyId: ObjectId },
): void {
  const { pairs, emptyId } = detail;
  const byId = new Map<string, RenameSource[]>();
  for (const source of sources) {
    const key = keyOf(source);
    if (source.entry.id === emptyId || !pairs.isFree(source)) continue;
    const others = byId.get(key);
    if (others === undefined) byId.set(key, [source]);
    else others.push(source);
  }
  for (const target of targets) {
    if (pairs.find(target.path) !== undefined) continue;
    const free = byId.get(keyOf(target)) ?? [];
    const source = chooseSource(free, target, pairs);
    if (source === undefined) continue;
    pairs.add(target.path, { source, similarity: 100 });
    if (!pairs.isFree(source)) free.splice(free.indexOf(source), 1);
  }
}

/** A link and a file are never the same, whatever they hold. */
function keyOf({ entry }: RenameTarget): string {
  return `${entry.attributes.type} ${entry.id}`;
}

/** How many sources of equal content are weighed against each other. */
const MOST_WEIGHED = 100;

function chooseSource(
  sources: readonly RenameSource[],
  target: RenameTarget,
  pairs: Pairs,
): RenameSource | undefined {
  let best: RenameSource | undefined;
  let bestScore = -1;
  for (const source of sources.slice(0, MOST_WEIGHED)) {
    const isUnused = source.isGone && pairs.usesOf(source) === 0;
    const score = (isUnused ? 2 : 0) + (baseName(source.path) === baseName(target.path) ? 1 : 0);
    if (score > bestScore) [best, bestScore] = [source, score];
    if (bestScore === 3) break;
  }
  return best;
}
