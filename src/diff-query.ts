// Opens what a comparison is between: two points, or a point and the live state, and the paths that it is limited to.
import { SavepointError } from '../store/errors.js';
import type { ObjectId } from '../store/object-id.js';
import { ObjectReader } from '../store/object-reader.js';
import { type DirectoryIds, joinPath } from './composition.js';
import { type StateContext, storedContext } from './file-state.js';
import { findLiveSize } from './live-file.js';
import { isDocumentOf } from './live-path.js';
import type { LiveState } from './live-state.js';
import type { ComponentRecord, PointProblem } from './point-record.js';
import { findEntry, type PointComponent, readComponents } from './point-tree.js';
import { findPoint } from './points.js';
import type { RenameOptions } from './renames/detect-renames.js';
import { parsePath, type SelectedPath, selectPath } from './selection.js';
import type { Session } from './session.js';

export interface DiffQuery {
  /** A point, or `live` for the state now; at least one of the two is a point. */
  readonly before: string;
  readonly after: string;
  /** Absolute live paths or component:relative/path; all where there are none. */
  readonly paths?: readonly string[];
  /** Whether to find out which new files are old ones under another name; none are unless this is set. */
  readonly renames?: RenameOptions;
  /** Told of each live file that could not be read; there is no telling what changed about it, so no change has it. */
  readonly onProblem?: (problem: PointProblem) => void;
  readonly signal?: AbortSignal;
}

/** A component as one side of a comparison has it; `ids` is missing where nothing is at its origin now. */
export interface DiffedComponent {
  readonly record: ComponentRecord;
  readonly ids: DirectoryIds | undefined;
  readonly context: StateContext;
}

export type ComponentSide = ReadonlyMap<string, DiffedComponent>;

export interface OpenDiff {
  readonly before: ComponentSide;
  readonly after: ComponentSide;
  /** The relative paths to compare in each component; '' for all of it. */
  readonly selection: ReadonlyMap<string, readonly string[]>;
  readonly live: 'before' | 'after' | undefined;
  /** Absolute live paths that could not be read. */
  readonly unread: readonly string[];
}

/** Throws USAGE, POINT_NOT_FOUND, COMPONENT_NOT_FOUND, or PATH_NOT_FOUND for a path that neither side has. */
export async function openDiff(session: Session, query: DiffQuery): Promise<OpenDiff> {
  const reader = await openReader(session);
  const context = storedContext(reader, session.store.format);
  const sideOf = async (point: string): Promise<Map<string, PointComponent & DiffedComponent>> => {
    const components = await readComponents(context, await findPoint(session, reader, point));
    return new Map([...components].map(([name, component]) => [name, { ...component, context }]));
  };
  const live = liveSide(query);
  if (live === undefined) {
    const [before, after] = [await sideOf(query.before), await sideOf(query.after)];
    return openSides({ before, after, context }, query.paths);
  }
  const known = await sideOf(live === 'before' ? query.after : query.before);
  const wanted = parsePaths(known, query.paths);
  const selection = selectionOf(known, wanted);
  const { side, unread } = await openLive(session, { known, selection, query });
  const sides = live === 'before' ? { before: side, after: known } : { before: known, after: side };
  await checkPaths({ ...sides, known, context }, wanted);
  return { ...sides, live, selection, unread };
}

type KnownSide = ReadonlyMap<string, PointComponent & DiffedComponent>;

/** A comparison of two states that are not live. Throws as `openDiff`; `context` is where paths are looked up. */
export async function openSides(
  sides: { readonly before: KnownSide; readonly after: KnownSide; readonly context: StateContext },
  paths: readonly string[] | undefined,
): Promise<OpenDiff> {
  const { before, after, context } = sides;
  const known = new Map([...before, ...after]);
  const wanted = parsePaths(known, paths);
  await checkPaths({ before, after, known, context }, wanted);
  return { before, after, live: undefined, selection: selectionOf(known, wanted), unread: [] };
}

/** A comparison looks up much: an index up to this size is read at once, which takes less than leaf by leaf. */
const MOST_INDEX_BYTES = 16 << 20;

async function openReader(session: Session): Promise<ObjectReader> {
  const index = await session.store.openIndex();
  const sizeBytes = index.state.segments.reduce((sum, segment) => sum + segment.sizeBytes(), 0);
  if (sizeBytes <= MOST_INDEX_BYTES) await index.loadSound();
  return new ObjectReader(session.store, index);
}

function liveSide({ before, after }: DiffQuery): 'before' | 'after' | undefined {
  if (before !== 'live') return after === 'live' ? 'after' : undefined;
  if (after !== 'live') return 'before';
  throw new SavepointError(
    'USAGE',
    "The live state is what it is: compare it with a point, such as 'latest'.",
  );
}

interface WantedPath extends SelectedPath {
  readonly text: string;
}

function parsePaths(known: ReadonlyMap<string, PointComponent>, texts: readonly string[] = []): WantedPath[] {
  return texts.map((text) => ({ text, ...parsePath(known, text) }));
}

function selectionOf(
  known: ReadonlyMap<string, unknown>,
  wanted: readonly WantedPath[],
): Map<string, string[]> {
  if (wanted.length === 0) return new Map([...known.keys()].map((name) => [name, ['']]));
  const selection = new Map<string, string[]>();
  for (const { component, path } of wanted)
    selection.set(component, [...(selection.get(component) ?? []), path]);
  return selection;
}

async function checkPaths(
  sides: {
    readonly before: ComponentSide;
    readonly after: ComponentSide;
    readonly known: ReadonlyMap<string, PointComponent>;
    readonly context: StateContext;
  },
  wanted: readonly WantedPath[],
): Promise<void> {
  for (const { component, path, text } of wanted) {
    const found = [sides.before, sides.after].map((side) => hasPath(side.get(component), path));
    if (!(await Promise.all(found)).includes(true)) await selectPath(sides.context, sides.known, text);
  }
}

async function hasPath(component: DiffedComponent | undefined, path: string): Promise<boolean> {
  if (component?.ids === undefined) return false;
  const { context, record, ids } = component;
  return (await findEntry(context, { record, ids }, path)) !== undefined;
}

async function openLive(
  session: Session,
  detail: {
    readonly known: ReadonlyMap<string, DiffedComponent>;
    readonly selection: ReadonlyMap<string, readonly string[]>;
    readonly query: DiffQuery;
  },
): Promise<{ side: ComponentSide; unread: string[] }> {
  const { known, selection, query } = detail;
  // Capturing is much to load, and two points do without it.
  const { definitionOf, readLiveState } = await import('./live-state.js');
  const records = [...selection.keys()].map((name) => (known.get(name) as DiffedComponent).record);
  const state = await readLiveState(session, records.map(definitionOf), {
    scopes: new Map([...selection].filter(([, scope]) => !scope.includes(''))),
    ...(query.signal === undefined ? {} : { signal: query.signal }),
  });
  const unread: string[] = [];
  for (const { problems } of state.components.values()) {
    for (const problem of problems) {
      query.onProblem?.(problem);
      unread.push(problem.path);
    }
  }
  const side = records.map((record): [string, DiffedComponent] => {
    const context = liveContext(state, record);
    return [record.name, { record, ids: state.components.get(record.name)?.ids, context }];
  });
  return { side: new Map(side), unread };
}

/** The contents of live files are not in the store: their sizes are what they are by now. */
function liveContext(state: LiveState, record: ComponentRecord): StateContext {
  const findSize = async (id: ObjectId, path: string) => {
    if (!isDocumentOf(record, path)) return findLiveSize(joinPath(record.origin, path));
    return state.findDocumentSize(id);
  };
  return { ...state.context, findSize };
}
