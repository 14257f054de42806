// The tree of a recovery point: one entry for each component, and what the point says of itself.
import type { ObjectFormat, ObjectId } from '../store/object-id.js';
import type { ObjectWriter } from '../store/object-writer.js';
import { encodeTree, TREE_MODES, type TreeEntry } from '../store/objects/tree.js';
import {
  encodeRecord,
  POINT_FORMAT,
  type PointProblem,
  type PointRecord,
  type TagSummary,
} from './point-record.js';
import type { PointComponent } from './point-tree.js';
import { VERSION } from './version.js';

const MOST_RECORDED_PROBLEMS = 1000;

export interface PointTreeParts {
  readonly format: ObjectFormat;
  /** Their trees are written already. */
  readonly components: readonly PointComponent[];
  readonly summary: TagSummary;
  readonly problems: readonly PointProblem[];
}

/** Adds what is missing of the tree; returns its id. */
export async function addPointTree(
  metadata: Pick<ObjectWriter, 'add'>,
  { format, components, summary, problems }: PointTreeParts,
): Promise<ObjectId> {
  const entries: TreeEntry[] = [];
  for (const { record, ids } of components) {
    const parts: TreeEntry[] = [
      { mode: TREE_MODES.file, name: 'component.json', id: await metadata.add('blob', encodeRecord(record)) },
      { mode: TREE_MODES.directory, name: 'files', id: ids.files },
      { mode: TREE_MODES.directory, name: 'attrs', id: ids.attributes },
    ];
    const id = await metadata.add('tree', encodeTree(parts, format));
    entries.push({ mode: TREE_MODES.directory, name: record.name, id });
  }
  const { host, createdAt, trigger, health, tags, complete } = summary;
  const record: PointRecord = {
    ...{ format: POINT_FORMAT, savepoint: VERSION, host, createdAt, trigger, health, tags, complete },
    ...{ problems: problems.slice(0, MOST_RECORDED_PROBLEMS), problemCount: problems.length },
  };
  const id = await metadata.add('blob', encodeRecord(record));
  entries.push({ mode: TREE_MODES.file, name: 'savepoint.json', id });
  return metadata.add('tree', encodeTree(entries, format));
}
