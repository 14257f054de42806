// What an exported repository remembers of the exports into it: which refs are ours, and which commit each point became.
import { SavepointError } from '../../store/errors.js';
import type { ObjectFormat, ObjectId } from '../../store/object-id.js';
import { parseJson } from '../../store/parse-json.js';

/** The file in the repository's own folder. */
export const RECORD_FILE = 'export.json';
const RECORD_FORMAT = 1;

/** A point in the repository. */
export interface ExportedPoint {
  /** The whole name of its tag. */
  readonly ref: string;
  /** The point's id, and its commit, in the store. */
  readonly point: ObjectId;
  readonly storeCommit: ObjectId;
  /** The tag object, the commit, and the commits before it, in the repository. */
  readonly tag: ObjectId;
  readonly commit: ObjectId;
  readonly parents: readonly ObjectId[];
}

export interface ExportRecord {
  /** The id of the store. */
  readonly store: string;
  readonly storeFormat: ObjectFormat;
  /** What the branch may be: what it was set to last, and what it was before, as that may have been interrupted. */
  readonly heads: readonly ObjectId[];
  /** Those that are there, and those whose commits others build upon. */
  readonly points: readonly ExportedPoint[];
}

export function encodeExportRecord(record: ExportRecord): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify({ format: RECORD_FORMAT, ...record }, null, 1)}\n`);
}

/** Throws TARGET_CONFLICT where it can't be understood. */
export function parseExportRecord(bytes: Uint8Array, path: string): ExportRecord {
  try {
    const record = parseJson(new TextDecoder().decode(bytes)) as ExportRecord & { format?: number };
    if (record?.format === RECORD_FORMAT && Array.isArray(record.points) && Array.isArray(record.heads))
      return record;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new SavepointError(
    'TARGET_CONFLICT',
    `${path} is damaged, or was written by a later version of savepoint. Nothing was exported; export into another directory.`,
    { fields: { path } },
  );
}

/** The points whose commits can be got at from those that `roots` are, through the commits before them. */
export function reachablePoints(
  points: readonly ExportedPoint[],
  roots: ReadonlySet<ObjectId>,
): ExportedPoint[] {
  const byCommit = new Map<ObjectId, ExportedPoint[]>();
  for (const point of points) byCommit.set(point.commit, [...(byCommit.get(point.commit) ?? []), point]);
  const reached = new Set(roots);
  for (const commit of reached)
    for (const { parents } of byCommit.get(commit) ?? []) for (const parent of parents) reached.add(parent);
  return points.filter(({ commit }) => reached.has(commit));
}
