// Looks, before anything is made, whether all that a change does can be done: who finds out in the middle has to go back.
import { accessSync, constants } from 'node:fs';
import { isSavepointError, SavepointError } from '../../store/errors.js';
import { errnoName, errnoOf } from '../node/posix-error.js';
import { isKeptAsItIs } from '../node/posix-flags.js';
import { descriptorPath } from '../node/posix-place.js';
import { joinPath } from './node-path.js';
import { OpenFolders } from './open-folders.js';
import type { StagePlan } from './stage-plan.js';

/**
 * `mount` is the absolute path of the open directory `root`. Throws PERMISSION_DENIED, naming files that can't be made, replaced
 * or removed, with the reason.
 */
export function requireChangeable(root: number, mount: string, plan: StagePlan): void {
  const look = new ChangeableLook(root);
  try {
    const { publications, links, firstRemovals, removals } = plan;
    const steps = [...publications.map(({ step }) => step), ...links, ...firstRemovals, ...removals];
    const found = steps.flatMap(({ path }) => {
      const reason = look.obstacle(path);
      return reason === undefined ? [] : [{ path: joinPath(mount, path), reason }];
    });
    if (found.length > 0) throw notChangeable(found);
  } finally {
    look.close();
  }
}

function notChangeable(found: readonly { path: string; reason: string }[]): SavepointError {
  const [{ path, reason }] = found;
  const more = found.length === 1 ? '' : ` The same goes for ${found.length - 1} more.`;
  return new SavepointError(
    'PERMISSION_DENIED',
    `${path} can't be changed: ${reason}. Nothing was changed.${more}`,
    { fields: { path, reason, paths: found.map((each) => each.path) } },
  );
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'this user may not write to its directory; repeat as root',
  EPERM: 'its directory may not be changed, by root neither; see what lsattr -d says of it',
  EROFS: 'its file system is read-only',
};
const KEPT = 'it may not be changed, by root neither; see what lsattr says of it';

class ChangeableLook {
  private readonly folders: OpenFolders;
  private readonly reasons = new Map<string, string | undefined>();

  constructor(root: number) {
    this.folders = new OpenFolders(root);
  }

  close(): void {
    this.folders.close();
  }

  /** Why nothing can be done at `path`, if so. */
  obstacle(path: string): string | undefined {
    const parent = path.slice(0, Math.max(0, path.lastIndexOf('/')));
    try {
      if (!this.reasons.has(parent)) this.reasons.set(parent, this.obstacleIn(parent));
      return this.reasons.get(parent) ?? (isKeptAsItIs(this.folders.placeOf(path)) ? KEPT : undefined);
    } catch (error) {
      // A directory that is not there is made; one that can't be entered is told of by whoever has to.
      if (isSavepointError(error)) return undefined;
      throw error;
    }
  }

  private obstacleIn(directory: string): string | undefined {
    try {
      accessSync(descriptorPath(this.folders.descriptorOf(directory)), constants.W_OK | constants.X_OK);
      return undefined;
    } catch (error) {
      if (isSavepointError(error)) throw error;
      return REASONS[errnoName(errnoOf(error))];
    }
  }
}
