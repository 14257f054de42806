// Mounts a store as a git repository in a memfs volume, where git's programs may write, too.
import type { Session } from '../../session.js';
import { LazyVolume } from '../volume/lazy-volume.js';
import { type OpenGitOptions, type OpenRepository, openRepository } from './open-git.js';

/**
 * A store as a repository in a memfs volume, in whose root is room for a working tree. What is written stays in memory.
 * Whoever mounted it unmounts it.
 */
export class GitVolume extends LazyVolume {
  readonly #letGo: () => void;

  constructor({ root, letGo }: OpenRepository) {
    super(root);
    this.#letGo = letGo;
  }

  /** Lets go of the store. What was not read by then throws EIO; what was written stays. Unmounting twice is fine. */
  unmount(): void {
    this.#letGo();
  }

  [Symbol.dispose](): void {
    this.#letGo();
  }
}

/** Throws as `openGitFs`. */
export async function mountGit(session: Session, options: OpenGitOptions = {}): Promise<GitVolume> {
  return new GitVolume(await openRepository(session, options));
}
