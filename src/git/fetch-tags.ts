// Brings a repository in the store's cache up to what a remote has of some tags.
import type { ObjectId } from '../../store/object-id.js';
import {
  fetchPack,
  type GitRemote,
  openBareRepository,
  type RefChange,
  type RemoteRefs,
  readRefs,
  receivePack,
  updateRefs,
} from '../composition.js';
import { TAGS } from './tag-name.js';

export interface FetchTagsOptions {
  /** Made where there is none. */
  readonly directory: string;
  /** Names of tags that the remote has. */
  readonly tags: readonly string[];
  readonly onReceive: ((received: { readonly bytes: number }) => void) | undefined;
  readonly signal: AbortSignal | undefined;
}

/** So many are enough to say what is here: a server looks each up. */
const MOST_HAVES = 256;

/** The tags lead to what they lead to there; all others in the repository stay. Throws as `fetchPack` and `receivePack`. */
export async function fetchTags(
  remote: GitRemote,
  known: RemoteRefs,
  { directory, tags, onReceive, signal }: FetchTagsOptions,
): Promise<void> {
  const repository = await openBareRepository(directory, { format: known.objectFormat, isDemanded: false });
  const refs = readRefs(repository);
  const changes = tags.flatMap((tag): RefChange[] => {
    const name = TAGS + tag;
    const [expected, id] = [refs.get(name), known.refs.get(name)];
    return id === undefined || expected === id ? [] : [{ name, expected, value: { id } }];
  });
  if (changes.length === 0) return;
  const haves = [...refs.values()].filter((id) => id !== undefined).slice(-MOST_HAVES);
  const wants = [...new Set(changes.map(({ value }) => value?.id as ObjectId))];
  await fetchPack(remote, known, { wants, haves, onProgress: onReceive, signal }, (pack) =>
    receivePack(repository, pack),
  );
  await updateRefs(repository, { changes, head: 'refs/heads/none', prepare: async () => {} });
}
