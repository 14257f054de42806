// Whether a commit of a repository leads to another one.
import type { ObjectId } from '../../store/object-id.js';
import { openGitRepository } from '../composition.js';
import { parseGitParents } from './git-objects.js';
import { contentOf } from './read-object.js';

/** Looks at all commits that `of` follows, in whatever order, until it finds `ancestor`. */
export async function isAncestor(
  directory: string,
  { of, ancestor }: { readonly of: ObjectId; readonly ancestor: ObjectId },
): Promise<boolean> {
  const repository = await openGitRepository(directory);
  try {
    const seen = new Set<ObjectId>([of]);
    for (let next = [of]; next.length > 0; ) {
      const parents: ObjectId[] = [];
      for await (const object of repository.read(next))
        parents.push(...parseGitParents(await contentOf(object, repository)));
      next = [...new Set(parents)].filter((id) => !seen.has(id));
      for (const id of next) seen.add(id);
      if (seen.has(ancestor)) return true;
    }
    return false;
  } finally {
    await repository.close();
  }
}
