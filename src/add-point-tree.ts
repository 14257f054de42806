// Writes the tree of a point: what is known of each component, its trees, and what the point says of itself.
import type { ObjectFormat, ObjectId } from '../store/object-id.js';
import type { ObjectWriter } from '../store/object-writer.js';
import { encodeTree, TREE_MODES, type TreeEntry } from '../store/objects/tree.js';
import type { DirectoryIds } from './composition.js';
import {
  type ComponentRecord,
  encodeRecord,
  POINT_FORMAT,
  type PointProblem,
  type PointRecord,
  type TagSummary,
} from './point-record.js';
import { VERSION } from './version.js';

/** A component whose trees are written. */
export interface WrittenComponent {
  readonly record: ComponentRecord;
  readonly ids: DirectoryIds;
}

const MOST_RECORDED_PROBLEMS = 1000;

export async function addPointTree(
  metadata: ObjectWriter,
  point: {
    readonly format: ObjectFormat;
    readonly components: readonly WrittenComponent[];
    readonly summary: TagSummary;
    readonly problems: readonly PointProblem[];
    readonly configuration?: PointRecord['configuration'];
  },
): Promise<ObjectId> {
  const { format } = point;
  const entries: TreeEntry[] = [];
  for (const { record, ids } of point.components) {
    const component: TreeEntry[] = [
      { mode: TREE_MODES.file, name: 'component.json', id: await metadata.add('blob', encodeRecord(record)) },
      { mode: TREE_MODES.directory, name: 'files', id: ids.files },
      { mode: TREE_MODES.directory, name: 'attrs', id: ids.attributes },
    ];
    const id = await metadata.add('tree', encodeTree(component, format));
    entries.push({ mode: TREE_MODES.directory, name: record.name, id });
  }
  const { host, createdAt, trigger, health, tags, complete } = point.summary;
  const { configuration } = point;
  const problems = point.problems.slice(0, MOST_RECORDED_PROBLEMS);
  const record: PointRecord = {
    ...{ format: POINT_FORMAT, savepoint: VERSION, host, createdAt, trigger, health, tags, complete },
    ...{ problems, problemCount: point.problems.length },
    ...(configuration === undefined ? {} : { configuration }),
  };
  const id = await metadata.add('blob', encodeRecord(record));
  entries.push({ mode: TREE_MODES.file, name: 'savepoint.json', id });
  return metadata.add('tree', encodeTree(entries, format));
}
