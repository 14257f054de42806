// What the library offers of real git. The code of each operation is loaded when it is first used.
import type { Session } from '../session.js';
import type { GitExport, GitExportOptions } from './export-points.js';
import type { GitFetchOptions, GitFetchResult } from './fetch-points.js';
import type { GitImportResult } from './import-repository.js';
import type { GitImportOptions } from './imported-point.js';
import type { GitPushOptions, GitPushResult } from './push-points.js';

export interface SavepointGit {
  /**
   * Writes points into a bare git repository, which is made where there is nothing: each one as an annotated tag of a commit,
   * and a branch `points` that leads to the latest. What the repository has is not written again. Throws POINT_NOT_FOUND,
   * TARGET_CONFLICT, LOCKED, STORAGE_FULL, …; then its refs are as they were. See src/git/README.md.
   */
  export(directory: string, options?: GitExportOptions): Promise<GitExport>;
  /**
   * Makes points of the tags of the git repository in `path`: of those that were exported the very points that they were, of
   * others points with one component. Importing twice adds nothing. Throws as `importRepository`.
   */
  import(path: string, options?: GitImportOptions): Promise<GitImportResult>;
  /**
   * Pushes points to a git server over http or https, as `export` writes them: what it lacks, in one request. Throws as
   * `pushPoints`. No message, result or file has a password.
   */
  push(url: string, options?: GitPushOptions): Promise<GitPushResult>;
  /** Fetches tags from a git server over http or https, and imports them. Throws as `fetchPoints`. */
  fetch(url: string, options?: GitFetchOptions): Promise<GitFetchResult>;
}

export function gitOf(session: Session): SavepointGit {
  return {
    export: async (directory, options = {}) =>
      (await import('./export-points.js')).exportPoints(session, directory, options),
    import: async (path, options = {}) =>
      (await import('./import-repository.js')).importRepository(session, path, options),
    push: async (url, options = {}) => (await import('./push-points.js')).pushPoints(session, url, options),
    fetch: async (url, options = {}) =>
      (await import('./fetch-points.js')).fetchPoints(session, url, options),
  };
}
