// Publishes a recovery point whose tree is written: commit and tag, then everything durable, then the ref.
import { isSavepointError, SavepointError } from '../store/errors.js';
import type { ObjectId } from '../store/object-id.js';
import type { ObjectWriter } from '../store/object-writer.js';
import { encodeCommit, encodeTag } from '../store/objects/commit-and-tag.js';
import type { FinishedPack } from '../store/pack/pack-writer.js';
import type { StoreWrite } from '../store/store.js';
import { operatorName } from './operator-name.js';
import { checkPointName } from './point-name.js';
import { encodeTagMessage, type TagSummary } from './point-record.js';
import { findNamed, listPointRefs, PINS, POINTS, type Point, readPoint, SAFETY_POINTS } from './points.js';
import type { Session } from './session.js';
import { isUnreadable } from './unreadable.js';

/** Throws INVALID_NAME or NAME_TAKEN where no new point can be called `name`. */
export async function checkNewName(session: Session, name: string | undefined): Promise<void> {
  if (name === undefined) return;
  checkPointName(name);
  if (findNamed(await session.store.refs.read(), name) !== undefined) throw nameTaken(name);
}

/** Writes commit and tag, makes everything durable, then moves the ref; a name that the time gave is made anew if taken. */
export async function publishPoint(
  session: Session,
  parts: {
    readonly write: StoreWrite;
    readonly metadata: ObjectWriter;
    readonly dataPacks: readonly FinishedPack[];
    readonly tree: ObjectId;
    readonly summary: TagSummary;
    readonly name: string | undefined;
    readonly isSafetyPoint: boolean;
    readonly isPinned: boolean;
  },
) {
  const { summary, tree, write } = parts;
  const latest = (await listPointRefs(session)).at(-1);
  const parents = latest === undefined ? [] : await findCommit(session, latest);
  const timeSeconds = Math.floor(Date.parse(summary.createdAt) / 1000);
  const operator = operatorName();
  const author = { name: operator, email: `${operator}@${summary.host}`, timeSeconds };
  const commit = await parts.metadata.add(
    'commit',
    encodeCommit({ tree, parents, author, message: summary.message }),
  );
  const message = encodeTagMessage(summary);
  let metadata = parts.metadata;
  let unpublished = parts.dataPacks;
  for (let attempt = 1; ; attempt++) {
    // A point that was removed keeps its name until it is gone for good.
    const { refs } = await session.store.refs.read();
    const isTaken = (name: string) => refs.has(POINTS + name) || refs.has(SAFETY_POINTS + name);
    const prefix = parts.isSafetyPoint ? 'safety-' : '';
    const name = parts.name ?? timeName(prefix, summary.createdAt, isTaken);
    const tag = await metadata.add(
      'tag',
      encodeTag({ object: commit, kind: 'commit', name, tagger: author, message }),
    );
    const packs = await metadata.finish();
    await write.publish([...unpublished, ...packs]);
    try {
      const ref = (parts.isSafetyPoint ? SAFETY_POINTS : POINTS) + name;
      await addRefs(session, parts.isPinned ? [ref, PINS + tag] : [ref], tag);
      await write.tidy();
      return { point: { ...summary, name, id: tag, commit, tree } satisfies Point, packs };
    } catch (error) {
      if (parts.name !== undefined || attempt >= 100 || !isSavepointError(error, 'NAME_TAKEN')) throw error;
    }
    metadata = write.createWriter('metadata');
    unpublished = [];
  }
}

/** The commit of the latest point; none where it can't be read, as a damaged point must not keep others from being made. */
async function findCommit(session: Session, ref: { name: string; id: ObjectId }): Promise<ObjectId[]> {
  try {
    return [(await readPoint(session, await session.store.openReader(), ref)).commit];
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    return [];
  }
}

function timeName(prefix: string, createdAt: string, isTaken: (name: string) => boolean): string {
  const base = prefix + createdAt.slice(0, 19).replace('T', '-').replaceAll(':', '');
  let name = base;
  for (let number = 2; isTaken(name); number++) name = `${base}-${number}`;
  return name;
}

/** All of `refs` or none; the first one is the point's. */
async function addRefs(session: Session, refs: readonly string[], tag: ObjectId): Promise<void> {
  try {
    await session.store.refs.update(refs.map((name) => ({ name, expected: undefined, value: tag })));
  } catch (error) {
    if (isSavepointError(error, 'REF_MOVED')) throw nameTaken(refs[0].slice(refs[0].indexOf('/') + 1), error);
    throw error;
  }
}

export function nameTaken(name: string, cause?: unknown): SavepointError {
  return new SavepointError('NAME_TAKEN', `There is a point '${name}' already; choose another --name.`, {
    fields: { name },
    cause,
  });
}
