// A point made of a tag that knows nothing of points: one component with the tag's files, and what tag and commit say.
import { hostname } from 'node:os';
import type { ObjectId } from '../../store/object-id.js';
import type { Identity } from '../../store/objects/commit-and-tag.js';
import { addPointTree } from '../add-point-tree.js';
import { operatorName } from '../operator-name.js';
import type { ComponentRecord, TagSummary } from '../point-record.js';
import { type ImportMeans, importTree } from './import-directory.js';
import type { ImportPlace } from './import-origin.js';
import type { ImportedDirectory } from './imported-directory.js';
import { IMPORT_TRIGGER, type PlannedImport, SOURCE_TAG } from './plan-import.js';
import type { ResolvedTag } from './resolve-tag.js';

export interface ForeignPoint {
  readonly tree: ObjectId;
  readonly summary: TagSummary;
  /** Its files, for the tag that comes next. */
  readonly directory: ImportedDirectory;
}

/**
 * Who made the tag, and when; where it says neither, who imports it, at the time of the point. Times before 1970 are none that
 * git takes.
 */
export function identityOf({ identity }: ResolvedTag, { createdAt, host }: TagSummary): Identity {
  const operator = operatorName();
  const { name, email } = identity ?? { name: operator, email: `${operator}@${host}` };
  const timeSeconds = identity?.timeSeconds ?? Math.floor(Date.parse(createdAt) / 1000);
  return { name, email, timeSeconds: Math.max(0, timeSeconds) };
}

export async function addForeignTree(
  means: Omit<ImportMeans, 'seconds' | 'owner'>,
  planned: Pick<PlannedImport, 'tag' | 'createdAt'>,
  { place, before }: { readonly place: ImportPlace; readonly before: ImportedDirectory | undefined },
): Promise<ForeignPoint> {
  const { tag } = planned;
  const createdAt = planned.createdAt.toISOString();
  const owner = { userId: process.geteuid?.() ?? 0, groupId: process.getegid?.() ?? 0 };
  const seconds = Math.floor(planned.createdAt.getTime() / 1000);
  const directory = await importTree({ ...means, seconds, owner }, tag.tree, before);
  const { files, directories, bytes } = directory.counts;
  const record: ComponentRecord = {
    ...{
      name: place.component,
      kind: 'files',
      category: 'filesystem',
      adapterVersion: 1,
      origin: place.origin,
    },
    // A restore into a repository's own files leaves the repository alone.
    ...{
      exclude: ['.git'],
      oneFileSystem: false,
      capturedAt: createdAt,
      consistency: 'crash',
      dependsOn: [],
    },
    ...{ files, directories, bytes },
  };
  const summary: TagSummary = {
    ...{ message: tag.message, createdAt, host: hostname(), trigger: IMPORT_TRIGGER, health: 'unknown' },
    ...{ complete: true, components: [place.component], files, bytes },
    tags: { [SOURCE_TAG]: tag.id, ...(tag.commit === undefined ? {} : { 'git-commit': tag.commit }) },
  };
  const components = [{ record, ids: directory.ids }];
  const { metadata, format } = means;
  const tree = await addPointTree(metadata, { format, components, summary, problems: [] });
  return { tree, summary, directory };
}
