// Which points the tags of a repository become, in which order; or why that can't be. Nothing is written before.
import { removedIds } from '../../store/collect/collect-context.js';
import { isSavepointError, SavepointError } from '../../store/errors.js';
import type { ObjectId } from '../../store/object-id.js';
import { ObjectReader } from '../../store/object-reader.js';
import { checkRefName } from '../../store/refs/ref-name.js';
import type { GitRepository, GitTagRef } from '../composition.js';
import { checkPointName } from '../point-name.js';
import { encodeTagMessage, parseTagMessage, type TagSummary } from '../point-record.js';
import { POINTS, type Point, readPoint, SAFETY_POINTS } from '../points.js';
import type { Session } from '../session.js';
import { parseGitTree } from './git-objects.js';
import { noSuchTag } from './no-such-tag.js';
import { contentOf } from './read-object.js';
import { type ResolvedTag, resolveTag } from './resolve-tag.js';
import { pointNameOf } from './tag-name.js';
import { withoutSignature } from './tag-signature.js';

/** Where a tag of a point says which object of git it was made of. */
export const SOURCE_TAG = 'git-object';
/** What made such a point. */
export const IMPORT_TRIGGER = 'git-import';

export interface PlannedImport {
  readonly tag: ResolvedTag;
  /** What the point says of itself, where it is one that was exported. */
  readonly exported: TagSummary | undefined;
  readonly name: string;
  readonly createdAt: Date;
  /** The point of that name that the store has, equal to this one. */
  readonly existing: Point | undefined;
  /** Whether that one is removed, and comes back. */
  readonly isRemoved: boolean;
}

export interface ImportPlan {
  /** Oldest first. */
  readonly points: readonly PlannedImport[];
  /** Tags of single files, of which nothing can be made. */
  readonly unusable: readonly string[];
}

export interface PlanImportOptions {
  /** All tags where it is empty. */
  readonly tags: readonly string[];
  readonly prefix: string;
}

/** Throws TAG_NOT_FOUND, INVALID_NAME, NAME_TAKEN, REPOSITORY_CORRUPT. */
export async function planImport(
  session: Session,
  repository: GitRepository,
  { tags, prefix }: PlanImportOptions,
): Promise<ImportPlan> {
  const points: PlannedImport[] = [];
  const unusable: string[] = [];
  const findExisting = await existingFinder(session);
  const names = new Set<string>();
  const taken: string[] = [];
  for (const ref of selectTags(await repository.listTags(), tags, repository)) {
    const tag = await resolveTag(repository, ref);
    if (tag === undefined) {
      unusable.push(ref.name);
      continue;
    }
    const exported = await readExported(repository, tag);
    const name = checkedName(prefix + (exported === undefined ? ref.name : pointNameOf(ref.name)));
    const found = await findExisting(name);
    const isOther = found !== undefined && !isSame(found.point, { tag, exported });
    // Two tags may lead to one name: one that was escaped, and one that says the same as it is.
    if (isOther || names.has(name)) taken.push(name);
    names.add(name);
    const createdAt = new Date(exported?.createdAt ?? (tag.identity?.timeSeconds ?? 0) * 1000);
    points.push({
      tag,
      exported,
      name,
      createdAt,
      existing: found?.point,
      isRemoved: found?.isRemoved ?? false,
    });
  }
  if (taken.length > 0) throw namesTaken(taken, prefix);
  points.sort((left, right) => left.createdAt.getTime() - right.createdAt.getTime());
  return { points, unusable };
}

function selectTags(
  all: readonly GitTagRef[],
  wanted: readonly string[],
  { gitDirectory }: GitRepository,
): readonly GitTagRef[] {
  if (wanted.length === 0) return all;
  const names = new Set(all.map(({ name }) => name));
  const missing = wanted.find((name) => !names.has(name));
  const isWanted = new Set(wanted);
  if (missing === undefined) return all.filter(({ name }) => isWanted.has(name));
  throw noSuchTag(missing, { place: gitDirectory, known: names });
}

function checkedName(name: string): string {
  try {
    checkPointName(name);
    checkRefName(POINTS + name);
    return name;
  } catch (error) {
    if (!isSavepointError(error, 'INVALID_NAME')) throw error;
    throw new SavepointError(
      'INVALID_NAME',
      `The tag '${name}' can't name a point: give its name a beginning with --prefix, or name only the tags that are to come. ${error.message}`,
      { fields: error.fields, cause: error },
    );
  }
}

/** What the tag says of the point, where the tag is one that savepoint made and leads to a point's tree. */
async function readExported(repository: GitRepository, tag: ResolvedTag): Promise<TagSummary | undefined> {
  if (tag.commit === undefined || tag.tagMessage === undefined) return undefined;
  const summary = parseSummary(withoutSignature(tag.tagMessage), tag.id);
  return summary !== undefined && (await hasPointRecord(repository, tag.tree)) ? summary : undefined;
}

function parseSummary(message: string, id: ObjectId): TagSummary | undefined {
  try {
    return parseTagMessage(message, id);
  } catch (error) {
    if (!isSavepointError(error, 'OBJECT_CORRUPT')) throw error;
    return undefined;
  }
}

async function hasPointRecord(repository: GitRepository, tree: ObjectId): Promise<boolean> {
  for await (const object of repository.read([tree])) {
    const entries = parseGitTree(await contentOf(object, repository), repository.objectFormat);
    return typeof entries !== 'string' && entries.some(({ name }) => name === 'savepoint.json');
  }
  return false;
}

interface Existing {
  readonly point: Point;
  readonly isRemoved: boolean;
}

async function existingFinder(session: Session): Promise<(name: string) => Promise<Existing | undefined>> {
  const state = await session.store.refs.read();
  const removed = removedIds(state);
  const reader = new ObjectReader(session.store, await session.store.openIndex());
  return async (name) => {
    const ref = state.refs.get(POINTS + name) ?? state.refs.get(SAFETY_POINTS + name);
    if (ref === undefined) return undefined;
    const point = await readPoint(session, reader, { name, id: ref.id });
    return { point, isRemoved: removed.has(ref.id) };
  };
}

/** An exported point is the same where it says the same of itself; another tag where it is the same object of git. */
function isSame(point: Point, { tag, exported }: Pick<PlannedImport, 'tag' | 'exported'>): boolean {
  if (exported === undefined) return point.tags[SOURCE_TAG] === tag.id;
  return encodeTagMessage(summaryOf(point)) === encodeTagMessage(summaryOf(exported));
}

function summaryOf(from: TagSummary): TagSummary {
  const { message, createdAt, host, trigger, health, complete, components, files, bytes, tags } = from;
  return { message, createdAt, host, trigger, health, complete, components, files, bytes, tags };
}

function namesTaken(names: readonly string[], prefix: string): SavepointError {
  const hint =
    prefix === ''
      ? 'Give those that come a beginning with --prefix'
      : 'Choose another beginning with --prefix';
  return new SavepointError(
    'NAME_TAKEN',
    `Other points are called ${names.slice(0, 10).join(', ')}${names.length > 10 ? ', …' : ''} here already. Nothing was stored. ${hint}, or name only the tags that are to come.`,
    { fields: { names } },
  );
}
