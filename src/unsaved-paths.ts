// What a point could not save of a component: nobody knows what was there, so nothing that is there now may be removed.
import { SavepointError } from '../store/errors.js';
import type { ComponentRecord, PointRecord } from './point-record.js';

/** Paths relative to the component's root. */
export function unsavedPaths(record: PointRecord, { name, origin }: ComponentRecord): string[] {
  const problems = record.problems.filter((problem) => problem.component === name);
  return problems.map(({ path }) => path.slice(origin.length).replace(/^\/+/, ''));
}

/** Throws INCOMPLETE, with `advice`, where the point could not save more than it names. */
export function requireNamedProblems({ problemCount, problems }: PointRecord, advice: string): void {
  if (problemCount <= problems.length) return;
  throw new SavepointError(
    'INCOMPLETE',
    `The point lacks ${problemCount} files that could not be saved, more than it names: ${advice}`,
    { fields: { problemCount } },
  );
}
