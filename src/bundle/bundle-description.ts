// What a bundle says of the points that it holds and of those that it builds on: canonical JSON in its header, so that both
// are known before anything else is read.
import { corruptBundle } from '../../store/bundle/bundle-format.js';
import { isSavepointError } from '../../store/errors.js';
import { type ObjectFormat, type ObjectId, parseObjectId } from '../../store/object-id.js';
import { parseJson } from '../../store/parse-json.js';
import { findRefNameComplaint } from '../../store/refs/ref-name.js';
import { checkPointName } from '../point-name.js';
import { isTagSummary, type TagSummary } from '../point-record.js';
import { POINTS } from '../points.js';

/** A point that has to be there already. */
export interface RequiredPoint {
  readonly name: string;
  readonly id: ObjectId;
}

/** A point in a bundle, as its tag describes it. */
export interface BundledPoint extends RequiredPoint, TagSummary {
  /** Whether it is the state before a rollback, which is found by its name and not listed. */
  readonly safety: boolean;
}

export interface BundleDescription {
  /** Oldest first. */
  readonly points: readonly BundledPoint[];
  readonly requires: readonly RequiredPoint[];
}

export function encodeDescription({ points, requires }: BundleDescription): string {
  const ordered = {
    points: points.map((point) => ({
      ...{ name: point.name, id: point.id, safety: point.safety },
      ...{ message: point.message, createdAt: point.createdAt, host: point.host, trigger: point.trigger },
      ...{ health: point.health, complete: point.complete, components: point.components },
      ...{ files: point.files, bytes: point.bytes, tags: point.tags },
    })),
    requires: requires.map(({ name, id }) => ({ name, id })),
  };
  return `${JSON.stringify(ordered)}\n`;
}

/** Throws BUNDLE_CORRUPT where `text` is not what `encodeDescription` writes. */
export function parseDescription(text: string, format: ObjectFormat): BundleDescription {
  const { points, requires } = parseObject(text);
  if (!Array.isArray(points) || !Array.isArray(requires) || points.length === 0) throw malformed();
  for (const point of [...points, ...requires]) checkIdentity(point, format);
  if (!points.every((point) => isTagSummary(point) && typeof point.safety === 'boolean')) throw malformed();
  // Two points of one name, or one under two names, would be a store that no save makes.
  for (const field of ['name', 'id'] as const) {
    if (new Set(points.map((point) => point[field])).size < points.length) throw malformed();
  }
  return { points, requires } as BundleDescription;
}

function parseObject(text: string): Record<string, unknown> {
  try {
    const parsed: unknown = parseJson(text);
    if (typeof parsed === 'object' && parsed !== null) return parsed as Record<string, unknown>;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw malformed();
}

/** Names become refs and ids lead to files: neither is taken as it comes. */
function checkIdentity(point: Partial<RequiredPoint> | null, format: ObjectFormat): void {
  const { name, id } = point ?? {};
  if (typeof name !== 'string' || typeof id !== 'string') throw malformed();
  if (findRefNameComplaint(POINTS + name) !== undefined) throw malformed();
  try {
    checkPointName(name);
    parseObjectId(id, format);
  } catch (error) {
    if (!isSavepointError(error, 'INVALID_NAME')) throw error;
    throw malformed();
  }
}

function malformed() {
  return corruptBundle('what it says of its points makes no sense');
}
