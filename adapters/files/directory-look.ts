// The first look into a directory that is captured: which names in it belong to the component, what stat says of each, and what
// the last capture knew.
import { dirname } from 'node:path';
import { encodeName } from '../../store/names.js';
import { posixError } from '../node/posix-error.js';
import { type FileProblem, fileProblem } from './capture-batch.js';
import { isChangeStagingName } from './change-staging.js';
import { findDatabases, NO_DATABASES } from './directory-databases.js';
import { listDirectory } from './list-directory.js';
import { joinPath } from './node-path.js';
import { OpenDirectory } from './open-directory.js';
import type { OpenFolders } from './open-folders.js';
import { isStagingName } from './staging.js';
import type { StatCache } from './stat-cache.js';

/** As `CaptureTreeOptions` has them. */
export interface LookOptions {
  readonly root: string;
  readonly includes?: (relativePath: string, name: string) => boolean;
  readonly skip: ReadonlySet<string>;
  readonly cache: StatCache | undefined;
}

/** Of what is not looked into. */
export const NOTHING_SEEN: OpenDirectory['seen'] = {
  ...{ names: [], words: new Int32Array(0) },
  ...{ row: undefined, sameNames: false, databases: NO_DATABASES },
};

export class DirectoryLook {
  private readonly skipParents: ReadonlySet<string>;

  constructor(
    private readonly options: LookOptions,
    private readonly folders: OpenFolders,
    private readonly onProblem: (problem: FileProblem) => void,
  ) {
    this.skipParents = new Set([...options.skip].map((path) => dirname(path)));
  }

  /** What can't be looked into is told of, and empty. */
  open(path: string, place: OpenDirectory['place']): OpenDirectory {
    const absolute = joinPath(this.options.root, path);
    const row = this.options.cache?.find(path);
    try {
      const left: string[] = [];
      const accepts = (name: string) => {
        const isAccepted = this.accepts(path, absolute, name);
        if (!isAccepted) left.push(name);
        return isAccepted;
      };
      const listed = listDirectory(this.folders.descriptorOf(path), accepts);
      const databases = findDatabases(listed, this.folders.descriptorOf(path), left);
      for (const { name, errno } of listed.failed) {
        const failed = joinPath(absolute, name);
        this.onProblem(fileProblem(failed, posixError({ syscall: 'statx', errno, path: failed })));
      }
      const sameNames = row?.hasNames(encodeName(listed.names.join('\0'))) === true;
      return new OpenDirectory(path, place, { ...listed, row, sameNames, databases });
    } catch (error) {
      this.onProblem(fileProblem(absolute, error));
      return new OpenDirectory(path, place, NOTHING_SEEN);
    }
  }

  private accepts(path: string, absolute: string, name: string): boolean {
    const { skip, includes } = this.options;
    if (this.skipParents.has(absolute) && skip.has(joinPath(absolute, name))) return false;
    if (isStagingName(name) || isChangeStagingName(name)) return false;
    return includes === undefined || includes(path === '' ? name : `${path}/${name}`, name);
  }
}
