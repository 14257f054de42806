// Finds out which new files are old ones under another name, or copies of such: whole directories by their trees, files by
// their ids, and then by how much of their content is kept. Memory and time are bounded, and where a bound is
// reached, that is told and the changes stay what they are without it.
import { checkAborted } from '../../store/errors.js';
import type { ObjectId } from '../../store/object-id.js';
import type { Change } from '../diff.js';
import { type ContentMeans, SimilarityMeter } from './measure-similarity.js';
import { pairEqual } from './pair-equal.js';
import { pairMoved } from './pair-moved.js';
import { pairSimilar } from './pair-similar.js';
import { type Pairing, Pairs, type RenameSource, type RenameTarget } from './pairs.js';

export interface RenameOptions {
  /** Percent of a content that has to be kept, from 1 to 100, where only equal content counts; 50 unless set. */
  readonly similarity?: number;
  /** What copies are looked for of: files that change, or all by equal content. None unless set. */
  readonly copies?: 'changed' | 'all';
  /** New files times possible sources are compared up to the square of this; 1000 unless set. */
  readonly limit?: number;
  /** Told where not all could be compared. */
  readonly onLimit?: (reached: RenameLimit) => void;
}

/** What was too much to be compared by content, or, where `exact` is set, to be looked at for renames at all. */
export interface RenameLimit {
  readonly component: string;
  readonly targets: number;
  readonly sources: number;
  readonly limit: number;
  readonly exact?: true;
}

/** A change; where its file comes from another one, `before` is the state of that. */
export interface PairedChange extends Change {
  readonly source?: {
    readonly kind: 'renamed' | 'copied';
    readonly path: string;
    readonly similarity: number;
  };
  /** Set for a directory that something was renamed away from, which changes its time. */
  readonly hasLost?: true;
}

export interface RenameMeans {
  readonly component: string;
  readonly emptyId: ObjectId;
  readonly before: ContentMeans;
  readonly after: ContentMeans;
  /** All files of the first state. */
  readonly allBefore: () => AsyncIterable<RenameTarget>;
  /** Whether a file can be renamed at all. */
  readonly isMovable: (path: string) => boolean;
  readonly signal?: AbortSignal | undefined;
}

export const DEFAULT_SIMILARITY = 50;
export const DEFAULT_RENAME_LIMIT = 1000;
/** Changes that are held at a time, at about 500 bytes each. */
const MOST_HELD = 200_000;

/** The changes in their order, those of files that came from others with their sources; what only went away to be another file is left out. */
export async function* detectRenames(
  changes: AsyncIterable<Change>,
  options: RenameOptions,
  means: RenameMeans,
): AsyncGenerator<PairedChange> {
  const held: Change[] = [];
  for await (const change of changes) {
    held.push(change);
    if (held.length < MOST_HELD) continue;
    yield* held;
    held.length = 0;
    for await (const rest of changes) yield rest;
    const limit = options.limit ?? DEFAULT_RENAME_LIMIT;
    options.onLimit?.({
      component: means.component,
      targets: MOST_HELD,
      sources: MOST_HELD,
      limit,
      exact: true,
    });
    return;
  }
  yield* withSources(held, await findPairs(held, options, means));
}

async function findPairs(
  changes: readonly Change[],
  options: RenameOptions,
  means: RenameMeans,
): Promise<Pairs> {
  const pairs = new Pairs(options.copies !== undefined);
  const movable = changes.filter(({ path }) => path !== '' && means.isMovable(path));
  const targets = movable.flatMap(({ kind, path, after }) =>
    kind === 'added' && after?.id !== undefined ? [{ path, entry: after }] : [],
  );
  const sources = movable.flatMap((change) => sourceOf(change, options));
  if (targets.length === 0 || (sources.length === 0 && options.copies !== 'all')) return pairs;
  pairMoved(movable, pairs);
  pairEqual(targets, sources, { pairs, emptyId: means.emptyId });
  if (options.copies === 'all') await pairWithAll(targets, pairs, means);
  const least = options.similarity ?? DEFAULT_SIMILARITY;
  if (least >= 100) return pairs;
  const limit = options.limit ?? DEFAULT_RENAME_LIMIT;
  const isWhole = await pairSimilar(targets, sources, {
    ...{ pairs, least, limit, meter: new SimilarityMeter(means, least) },
    checkAborted: () => checkAborted(means.signal),
  });
  if (isWhole) return pairs;
  const left = targets.filter(({ path }) => pairs.find(path) === undefined).length;
  const free = sources.filter((source) => pairs.isFree(source)).length;
  options.onLimit?.({ component: means.component, targets: left, sources: free, limit });
  return pairs;
}

function sourceOf({ kind, path, before }: Change, { copies }: RenameOptions): RenameSource[] {
  if (before?.id === undefined) return [];
  const stays = kind === 'modified' || kind === 'attributes';
  if (kind !== 'removed' && !(stays && copies !== undefined)) return [];
  return [{ path, entry: before, isGone: kind === 'removed' }];
}

/** Copies of files that have not changed: only those are held whose content is looked for. */
async function pairWithAll(
  targets: readonly RenameTarget[],
  pairs: Pairs,
  means: RenameMeans,
): Promise<void> {
  const wanted = new Set<ObjectId>();
  for (const { path, entry } of targets) {
    if (entry.id !== undefined && pairs.find(path) === undefined) wanted.add(entry.id);
  }
  if (wanted.size === 0) return;
  const sources = new Map<string, RenameSource>();
  for await (const { path, entry } of means.allBefore()) {
    checkAborted(means.signal);
    if (entry.id === undefined || !wanted.has(entry.id)) continue;
    const key = `${entry.attributes.type} ${entry.id}`;
    if (!sources.has(key)) sources.set(key, { path, entry, isGone: false });
  }
  pairEqual(targets, [...sources.values()], { pairs, emptyId: means.emptyId });
}

function* withSources(changes: readonly Change[], pairs: Pairs): Generator<PairedChange> {
  const given = new Map<string, number>();
  const isRenamed = ({ kind, path }: Change) => kind === 'removed' && pairs.usesOf({ path }) > 0;
  const losers = new Set(changes.filter(isRenamed).map(({ path }) => directoryOf(path)));
  for (const change of changes) {
    if (isRenamed(change)) continue;
    const pairing = change.kind === 'added' ? pairs.find(change.path) : undefined;
    if (pairing !== undefined)
      yield { ...change, before: pairing.source.entry, source: describe(pairing, { pairs, given }) };
    else if (change.kind === 'attributes' && losers.has(change.path)) yield { ...change, hasLost: true };
    else yield change;
  }
}

function directoryOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

/** Of the targets of a source that is gone, the last one is the renamed file, and the others are copies, as git has it. */
function describe(
  { source, similarity }: Pairing,
  { pairs, given }: { readonly pairs: Pairs; readonly given: Map<string, number> },
): NonNullable<PairedChange['source']> {
  const count = (given.get(source.path) ?? 0) + 1;
  given.set(source.path, count);
  const isLast = source.isGone && count === pairs.usesOf(source);
  return { kind: isLast ? 'renamed' : 'copied', path: source.path, similarity };
}
