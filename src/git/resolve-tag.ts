// Follows a tag of a repository to what it is about: by way of tag objects and a commit to a tree.
import type { ObjectId } from '../../store/object-id.js';
import { corruptRepository, type GitRepository, type GitTagRef } from '../composition.js';
import {
  type GitIdentity,
  type GitText,
  parseGitIdentity,
  parseGitParents,
  parseGitText,
} from './git-objects.js';
import { contentOf } from './read-object.js';
import { withoutSignature } from './tag-signature.js';

export interface ResolvedTag extends GitTagRef {
  /** Missing where the tag leads to a single tree. */
  readonly commit: ObjectId | undefined;
  readonly tree: ObjectId;
  /** The commit's parents. */
  readonly parents: readonly ObjectId[];
  /** Of the tag, without its signature, or else of the commit; not empty. */
  readonly message: string;
  /** As it stands in the tag object, where there is one. */
  readonly tagMessage: string | undefined;
  /** Who made the tag; of one that is no object, the commit. */
  readonly identity: GitIdentity | undefined;
}

/** Tags of tags are nested by hand, if at all. */
const MOST_STEPS = 20;

/** `undefined` for a tag of a single file. Throws REPOSITORY_CORRUPT. */
export async function resolveTag(
  repository: GitRepository,
  ref: GitTagRef,
): Promise<ResolvedTag | undefined> {
  let tag: GitText | undefined;
  let id = ref.id;
  for (let step = 0; step < MOST_STEPS; step++) {
    const { kind, content } = await readSmall(repository, id);
    if (kind === 'blob') return undefined;
    if (kind === 'tree') return resolved(ref, { tag, tree: id });
    const text = parseGitText(content);
    if (kind === 'commit')
      return resolved(ref, { tag, commit: { id, text, content }, tree: idIn(text, 'tree') });
    tag ??= text;
    id = idIn(text, 'object');
  }
  throw corruptRepository(repository.gitDirectory, `the tag ${ref.name} leads nowhere`, { id: ref.id });

  function idIn(text: GitText, header: string): ObjectId {
    const found = text.headers.get(header) ?? '';
    if (/^[0-9a-f]+$/.test(found) && found.length === ref.id.length) return found as ObjectId;
    throw corruptRepository(repository.gitDirectory, `its object ${id} has no ${header}`, { id });
  }
}

async function readSmall(repository: GitRepository, id: ObjectId) {
  for await (const object of repository.read([id])) {
    // What a file holds is of no interest here, and may be large.
    const content = object.kind === 'blob' ? new Uint8Array(0) : await contentOf(object, repository);
    return { kind: object.kind, content };
  }
  throw corruptRepository(repository.gitDirectory, `it has no object ${id}`, { id });
}

function resolved(
  ref: GitTagRef,
  found: {
    readonly tag: GitText | undefined;
    readonly commit?: { readonly id: ObjectId; readonly text: GitText; readonly content: Uint8Array };
    readonly tree: ObjectId;
  },
): ResolvedTag {
  const { tag, commit, tree } = found;
  const identity =
    parseGitIdentity(tag?.headers.get('tagger')) ??
    parseGitIdentity(commit?.text.headers.get('committer')) ??
    parseGitIdentity(commit?.text.headers.get('author'));
  return {
    ...ref,
    commit: commit?.id,
    tree,
    parents: commit === undefined ? [] : parseGitParents(commit.content),
    message: withoutSignature(tag?.message ?? '').trim() || commit?.text.message.trim() || ref.name,
    tagMessage: tag?.message,
    identity,
  };
}
