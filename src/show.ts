// Shows what a point holds: the point itself with its components, or one file of it.
import type { ObjectId } from '../store/object-id.js';
import { ObjectReader } from '../store/object-reader.js';
import type { DirectoryListing } from './directory-listing.js';
import { type FileState, readFileState, type StateContext, storedContext } from './file-state.js';
import { livePathOf } from './live-path.js';
import type { ComponentRecord, PointRecord } from './point-record.js';
import { readComponents, readDirectory, readPointRecord } from './point-tree.js';
import { findPoint, type Point } from './points.js';
import { findSelected, type SelectedPath } from './selection.js';
import type { Session } from './session.js';
import { type Agreement, agreementsOf, type ComponentInstants, instantsOf } from './state/instants.js';
import { documentSource } from './state/state-reader.js';

/** A component of a point. */
export interface ComponentDetails extends ComponentRecord {
  /** The id of its tree of files: what `git write-tree` gives where there is no special metadata. */
  readonly tree: ObjectId;
  /** The id of its tree of attributes. */
  readonly attributes: ObjectId;
}

/** What a point holds. */
export interface PointDetails {
  readonly point: Point;
  readonly record: PointRecord;
  /** In the order of their names. */
  readonly components: readonly ComponentDetails[];
  /** Of which instants its data is, by component; none where it has no data. */
  readonly instants: readonly ComponentInstants[];
  /** How what depends on data goes together with it. */
  readonly agreements: readonly Agreement[];
}

/** A file of a point. */
export interface PathDetails extends SelectedPath {
  readonly point: Point;
  /** Where the file is, or was, on the host. */
  readonly livePath: string;
  readonly state: FileState;
  /** What is in a directory, in the order of the names' bytes; missing for all else. */
  readonly children?: readonly ChildDetails[];
}

export interface ChildDetails {
  readonly name: string;
  readonly state: FileState;
}

/** Throws POINT_NOT_FOUND, AMBIGUOUS_NAME, and what reading objects throws. */
export async function showPoint(session: Session, text: string): Promise<PointDetails> {
  const reader = await session.store.openReader();
  const context = documentSource(reader, session.store.format);
  const point = await findPoint(session, reader, text);
  const record = await readPointRecord(context, point);
  const found = await readComponents(context, point);
  const instants = await instantsOf(found, { source: context, adapters: session.adapters });
  const agreements = await agreementsOf(found, instants, { record, context });
  const components = [...found.values()].map(({ record, ids }) => ({
    ...record,
    tree: ids.files,
    attributes: ids.attributes,
  }));
  return { point, record, components, instants, agreements };
}

/** Throws PATH_NOT_FOUND or COMPONENT_NOT_FOUND besides. */
export async function showPath(
  session: Session,
  wanted: { point: string; path: string },
): Promise<PathDetails> {
  const index = await session.store.openIndex();
  const reader = new ObjectReader(session.store, index);
  const context = storedContext(reader, session.store.format);
  const point = await findPoint(session, reader, wanted.point);
  const { component, selected, entry } = await findSelected(context, point, wanted.path);
  const state = await readFileState(context, entry, selected.path);
  const livePath = livePathOf(component.record, selected.path);
  const details = { point, ...selected, livePath, state };
  if (entry.directory === undefined) return details;
  const listing = await readDirectory(context, entry.directory);
  if (listing.entries.size > MANY) await index.loadAll();
  return { ...details, children: await childrenOf(context, listing) };
}

/** From so many look-ups on, it is quicker to read the whole index at once. */
const MANY = 1000;

async function childrenOf(context: StateContext, { entries }: DirectoryListing): Promise<ChildDetails[]> {
  const children: ChildDetails[] = [];
  for (const [name, entry] of entries)
    children.push({ name, state: await readFileState(context, entry, name) });
  return children;
}
