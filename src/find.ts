// Finds every version of every path that matches a pattern, in all points. Points are compared one with the next, so a
// directory that many of them share is looked at once, and the cost follows what differs between them.
import { checkAborted, type ErrorCode, SavepointError } from '../store/errors.js';
import { withinScope } from './capture-scope.js';
import { type Change, diffTrees } from './diff.js';
import type { FileEntry } from './directory-listing.js';
import { type FileState, readFileState, type StateContext, storedContext } from './file-state.js';
import { listPoints } from './list.js';
import { livePathOf } from './live-path.js';
import { compilePathPattern, type PathPattern } from './path-pattern.js';
import type { ComponentRecord } from './point-record.js';
import { type PointComponent, readComponents } from './point-tree.js';
import { findPoint, type Point } from './points.js';
import type { Session } from './session.js';
import { isUnreadable } from './unreadable.js';

export interface FindOptions {
  /** The points to look into; all where this is missing. */
  readonly points?: readonly string[];
  /** At most so many versions. */
  readonly limit?: number;
  /** Told of each point that is damaged, which then is left out; where this is missing, the first one ends the search. */
  readonly onProblem?: (problem: FindProblem) => void;
  readonly signal?: AbortSignal;
}

export interface FindProblem {
  readonly point: string;
  readonly code: ErrorCode;
  readonly message: string;
}

/** One version of a file. */
export interface FoundFile {
  /** The points that have this version, newest first; those between them don't hold the component. */
  readonly points: readonly string[];
  readonly component: string;
  /** Relative to the component's root; '' for the root itself. */
  readonly path: string;
  /** Where the file is, or was, on the host. */
  readonly livePath: string;
  /** A directory's has no id: what is in it may differ between the points. */
  readonly state: FileState;
}

/**
 * The versions that match `pattern` (see `compilePathPattern`), by the newest point that has them, then by path.
 * Throws USAGE for an empty pattern, POINT_NOT_FOUND, and what reading objects throws.
 */
export async function* find(
  session: Session,
  pattern: string,
  options: FindOptions = {},
): AsyncGenerator<FoundFile> {
  const reader = await session.store.openReader();
  const context = storedContext(reader, session.store.format);
  const search = new Search(context, {
    pattern: compilePathPattern(pattern),
    limit: options.limit ?? Infinity,
  });
  for (const point of await choosePoints(session, reader, options.points)) {
    checkAborted(options.signal);
    if (search.isDone()) break;
    try {
      await search.enter(point);
    } catch (error) {
      if (!isUnreadable(error) || options.onProblem === undefined) throw error;
      options.onProblem({ point: point.name, code: error.code, message: error.message });
    }
  }
  for (const version of search.versions) yield await describeVersion(context, version);
}

/** Newest first. */
async function choosePoints(
  session: Session,
  reader: Parameters<typeof findPoint>[1],
  names: readonly string[] | undefined,
): Promise<Point[]> {
  const points = (await listPoints(session)).reverse();
  if (names === undefined) return points;
  const wanted = new Set<string>();
  for (const name of names) wanted.add((await findPoint(session, reader, name)).id);
  return points.filter(({ id }) => wanted.has(id));
}

interface Version {
  readonly timeline: Timeline;
  readonly path: string;
  readonly entry: FileEntry;
  /** Positions in the timeline's points: the newest that has it, and the one behind the oldest. */
  readonly start: number;
  end: number | undefined;
}

/** A component from point to point, newest first. */
interface Timeline {
  readonly record: ComponentRecord;
  readonly points: string[];
  ids: PointComponent['ids'] | undefined;
  /** The versions that the last point has, by path. */
  readonly current: Map<string, Version>;
}

class Search {
  readonly versions: Version[] = [];
  private readonly timelines = new Map<string, Timeline>();

  constructor(
    private readonly context: StateContext,
    private readonly wanted: { readonly pattern: PathPattern; readonly limit: number },
  ) {}

  /** Whether no older point can change anything. */
  isDone(): boolean {
    return this.versions.length >= this.wanted.limit && this.versions.every(({ end }) => end !== undefined);
  }

  /** Takes in the next older point. Where it can't be read, it is as if it were not there. */
  async enter(point: Point): Promise<void> {
    if (point.damaged !== undefined) throw new SavepointError(point.damaged.code, point.damaged.message);
    const found: (() => void)[] = [];
    for (const component of (await readComponents(this.context, point)).values()) {
      const scope = this.wanted.pattern.findScope(component.record);
      if (scope.length === 0) continue;
      const timeline = this.timelineOf(component.record);
      const changes = await this.changesOf(timeline, { component, scope });
      found.push(() => this.advance(timeline, { changes, point, ids: component.ids }));
    }
    for (const take of found) take();
  }

  private timelineOf(record: ComponentRecord): Timeline {
    const key = `${record.name}\0${record.origin}`;
    const known = this.timelines.get(key) ?? { record, points: [], ids: undefined, current: new Map() };
    this.timelines.set(key, known);
    return known;
  }

  private async changesOf(
    timeline: Timeline,
    next: { component: PointComponent; scope: readonly string[] },
  ): Promise<Change[]> {
    const { context } = this;
    const changes: Change[] = [];
    const all = diffTrees({
      before: { context, ids: timeline.ids },
      after: { context, ids: next.component.ids },
      ...(next.scope.includes('') ? {} : { includes: withinScope(next.scope) }),
    });
    for await (const change of all) {
      if (this.wanted.pattern.matches(timeline.record, change.path)) changes.push(change);
    }
    return changes;
  }

  private advance(
    timeline: Timeline,
    next: { changes: readonly Change[]; point: Point; ids: Timeline['ids'] },
  ): void {
    const position = timeline.points.length;
    for (const { path, after } of next.changes) {
      const ended = timeline.current.get(path);
      if (ended !== undefined) ended.end = position;
      timeline.current.delete(path);
      if (after === undefined || this.versions.length >= this.wanted.limit) continue;
      const version: Version = { timeline, path, entry: after, start: position, end: undefined };
      timeline.current.set(path, version);
      this.versions.push(version);
    }
    timeline.points.push(next.point.name);
    timeline.ids = next.ids;
  }
}

async function describeVersion(context: StateContext, version: Version): Promise<FoundFile> {
  const { timeline, path, entry, start, end } = version;
  const { id, ...state } = await readFileState(context, entry, path);
  return {
    points: timeline.points.slice(start, end),
    ...{ component: timeline.record.name, path, livePath: livePathOf(timeline.record, path) },
    state: id === undefined || entry.directory !== undefined ? state : { ...state, id },
  };
}
