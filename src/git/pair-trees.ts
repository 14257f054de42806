// Finds out which objects of a repository are which of the store, where a tree of one was made of a tree of the other: by walking
// both, so that no file need be read again whose id in the other object format is not known.
import type { ObjectFormat, ObjectId } from '../../store/object-id.js';
import { parseTree, TREE_MODES } from '../../store/objects/tree.js';
import type { GitRepository } from '../composition.js';
import type { ObjectSource } from '../point-tree.js';
import { unescapeName } from './escape-name.js';
import { parseGitTree } from './git-objects.js';
import { readObject } from './read-object.js';

export interface PairingMeans {
  readonly repository: GitRepository;
  readonly source: ObjectSource;
  readonly format: ObjectFormat;
  /** Whether names were escaped in the repository. */
  readonly isEscaped: boolean;
  readonly onPair: (gitId: ObjectId, storeId: ObjectId) => void;
}

/** Answers whether the trees are paired as a whole: what has no partner of its name and mode is passed over. */
export async function pairTrees(means: PairingMeans, git: ObjectId, stored: ObjectId): Promise<boolean> {
  const { repository, source, format, isEscaped, onPair } = means;
  const entries = parseGitTree(await readObject(repository, git, 'tree'), repository.objectFormat);
  if (typeof entries === 'string') return false;
  const partners = new Map(
    parseTree((await source.read(stored)).content, format).map((entry) => [entry.name, entry]),
  );
  let paired = 0;
  for (const { mode, name, id } of entries) {
    const partner = partners.get(isEscaped ? unescapeName(name) : name);
    if (mode === undefined || partner?.mode !== mode) continue;
    if (mode !== TREE_MODES.directory) onPair(id, partner.id);
    else if (!(await pairTrees(means, id, partner.id))) continue;
    paired++;
  }
  const isWhole = paired === entries.length && paired === partners.size;
  if (isWhole) onPair(git, stored);
  return isWhole;
}
