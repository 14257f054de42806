// Reads single objects of a repository as a whole: commits, tags and trees, never the contents of files.
import { SavepointError } from '../../store/errors.js';
import type { ObjectId, ObjectKind } from '../../store/object-id.js';
import { corruptRepository, type GitObject, type GitRepository } from '../composition.js';

/** One that is larger is none that anybody made on purpose. */
const MOST_BYTES = 256 << 20;

/** The content of the object `id`. Throws REPOSITORY_CORRUPT where there is none, or it is another kind of object. */
export async function readObject(
  repository: GitRepository,
  id: ObjectId,
  kind: ObjectKind,
): Promise<Uint8Array> {
  for await (const object of repository.read([id])) {
    if (object.kind === kind) return await contentOf(object, repository);
    throw corruptRepository(
      repository.gitDirectory,
      `its object ${id} is a ${object.kind} where a ${kind} should be`,
      { id },
    );
  }
  throw corruptRepository(repository.gitDirectory, `it has no object ${id}`, { id });
}

/** The whole content of an object that is no file's. */
export async function contentOf(
  { id, sizeBytes, content }: GitObject,
  repository: GitRepository,
): Promise<Uint8Array> {
  if (sizeBytes > MOST_BYTES) {
    throw new SavepointError(
      'UNSUPPORTED',
      `The object ${id} of ${repository.gitDirectory} is larger than a tree, commit or tag may be here.`,
      {
        fields: { id, sizeBytes, mostBytes: MOST_BYTES },
      },
    );
  }
  const whole = new Uint8Array(sizeBytes);
  let filled = 0;
  for await (const piece of content) {
    whole.set(piece, filled);
    filled += piece.length;
  }
  return whole;
}
