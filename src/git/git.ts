// What the library offers of real git. The code of each operation is loaded when it is first used.
import type { Session } from '../session.js';
import type { GitImportResult } from './import-repository.js';
import type { GitImportOptions } from './imported-point.js';

export interface SavepointGit {
  /**
   * Makes points of the tags of the git repository in `path`: of those that were exported the very points that they were, of
   * others points with one component. Importing twice adds nothing. Throws as `importRepository`.
   */
  import(path: string, options?: GitImportOptions): Promise<GitImportResult>;
}

export function gitOf(session: Session): SavepointGit {
  return {
    import: async (path, options = {}) =>
      (await import('./import-repository.js')).importRepository(session, path, options),
  };
}
