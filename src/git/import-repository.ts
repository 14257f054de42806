// Makes points of the tags of a git repository: of those that were exported the very points that they were, of all others
// points with one component, the files of the tag.
import { beginWrite } from '../../store/store.js';
import { type GitRepository, openGitRepository } from '../composition.js';
import { logDone } from '../log-operation.js';
import { requireIdle } from '../rollback/begin-operation.js';
import type { Session } from '../session.js';
import { unlessUnwritable } from '../unless-unwritable.js';
import { originOf } from './import-origin.js';
import type { GitImportOptions, ImportedPoint } from './imported-point.js';
import { type PlannedImport, planImport } from './plan-import.js';
import { importPoints } from './point-import.js';

export interface GitImportResult {
  /** The absolute path of the repository's objects and refs. */
  readonly repository: string;
  readonly objectFormat: GitRepository['objectFormat'];
  /** Oldest first. */
  readonly points: readonly ImportedPoint[];
  /** Tags of single files, of which no point can be made. */
  readonly unusable: readonly string[];
  /** Paths of submodules: their content is not in the repository, nor in the points. */
  readonly submodules: readonly string[];
  /** Objects that the store did not have, and what they take in it. */
  readonly newObjects: number;
  readonly storedBytes: number;
}

/**
 * Takes the tags of the repository in `path` in. Throws REPOSITORY_NOT_FOUND, TAG_NOT_FOUND, INVALID_NAME and NAME_TAKEN
 * before anything is written; REPOSITORY_CORRUPT, PROGRAM_MISSING, LOCKED, STORAGE_FULL, ABORTED: then points may have
 * come, whole ones, and the rest comes by repeating it.
 */
export async function importRepository(
  session: Session,
  path: string,
  options: GitImportOptions = {},
): Promise<GitImportResult> {
  const repository = await openGitRepository(path);
  try {
    return await importFrom(session, repository, options);
  } finally {
    await repository.close();
  }
}

/** As `importRepository`, of a repository that is open, and stays so. */
async function importFrom(
  session: Session,
  repository: GitRepository,
  options: GitImportOptions,
): Promise<GitImportResult> {
  const startedAt = new Date();
  const place = originOf(repository, options);
  await requireIdle(session);
  const { tags = [], prefix = '' } = options;
  const { points: planned, unusable } = await planImport(session, repository, { tags, prefix });
  const result = { repository: repository.gitDirectory, objectFormat: repository.objectFormat, unusable };
  if (planned.every(({ existing, isRemoved }) => existing !== undefined && !isRemoved))
    return { ...result, points: planned.map(presentPoint), submodules: [], newObjects: 0, storedBytes: 0 };
  const write = await beginWrite(session.store);
  try {
    const outcome = await importPoints(session, { write, repository, place, options }, planned);
    await write.tidy();
    await log(session, { outcome: outcome.points, startedAt, options });
    return { ...result, ...outcome };
  } finally {
    await write.end();
  }
}

function presentPoint({ name, tag, existing, exported }: PlannedImport): ImportedPoint {
  const id = existing?.id ?? '';
  return { name, id, tag: tag.name, outcome: 'present', exported: exported !== undefined };
}

async function log(
  session: Session,
  done: {
    readonly outcome: readonly ImportedPoint[];
    readonly startedAt: Date;
    readonly options: GitImportOptions;
  },
): Promise<void> {
  const { outcome, startedAt, options } = done;
  const came = outcome.filter((point) => point.outcome !== 'present');
  const last = came.at(-1);
  if (last === undefined) return;
  await unlessUnwritable(() =>
    logDone(session, {
      ...{ kind: 'git-import', startedAt, command: options.command ?? ['git', 'import'] },
      ...{ components: [], outcome: 'done', after: { name: last.name, id: last.id } },
      message: `took in ${came.map(({ name }) => name).join(', ')}`,
    }),
  );
}
