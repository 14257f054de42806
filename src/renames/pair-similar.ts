// Files of like content, the most similar first. Source: diffcore-rename.c of git, with its bounds: of so many new files
// and so many possible sources, no more than the square of the limit are compared.
import type { SimilarityMeter } from './measure-similarity.js';
import { baseName, type Pairs, type RenameSource, type RenameTarget } from './pairs.js';

export interface SimilarOptions {
  readonly pairs: Pairs;
  readonly meter: SimilarityMeter;
  /** In percent. */
  readonly least: number;
  readonly limit: number;
  readonly checkAborted: () => void;
}

/** How many sources of a target are kept in mind, as in git. */
const MOST_CANDIDATES = 4;

interface Match {
  readonly target: RenameTarget;
  readonly source: RenameSource;
  readonly percent: number;
  readonly isNamesake: boolean;
}

/** Pairs what is similar; answers whether the limit let it compare all. */
export async function pairSimilar(
  targets: readonly RenameTarget[],
  sources: readonly RenameSource[],
  options: SimilarOptions,
): Promise<boolean> {
  const { pairs, limit, meter } = options;
  if (!pairs.withCopies) await pairNamesakes(targets, sources, options);
  const left = sources.filter((source) => isRegular(source) && pairs.isFree(source));
  const open = targets.filter((target) => isRegular(target) && pairs.find(target.path) === undefined);
  if (left.length === 0 || open.length === 0) return true;
  if (left.length * open.length > limit * limit) return false;
  const matches: Match[] = [];
  for (const target of open) {
    options.checkAborted();
    matches.push(...(await bestMatches(target, left, options)));
  }
  // Sorting keeps the order of equals: that of the targets.
  matches.sort((one, other) => other.percent - one.percent || rank(other) - rank(one));
  takeMatches(matches, pairs);
  return !meter.isExhausted;
}

/** A source is used once as long as there are others. */
function takeMatches(matches: readonly Match[], pairs: Pairs): void {
  for (const again of pairs.withCopies ? [false, true] : [false]) {
    for (const { target, source, percent } of matches) {
      if (pairs.find(target.path) !== undefined || (!again && isUsed(source, pairs))) continue;
      pairs.add(target.path, { source, similarity: rounded(percent) });
    }
  }
}

function isUsed(source: RenameSource, pairs: Pairs): boolean {
  return source.isGone ? pairs.usesOf(source) > 0 : !pairs.withCopies;
}

/** Only equal content is 100 percent. */
function rounded(percent: number): number {
  return Math.min(99, Math.floor(percent));
}

function rank({ isNamesake }: Match): number {
  return isNamesake ? 1 : 0;
}

async function bestMatches(
  target: RenameTarget,
  sources: readonly RenameSource[],
  { meter }: SimilarOptions,
): Promise<Match[]> {
  const best: Match[] = [];
  for (const source of sources) {
    const percent = await meter.measure(source, target);
    if (percent === 0) continue;
    best.push({ target, source, percent, isNamesake: baseName(source.path) === baseName(target.path) });
    best.sort((one, other) => other.percent - one.percent || rank(other) - rank(one));
    best.splice(MOST_CANDIDATES);
  }
  return best;
}

/** A file that moved to another directory keeps its name: where there is one of each, less likeness has to be looked for. */
async function pairNamesakes(
  targets: readonly RenameTarget[],
  sources: readonly RenameSource[],
  { pairs, meter, least, checkAborted }: SimilarOptions,
): Promise<void> {
  const bySource = uniqueNames(sources.filter((source) => isRegular(source) && pairs.isFree(source)));
  const byTarget = uniqueNames(
    targets.filter((target) => isRegular(target) && pairs.find(target.path) === undefined),
  );
  for (const [name, target] of byTarget) {
    const source = bySource.get(name);
    if (source === undefined || target === undefined) continue;
    checkAborted();
    const percent = await meter.measure(source, target);
    if (percent >= least + (100 - least) / 2)
      pairs.add(target.path, { source, similarity: rounded(percent) });
  }
}

/** The files by their names; `undefined` under a name that several have. */
function uniqueNames<File extends RenameTarget>(files: readonly File[]): Map<string, File | undefined> {
  const found = new Map<string, File | undefined>();
  for (const file of files) {
    const name = baseName(file.path);
    found.set(name, found.has(name) ? undefined : file);
  }
  return found;
}

function isRegular({ entry }: RenameTarget): boolean {
  return entry.attributes.type === 'file' && entry.id !== undefined;
}
